// The deployment of a real gateway: its disk, and the processes that check, read and stage.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { askChecker } from '../checks/checker.ts'
import type { GatewayConfig } from '../config.ts'
import { type Deployment, openDeployment } from './deployment.ts'
import type { DeploymentConfig } from './deployment-config.ts'
import { realFiles } from './file-port.ts'
import { watchForHang } from './hang-watch.ts'
import { deploymentFolder, placesIn } from './set-places.ts'
import type { ReadAnswer, ReadRequest, StageAnswer, StageRequest } from './update-messages.ts'

const setChecker = new URL('check-set.ts', import.meta.url)
const updater = new URL('update-process.ts', import.meta.url)
/** A small board that starts a model may stand still for some seconds. */
const hangLimitMs = 60_000
/** A fetch over a slow link with a low cap; what broke off is gone on with. */
const stageLimitMs = 12 * 3_600_000

/** `base` is gateway.yaml at the absolute `path`. Throws as openDeployment. */
export async function openGatewayDeployment(
  base: GatewayConfig,
  settings: DeploymentConfig,
  given: {
    readonly path: string
    readonly clock: Clock
    readonly log: Log
    readonly random: () => number
    readonly restart: () => void
  },
): Promise<Deployment> {
  const { path } = given
  const places = placesIn(deploymentFolder(base.dataFolder))
  const ask = <Answer>(request: ReadRequest | StageRequest, signal: AbortSignal) =>
    askChecker<Answer>(updater, [JSON.stringify(request)], { limitMs: stageLimitMs, signal })
  return openDeployment({
    ...given,
    base: path,
    settings,
    identity: base.identity,
    files: realFiles,
    places,
    load: async (revision) => {
      return revision === 0 ? base : askChecker<GatewayConfig>(setChecker, [path, places.set(revision)])
    },
    watchForHang: () => watchForHang(given.clock, hangLimitMs),
    read: (documentFile, signal) => ask<ReadAnswer>({ task: 'read', base: path, documentFile }, signal),
    stage: (order, signal) => ask<StageAnswer>({ task: 'stage', base: path, ...order }, signal),
  })
}
