// Puts the canopy watch together from a gateway's configuration.
import { AppError } from '../../broker/contract/app-error.ts'
import type { GatewayConfig } from '../config.ts'
import { canopyFolder } from '../images/image-uplink.ts'
import { createCanopyRunner } from './canopy-runner.ts'
import { startCanopyWatch, type CanopyWatchDependencies } from './canopy-watch.ts'
import { createFlightList } from './flight-list.ts'

/** Throws `config.invalid` without `images.canopy`. */
export function openCanopyWatch(
  { dataFolder, images, sites, modelTrust }: Pick<GatewayConfig, 'dataFolder' | 'images' | 'sites' | 'modelTrust'>,
  ports: Omit<CanopyWatchDependencies, 'list' | 'analyse'>,
): { stop(): Promise<void> } {
  const canopy = images?.canopy
  if (canopy === undefined) throw new AppError('config.invalid', 'images.canopy is not configured')
  const folder = canopyFolder(dataFolder)
  const fields = sites.flatMap(({ id, area }) => (area === undefined ? [] : [{ id, rings: area.coordinates }]))
  return startCanopyWatch(
    { settleMs: canopy.settleMs, cellM: canopy.cellM, fields, folder },
    {
      ...ports,
      list: createFlightList(folder),
      analyse: createCanopyRunner({ package: canopy.package, trust: modelTrust, clock: ports.clock }),
    },
  )
}
