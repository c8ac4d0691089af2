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
import { readyAgent, tryAgent } from './agent-archive.ts'
import { agentItemOf } from './agent-program.ts'
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
  /** Folder of the machine's own program. */
  readonly own: string
}

/** A device that speaks by itself is waited for so long. */
const listenMs = 10_000

export async function setFaults(
  folder: string,
  items: readonly Artefact[],
  { base, running, answering, own }: SetChecks,
): Promise<readonly Fault[]> {
  const config = items.find(({ kind }) => kind === 'config')
  const agent = agentItemOf({ items })
  const unfit = agent === undefined ? undefined : await agentFault(folder, agent, base, own)
  if (unfit !== undefined) return [unfit]
  const now = await loadSetConfig({ base, set: running }, configSources)
  let next: GatewayConfig
  try {
    next = await loadSetConfig({ base, set: folder }, configSources)
  } catch (thrown) {
    if (agent === undefined) return [faultOf(toAppError(thrown, 'config.invalid'), config)]
    // Its own program has found it right; this one is too old for it, and leaves its drivers to the probation.
    next = now
  }
  const faults: Fault[] = []
  for (const item of items) {
    const fault = await itemFault(join(folder, placeInSet(item)), item, next)
    if (fault !== undefined) faults.push(fault)
  }
  if (faults.length > 0) return faults
  const signal = new AbortController().signal
  const options = { drivers: driverRegistry, clock: systemClock, log: silentLog, listenMs, signal }
  return (await driverFaults(next, now, answering, options)).map((error) => faultOf(error, config))
}

/** Unpacked, and tried by its own check of this set. */
async function agentFault(folder: string, item: Artefact, base: string, own: string): Promise<Fault | undefined> {
  try {
    await tryAgent(await readyAgent(folder, own), base, folder)
    return undefined
  } catch (thrown) {
    const error = toAppError(thrown, 'deployment.agent')
    if (error.retryable) throw error
    return faultOf(error, item)
  }
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
