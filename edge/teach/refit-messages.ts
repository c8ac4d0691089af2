// What the gateway asks of the process that teaches, and what it answers.
import type { PackageTrust } from '../checks/checked-package.ts'

/** Plain values: the words of the process, as one JSON text. */
export interface RefitRequest {
  /** Folder of the example store. */
  readonly examples: string
  /** The package that is in use: the extractor of the first teaching, or a revision. */
  readonly current: string
  /** Folder of the revision to be written. */
  readonly out: string
  readonly version: string
  /** Absent: those of `current`. */
  readonly model?: TaughtName
  /** What is in use judges another part: nothing is compared with it. */
  readonly isAnotherPart?: boolean
  readonly nowMs: number
  /** File of the gateway's own private key, PEM: words of a process are seen by others. */
  readonly privateKeyFile: string
  /** By whom `current` may be signed. */
  readonly trust: PackageTrust
}

export interface TaughtName {
  readonly id: string
  readonly labels: { readonly ja: string; readonly en: string }
}

export interface RefitAnswer {
  /** Undefined: the revision may replace the one in use. */
  readonly worse: string | undefined
  readonly falseRejects: number
  readonly falsePasses: number
  readonly auroc: number
  readonly good: number
  readonly bad: number
  readonly refused: readonly string[]
  /** How many good and bad examples have a held-out score in each twentieth of 0..1: ten before the threshold, ten from it on. */
  readonly goodScores: readonly number[]
  readonly badScores: readonly number[]
}
