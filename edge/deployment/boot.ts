// Chooses the set to start with. A trial has a few starts, counted on the disk before each; beyond them what was proven runs again.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { GatewayConfig } from '../config.ts'
import {
  baseSet,
  begun,
  type DeploymentState,
  fallenBack,
  faultOf,
  firstState,
  parseState,
  runningSet,
  type SetRef,
  takenBack,
  type Trial,
} from './deployment-state.ts'
import { replaceFile } from './durable.ts'
import type { FilePort } from './file-port.ts'
import type { SetPlaces } from './set-places.ts'

export interface BootPorts {
  readonly files: FilePort
  readonly places: SetPlaces
  /** Throws `deployment.set`, `config.invalid`, `deployment.identity` for a set that cannot be used. Revision 0 is gateway.yaml alone. */
  readonly load: (revision: number) => Promise<GatewayConfig>
  /**
   * Lets the program of the set run: does not return where that is another one than this. Throws `deployment.agent` for a set
   * on trial whose program cannot run.
   */
  readonly become: (set: SetRef | Trial) => Promise<void>
  /** The set that this program was started for: its start has been counted. */
  readonly countedRevision: number | undefined
  readonly clock: Clock
  readonly log: Log
}

/** A crash, a hang that somebody ends and a power cut use up one each. */
const maxAttempts = 3
/** What says that the set itself is at fault, and not the moment. */
const ofTheSet = ['deployment.set', 'deployment.identity', 'config.invalid'] as const

export interface Start {
  readonly config: GatewayConfig
  readonly state: DeploymentState
}

/** Throws what `load` throws for gateway.yaml itself, or for a fault that is not the set's. */
export async function chooseStart(ports: BootPorts): Promise<Start> {
  const state = await countedTrial(await readState(ports), ports)
  if (state.trial === undefined) return provenStart(state, ports)
  try {
    await ports.become(state.trial)
    return { config: await ports.load(state.trial.revision), state }
  } catch (thrown) {
    return provenStart(await takeBack(state, toAppError(thrown, 'deployment.crashed'), ports), ports)
  }
}

/** Ends the trial of a set, on the disk first. */
export async function takeBack(state: DeploymentState, error: AppError, ports: BootPorts): Promise<DeploymentState> {
  const { clock, log } = ports
  log.error({ revision: state.trial?.revision, code: error.code, reason: error.message }, 'an update is taken back')
  const back = takenBack(state, faultOf(error), clock.now())
  await saveState(back, ports).catch((thrown: unknown) => {
    log.error({ err: thrown }, 'the end of a trial could not be written; the next start finds the trial once more')
  })
  return back
}

/** Throws `deployment.disk-full` or what Node throws. */
export async function saveState(state: DeploymentState, { files, places }: BootPorts): Promise<void> {
  await replaceFile(files, places.state, Buffer.from(JSON.stringify(state)))
}

async function readState({ files, places, log }: BootPorts): Promise<DeploymentState> {
  const bytes = await files.read(places.state)
  if (bytes === undefined) return firstState
  const state = parseState(bytes)
  if (state !== undefined) return state
  log.error({ file: places.state }, 'the state of deployment cannot be read: gateway.yaml runs, until an update comes')
  return firstState
}

/** A start that cannot be counted is not made: the set might crash for ever. */
async function countedTrial(state: DeploymentState, ports: BootPorts): Promise<DeploymentState> {
  const { trial } = state
  if (trial === undefined || trial.revision === ports.countedRevision) return state
  if (trial.attempts >= maxAttempts) {
    const message = `the gateway was started ${maxAttempts} times with it and never ran for ${trial.probationS} s`
    return takeBack(state, new AppError('deployment.crashed', message), ports)
  }
  const counted = begun(state)
  try {
    await saveState(counted, ports)
    return counted
  } catch (thrown) {
    return takeBack(state, toAppError(thrown, 'deployment.disk-full'), ports)
  }
}

/** The proven set; where it cannot be used any more, the one before; at the last, gateway.yaml. */
async function provenStart(state: DeploymentState, ports: BootPorts): Promise<Start> {
  const { revision } = runningSet(state)
  await ports.become(runningSet(state))
  try {
    return { config: await ports.load(revision), state }
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    if (revision === 0 || !ofTheSet.some((code) => code === error.code)) throw error
    const to = state.previous ?? baseSet
    ports.log.error({ revision, to: to.revision, code: error.code, reason: error.message }, 'a set cannot be used')
    const message = `set ${revision} cannot be used (${error.code}: ${error.message}); ${nameOf(to.revision)} runs`
    const fallen = fallenBack(state, to, { code: 'deployment.set', message }, ports.clock.now())
    await saveState(fallen, ports).catch((cause: unknown) => ports.log.error({ err: cause }, 'it could not be written'))
    return provenStart(fallen, ports)
  }
}

function nameOf(revision: number): string {
  return revision === 0 ? 'gateway.yaml' : `set ${revision}`
}
