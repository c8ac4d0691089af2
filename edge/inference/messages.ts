// What the gateway and its inference worker say to each other.
import type { RowManifest } from '../../models/scorer.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import type { RunnerReply } from '../../models/runner.ts'

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

/** What the worker loaded. */
export interface WorkerReady {
  readonly models: readonly { readonly folder: string; readonly manifest: RowManifest }[]
  readonly refused: readonly RefusedModel[]
}

/** The result of a run: one score a row. */
export type WorkerReply = RunnerReply<WorkerReady, Float32Array>
