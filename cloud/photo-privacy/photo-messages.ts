// What the hub and its photo process say to each other.
import type { RunnerReply } from '../../models/runner.ts'
import type { CoveredPhoto } from '../../models/photo-privacy/photo-cover.ts'

/** `refusal`: why the model cannot be used; absent: photos may come. */
interface PhotoReady {
  readonly refusal?: string
}

export interface PhotoRequest {
  readonly run: number
  readonly bytes: Uint8Array
}

export type PhotoReply = RunnerReply<PhotoReady, CoveredPhoto>
