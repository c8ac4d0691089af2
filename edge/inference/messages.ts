// What the gateway and its inference worker say to each other.
import type { SeriesAnomalyManifest } from '../../models/manifest-series.ts'
import type { PackageTrust } from '../checks/checked-package.ts'

/** workerData: the packages to load, and whose. */
export interface WorkerInput {
  readonly trust: PackageTrust
  readonly folders: readonly string[]
}

/** One run of one model: `count` input rows laid end to end. */
export interface RunRequest {
  readonly run: number
  readonly folder: string
  readonly rows: Float32Array
  readonly count: number
}

export interface RefusedModel {
  readonly folder: string
  readonly message: string
}

/** `ready` once, after every package was loaded or refused; then one `scores` or `failed` a run. Scores: one a row. */
export type WorkerReply =
  | {
      readonly kind: 'ready'
      readonly models: readonly { readonly folder: string; readonly manifest: SeriesAnomalyManifest }[]
      readonly refused: readonly RefusedModel[]
    }
  | { readonly kind: 'scores'; readonly run: number; readonly scores: Float32Array }
  | { readonly kind: 'failed'; readonly run: number; readonly message: string }
