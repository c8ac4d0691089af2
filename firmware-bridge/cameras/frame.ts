// What a camera gives: one whole image with the time, the place and the exposure facts that are known of it.

export type FrameFormat = 'jpeg' | 'png' | 'tiff'

/**
 * Where `timeMs` comes from. `exif`: the camera wrote it into the image, with its offset from UTC. `http-date`: the Date
 * header of the answer, whole seconds. `file`: when the file was last written. `arrival`: this gateway's clock.
 */
export type FrameTimeSource = 'exif' | 'http-date' | 'file' | 'arrival'

/** What EXIF says of the exposure; absent where it says nothing. */
export interface Exposure {
  readonly exposureTimeS?: number
  readonly iso?: number
  /** EXIF GainControl: 0 none, 1 low gain up, 2 high gain up, 3 low gain down, 4 high gain down. */
  readonly gainControl?: number
}

/** One image. `seq` counts the frames of one camera from 1 and begins anew with each start. */
export interface Frame {
  readonly camera: string
  readonly seq: number
  /** Unix ms. */
  readonly timeMs: number
  readonly timeSource: FrameTimeSource
  /**
   * Monotonic ms of this gateway when the image was exposed at the latest, as far as that can be known: when a snapshot
   * was asked for, or when a stream's frame began to arrive, less the camera's configured latency.
   */
  readonly exposedMs: number
  /** Whole and of this format by its own markers; not decoded. */
  readonly bytes: Buffer
  readonly format: FrameFormat
  readonly widthPx: number
  readonly heightPx: number
  readonly exposure: Exposure
}

/** Why received image bytes were thrown away. Stable names: they are the reason label of a counter. */
export type FrameDrop = 'superseded' | 'truncated' | 'malformed' | 'oversize'
