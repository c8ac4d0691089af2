// What the gateway agent and its vision process say to each other.
import type { AnalyseOptions, Finding, VisionModelDescription } from '../../models/vision/vision-model.ts'
import type { RefusedModel } from '../inference/messages.ts'
import type { RunnerReply, RunReply } from '../../models/runner.ts'

/** What the process loaded: the models that passed every check on this machine, and why the others did not. */
export interface VisionReady {
  readonly models: readonly { readonly folder: string; readonly description: VisionModelDescription }[]
  readonly refused: readonly RefusedModel[]
}

/** One image for one model. */
export interface VisionRequest {
  readonly folder: string
  readonly bytes: Uint8Array
  readonly options: AnalyseOptions
}

export type VisionReply = RunnerReply<VisionReady, Finding>
export type VisionRunReply = RunReply<Finding>
