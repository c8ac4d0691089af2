// What the agent asks of the process that reads and stages updates, and what that answers.
import type { DesiredState } from '../../broker/contract/desired-state.ts'
import type { Fault } from './deployment-state.ts'

export interface ReadRequest {
  readonly task: 'read'
  /** gateway.yaml of the gateway. */
  readonly base: string
  /** The signed document, as it came. */
  readonly documentFile: string
}

/** A document that is believed: signed by a trusted key, for this gateway. */
export interface ReadAnswer {
  readonly state: DesiredState
  /** Sha-256 of its text. */
  readonly digest: string
}

export interface StageRequest extends Omit<ReadRequest, 'task'> {
  readonly task: 'stage'
  readonly keep: readonly number[]
  readonly keepArtefacts: readonly string[]
  /** Of the set that runs. */
  readonly runningRevision: number
  readonly answering: readonly string[]
  /** Folders that may hold the artefacts. */
  readonly folders: readonly string[]
  /** False: whoever brought the document stands at the gateway; no hours, no hub. */
  readonly isFromHub: boolean
}

/** closed: the hours are over; what was fetched stays. */
export type StageAnswer =
  | { readonly kind: 'staged' }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  | { readonly kind: 'closed' }
