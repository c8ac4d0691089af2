// Which set a gateway runs, and what became of the others: one small file, replaced whole; every change of it is a function here.
import type { AppError } from '../../broker/contract/app-error.ts'
import { deploymentLimits, type ItemResultName } from '../../broker/contract/deployment-limits.ts'
import type { Artefact, ItemResult } from '../../broker/contract/desired-state.ts'

export interface SetRef {
  /** 0: gateway.yaml alone. */
  readonly revision: number
  readonly items: readonly Artefact[]
}

/** How the gateway was before a switch: what answered then must answer afterwards. */
export interface Observation {
  /** Ids of devices. */
  readonly answering: readonly string[]
  readonly uplinkConnected: boolean
  /** Packages that were refused already. */
  readonly refusedModels: readonly string[]
}

/** A set that runs and is not proven yet. */
export interface Trial extends SetRef {
  /** Sha-256 of the text of its document. */
  readonly digest: string
  /** Starts of the agent with it. A power cut uses one up, as a crash does. */
  readonly attempts: number
  /** Something before the trial had to be done twice. */
  readonly retried: boolean
  readonly before: Observation
  readonly probationS: number
  readonly startedMs: number
}

/** The newest document that was dealt with to its end. */
interface Handled {
  readonly revision: number
  readonly digest: string
  readonly sinceMs: number
  readonly results: readonly ItemResult[]
}

export interface DeploymentState {
  readonly v: 1
  /** What runs while nothing is on trial. */
  readonly proven: SetRef
  /** What ran before it: the way back where `proven` cannot be read any more. */
  readonly previous?: SetRef
  readonly trial?: Trial
  readonly handled?: Handled
}

/** Why something did not come to run; `item`: the part that is at fault, where one is. */
export interface Fault {
  readonly item?: Pick<Artefact, 'kind' | 'id'>
  readonly code: string
  readonly message: string
}

/** A document that is believed. */
export interface Believed extends SetRef {
  readonly digest: string
  readonly startedMs: number
}

export const baseSet: SetRef = { revision: 0, items: [] }
export const firstState: DeploymentState = { v: 1, proven: baseSet }

/** Undefined for what is no state of this version. */
export function parseState(bytes: Uint8Array): DeploymentState | undefined {
  try {
    const state = JSON.parse(Buffer.from(bytes).toString('utf8')) as DeploymentState
    const refs = [
      state.proven,
      ...(state.previous === undefined ? [] : [state.previous]),
      ...(state.trial === undefined ? [] : [state.trial]),
    ]
    const sound = refs.every(({ revision, items }) => Number.isSafeInteger(revision) && Array.isArray(items))
    return state.v === 1 && sound ? state : undefined
  } catch {
    return undefined
  }
}

/** The set that runs. */
export function runningSet({ trial, proven }: DeploymentState): SetRef {
  const { revision, items } = trial ?? proven
  return { revision, items }
}

/** The newest revision that was begun or ended; a document must be newer. */
export function newestRevision({ trial, handled, proven }: DeploymentState): number {
  return Math.max(trial?.revision ?? 0, handled?.revision ?? 0, proven.revision)
}

/** It never ran. The other items of the document are refused with it. */
export function refused(
  state: DeploymentState,
  believed: Believed,
  faults: readonly Fault[],
  nowMs: number,
): DeploymentState {
  const [first] = faults
  const results = believed.items.map((item) => {
    const own = faults.find((fault) => fault.item === undefined || same(fault.item, item))
    const blamed = `${first?.item?.kind ?? 'the set'} ${first?.item?.id ?? ''}`.trim()
    const reason = own ?? { code: 'deployment.companion', message: `not taken, because ${blamed} was refused` }
    return resultOf(item, 'refused', reason, { startedMs: believed.startedMs, endedMs: nowMs })
  })
  return { ...state, handled: { revision: believed.revision, digest: believed.digest, sinceMs: nowMs, results } }
}

/** From here on every start takes the new set, until it is kept or taken back. */
export function onTrial(
  state: DeploymentState,
  believed: Believed,
  given: Pick<Trial, 'before' | 'probationS' | 'retried'>,
): DeploymentState {
  return { ...state, trial: { ...believed, ...given, attempts: 0 } }
}

export function begun(state: DeploymentState): DeploymentState {
  if (state.trial === undefined) return state
  return { ...state, trial: { ...state.trial, attempts: state.trial.attempts + 1 } }
}

/** The trial was passed: its set is proven. */
export function kept(state: DeploymentState, nowMs: number): DeploymentState {
  const { trial, proven } = state
  if (trial === undefined) return state
  const result = trial.retried || trial.attempts > 1 ? 'applied-after-retry' : 'applied'
  const { revision, items } = trial
  return { v: 1, proven: { revision, items }, previous: proven, handled: ended(trial, result, undefined, nowMs) }
}

/** The trial failed: what was proven runs again. */
export function takenBack(state: DeploymentState, reason: Fault, nowMs: number): DeploymentState {
  const { trial, ...rest } = state
  if (trial === undefined) return state
  return { ...rest, handled: ended(trial, 'rolled-back', reason, nowMs) }
}

/** What was proven cannot be used any more: `to` stands for it. */
export function fallenBack(state: DeploymentState, to: SetRef, reason: Fault, nowMs: number): DeploymentState {
  const { handled, previous: _, ...rest } = state
  const lost = { ...rest, proven: to }
  if (handled === undefined) return lost
  const results = handled.results.map(({ result, message, code, ...item }): ItemResult => {
    const why = message === undefined ? reason.message : `${message}; then ${reason.message}`
    if (result === 'refused')
      return { ...item, result, ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message }) }
    return { ...item, result: 'cannot-roll-back', code: code ?? reason.code, message: cut(why), endedMs: nowMs }
  })
  return { ...lost, handled: { ...handled, results, sinceMs: nowMs } }
}

function ended(trial: Trial, result: ItemResultName, reason: Fault | undefined, nowMs: number): Handled {
  const times = { startedMs: trial.startedMs, endedMs: nowMs }
  const results = trial.items.map((item) => resultOf(item, result, reason, times))
  return { revision: trial.revision, digest: trial.digest, sinceMs: nowMs, results }
}

function resultOf(
  { kind, id, version }: Artefact,
  result: ItemResultName,
  reason: Fault | undefined,
  times: Pick<ItemResult, 'startedMs' | 'endedMs'>,
): ItemResult {
  const why = reason === undefined ? {} : { code: reason.code, message: cut(reason.message) }
  return { kind, id, version, result, ...why, ...times }
}

export function cut(message: string): string {
  return message.slice(0, deploymentLimits.message)
}

export function faultOf(error: AppError, item?: Fault['item']): Fault {
  return { ...(item === undefined ? {} : { item }), code: error.code, message: error.message }
}

function same(one: Pick<Artefact, 'kind' | 'id'>, other: Pick<Artefact, 'kind' | 'id'>): boolean {
  return one.kind === other.kind && one.id === other.id
}
