// What a gateway asks of a model that looks at images, whatever its task: bytes in, one finding out.
import type { EventKind } from '../../broker/contract/event-limits.ts'
import type { GatewayEvent } from '../../broker/contract/event.ts'

/** What a model says of one image; everything in it may be sent to another process. */
export interface Finding {
  /** 0..1, the larger the worse; null where the model gave none (a display that could not be read). */
  readonly score: number | null
  /** The class that the score is about; null where there is none, or the score is below the threshold. */
  readonly class: string | null
  /** The score of this one image is at or over the model's threshold. */
  readonly over: boolean
  readonly boxes: NonNullable<GatewayEvent['boxes']>
  readonly mask: NonNullable<GatewayEvent['mask']>
  readonly heat: GatewayEvent['heat']
  readonly detail: NonNullable<GatewayEvent['detail']>
  /** JPEG with the heat map over it, at most 320 pixels a side and 30 kB; undefined where none was asked for. */
  readonly picture: Uint8Array | undefined
  /** Of the upright image, pixels. */
  readonly width: number
  readonly height: number
  readonly timings: {
    readonly decodeMs: number
    readonly runMs: number
    /** Reading the outputs: joined tiles, pieces, polygons. */
    readonly readMs: number
    readonly pictureMs: number
  }
}

/** Which findings become events. `verdict`: pass or reject; `condition`: raised and cleared; `reading`: every one; `count`: none. */
export type FindingUse = 'verdict' | 'condition' | 'reading' | 'count'

/** What the agent knows of a model that runs in another process. */
export interface VisionModelDescription {
  readonly id: string
  readonly version: string
  /** Undefined for a `count`. */
  readonly kind: EventKind | undefined
  readonly use: FindingUse
  /** For a camera that watches: the median of the scores of `medianOf` frames raises at `raise` and clears below `clear`. */
  readonly raise: number
  readonly clear: number
  readonly medianOf: number
}

export interface AnalyseOptions {
  /** When `picture` is made; absent: never. `over`: where the finding is. `png`: always, as a PNG of at most 1600 pixels a side. */
  readonly picture?: 'all' | 'over' | 'none' | 'png'
  /** The picture without the heat map over it. */
  readonly plain?: boolean
  /** Ground resolution of the image, metres a pixel, where it is known. */
  readonly metresPerPixel?: number
  /** Settings of the binding in gateway.yaml that the task itself reads, a plain value. */
  readonly settings?: unknown
  /** What the last reading of this camera was, for tasks that check plausibility. */
  readonly last?: NonNullable<GatewayEvent['detail']>
}

export interface VisionModel {
  readonly description: VisionModelDescription
  /** One at a time. Throws AppError `image.invalid` (the image is at fault) or `model.failed`. */
  analyse(bytes: Uint8Array, options?: AnalyseOptions): Promise<Finding>
  close(): Promise<void>
}
