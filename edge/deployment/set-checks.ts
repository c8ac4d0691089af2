// Whether a set may run: its configuration fits, its models pass their golden samples here, its flows are flows, its drivers answer.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Artefact } from '../../broker/contract/desired-state.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { verifiedPackage } from '../../models/verified-package.ts'
import { configSources } from '../checks/config-sources.ts'
import { trustOf } from '../checks/trust.ts'
import type { GatewayConfig } from '../config.ts'
import { type Fault, faultOf } from './deployment-state.ts'
import { driverFaults } from './driver-check.ts'
import { loadSetConfig } from './set-config.ts'
import { placeInSet } from './set-places.ts'

export interface SetChecks {
  /** gateway.yaml of the gateway. */
  readonly base: string
  /** The folder of the set that runs; undefined: none does. */
  readonly running: string | undefined
  /** Devices that answer today. */
  readonly answering: readonly string[]
}

/** A device that speaks by itself is waited for so long. */
const listenMs = 10_000

export async function setFaults(
  folder: string,
  items: readonly Artefact[],
  { base, running, answering }: SetChecks,
): Promise<readonly Fault[]> {
  const config = items.find(({ kind }) => kind === 'config')
  let next: GatewayConfig
  try {
    next = await loadSetConfig({ base, set: folder }, configSources)
  } catch (thrown) {
    return [faultOf(toAppError(thrown, 'config.invalid'), config)]
  }
  const faults: Fault[] = []
  for (const item of items) {
    const fault = await itemFault(join(folder, placeInSet(item)), item, next)
    if (fault !== undefined) faults.push(fault)
  }
  if (faults.length > 0) return faults
  const now = await loadSetConfig({ base, set: running }, configSources)
  const signal = new AbortController().signal
  const options = { drivers: driverRegistry, clock: systemClock, log: silentLog, listenMs, signal }
  return (await driverFaults(next, now, answering, options)).map((error) => faultOf(error, config))
}

async function itemFault(place: string, item: Artefact, { modelTrust }: GatewayConfig): Promise<Fault | undefined> {
  try {
    if (item.kind === 'model') await checkModel(place, item, modelTrust)
    if (item.kind === 'flow') await checkFlow(place)
    return undefined
  } catch (thrown) {
    return faultOf(toAppError(thrown, item.kind === 'model' ? 'model.invalid' : 'config.invalid'), item)
  }
}

async function checkModel(place: string, { id, version }: Artefact, given: GatewayConfig['modelTrust']): Promise<void> {
  const { manifest } = await verifiedPackage(place, await trustOf(given))
  if (manifest.id === id && manifest.version === version) return
  throw new AppError('model.invalid', `the package is ${manifest.id} ${manifest.version}, not ${id} ${version}`)
}

async function checkFlow(place: string): Promise<void> {
  const flow: unknown = JSON.parse(await readFile(place, 'utf8'))
  if (Array.isArray(flow) && flow.every((node) => typeof node === 'object' && node !== null)) return
  throw new AppError('config.invalid', 'the flow is no list of nodes, as Node-RED exports them')
}
