// What the agent asks the canopy process, and what that answers.
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Ring } from '../../broker/contract/plane-geometry.ts'
import type { ListedImage } from './flight-list.ts'

/** A site with an area: cells whose centre lies in it are its. */
export interface Field {
  readonly id: string
  readonly rings: readonly Ring[]
}

export interface CanopyRequest {
  readonly flight: string
  readonly images: readonly ListedImage[]
  readonly fields: readonly Field[]
  readonly cellM: number
  /** Where covers are kept. */
  readonly folder: string
}

/** `no-place`: no image says well enough where it was taken. */
export type CanopyOutcome = { readonly events: readonly NewEvent[] } | { readonly nothing: 'no-place' }

/** The section `images.canopy` of gateway.yaml. */
export interface CanopySettings {
  /** An id under models/packages or a path. */
  readonly package: string
  readonly cellM: number
  readonly settleMs: number
}
