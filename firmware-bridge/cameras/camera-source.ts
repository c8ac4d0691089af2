// What a source of frames is: one file with a factory. It runs a session that delivers images until the session fails.
import type { TSchema } from 'typebox'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { FrameDrop } from './frame.ts'

/** An image as a source received it. */
export interface ReceivedImage {
  readonly bytes: Buffer
  /** Monotonic ms when the image was asked for or began to arrive. */
  readonly begunMs: number
  /** What the sender says of the time, beside what the image itself says. Unix ms. */
  readonly claimed?: { readonly timeMs: number; readonly source: 'http-date' | 'file' }
}

/** What a running source is given. */
export interface CameraSession {
  /** Aborted when the session must end: `run` then gives everything back and settles. */
  readonly signal: AbortSignal
  readonly maxFrameBytes: number
  /**
   * Hands an image over. It is dropped and counted where it is not a whole image (the answer is then `undefined`);
   * else the promise tells whether every reader has finished with it (`true`), or it was superseded or the camera
   * closed first (`false`). Streams do not wait for it: the newest frame wins.
   */
  deliver(image: ReceivedImage): Promise<boolean> | undefined
  /** Counts an image that was thrown away before it was whole. */
  drop(reason: FrameDrop): void
  /** Resolves after `delayMs`, or before that when a reader waits for a frame or the session must end. */
  idle(delayMs: number): Promise<void>
}

/** `run` never resolves while all is well; it throws AppError `driver.*`, `limit.exceeded`, `tool.missing`. */
export interface CameraSource {
  run(session: CameraSession): Promise<void>
  /** A session that delivers nothing for so long has stalled and is ended; undefined where silence is normal. */
  readonly stallMs: number | undefined
}

export interface CameraSourceDependencies {
  readonly clock: Clock
  readonly log: Log
}

/** A source by its type. The schema stands in a file of its own, loaded only where configuration is checked. */
export interface CameraSourceFactory<Settings> {
  readonly type: string
  schema(): Promise<TSchema>
  create(settings: Settings, dependencies: CameraSourceDependencies): CameraSource
}
