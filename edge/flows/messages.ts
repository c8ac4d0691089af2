// What the agent and the process of the flows say to each other, over the channel that Node keeps between them.
import type { ErrorCode } from '../../broker/contract/app-error.ts'
import type { Quality, QualityReason, SampleValue } from '../../broker/contract/sample.ts'

/** Said once, before anything is loaded. */
export interface FlowInit {
  readonly kind: 'init'
  /** The deployed flows. */
  readonly file: string
  /** Where this process may write. */
  readonly folder: string
  readonly editor: boolean
  /** Flows are loaded and do not run until somebody deploys: they ended this process again and again. */
  readonly safeMode: boolean
  readonly places: FlowPlaces
}

/** What the nodes offer in the editor. */
export interface FlowPlaces {
  /** `device:channel` of every configured device. */
  readonly series: readonly string[]
  readonly channels: readonly { readonly id: string; readonly unit: string | undefined }[]
  readonly setpoints: readonly { readonly id: string; readonly min: number; readonly max: number }[]
  readonly models: readonly string[]
}

export interface FlowSample {
  readonly name: string
  readonly timeMs: number
  readonly value: SampleValue
  readonly unit: string | undefined
  readonly quality: Quality
  readonly reason: QualityReason | undefined
}

export type ToFlows =
  | FlowInit
  | { readonly kind: 'ping'; readonly beat: number }
  /** The next batch comes after `taken`. */
  | { readonly kind: 'samples'; readonly samples: readonly FlowSample[] }
  | { readonly kind: 'answer'; readonly ask: number; readonly answer: FlowAnswer }
  | { readonly kind: 'stop' }

/** What a node asks of the gateway; each gets one answer. */
export type FlowAsk =
  | { readonly type: 'out'; readonly channel: string; readonly value: number; readonly timeMs: number | undefined }
  | { readonly type: 'setpoint'; readonly setpoint: string; readonly value: number; readonly node: string }
  | {
      readonly type: 'alarm'
      readonly source: string
      readonly class: string
      readonly state: 'raised' | 'cleared'
      readonly value: number | undefined
      readonly timeMs: number
      /** The node, for the event. */
      readonly node: string
    }
  | { readonly type: 'infer'; readonly model: string; readonly values: readonly InferValue[] }

export interface InferValue {
  readonly timeMs: number
  readonly value: number
}

export type FlowAnswer =
  | { readonly ok: true; readonly value: number | undefined }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

export type FromFlows =
  /** Node-RED is loaded; flows begin. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'started'; readonly afterMs: number; readonly changedHere: boolean }
  | { readonly kind: 'pong'; readonly beat: number; readonly refused: number; readonly unlogged: number }
  | { readonly kind: 'wants'; readonly patterns: readonly string[] }
  | { readonly kind: 'taken' }
  | { readonly kind: 'ask'; readonly ask: number; readonly question: FlowAsk }
  | { readonly kind: 'log'; readonly level: 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'saved'; readonly changedHere: boolean }
