// What the gateway says of its sets, as bytes: its agent runs without TypeBox, so the shape is held by the types and by a test.
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { ReportedState } from '../../broker/contract/desired-state.ts'
import { cut, type DeploymentState, type Fault, runningSet } from './deployment-state.ts'

/** A document on its way. */
export interface Progress {
  readonly revision: number
  readonly phase: 'waiting' | 'staging'
  readonly sinceMs: number
  readonly fault: Fault | undefined
}

/** A document that was not believed, or that came too late. */
export interface Refusal extends Fault {
  readonly revision?: number
  /** SHA-256 of the document as it came, hexadecimal. */
  readonly payload: string
  readonly timeMs: number
}

export function reportedState(
  state: DeploymentState,
  now: {
    readonly progress: Progress | undefined
    readonly refusal: Refusal | undefined
    readonly nowMs: number
    readonly agent: string
  },
): Uint8Array {
  const { progress, refusal, nowMs, agent } = now
  const desired = desiredOf(state, progress)
  const document: ReportedState = {
    v: 1,
    timeMs: nowMs,
    running: {
      revision: runningSet(state).revision,
      items: [...runningSet(state).items],
      agent,
    },
    ...(desired === undefined ? {} : { desired }),
    ...(refusal === undefined ? {} : { refused: { ...refusal, message: cut(refusal.message) } }),
  }
  return encodeDocument(document)
}

function desiredOf({ trial, handled }: DeploymentState, progress: Progress | undefined): ReportedState['desired'] {
  if (trial !== undefined) {
    return { revision: trial.revision, phase: 'trial', sinceMs: trial.startedMs, results: [] }
  }
  if (progress !== undefined) {
    const { revision, phase, sinceMs, fault } = progress
    const why = fault === undefined ? {} : { fault: { code: fault.code, message: cut(fault.message) } }
    return { revision, phase, sinceMs, ...why, results: [] }
  }
  if (handled === undefined) return undefined
  const { revision, sinceMs, results } = handled
  return { revision, phase: 'done', sinceMs, results: [...results] }
}
