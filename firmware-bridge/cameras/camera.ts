// A camera: runs its source again and again, and keeps the one newest frame for those who pull.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { CameraSource, ReceivedImage } from './camera-source.ts'
import { pause } from './pause.ts'
import type { Frame, FrameDrop } from './frame.ts'
import { FrameSlot, type FrameReader } from './frame-slot.ts'
import { createFrameStamp } from './frame-stamp.ts'

export interface CameraPlan {
  readonly id: string
  readonly maxFrameBytes: number
  /** Between the exposure and the arrival of the image's first byte; 0 where not known. */
  readonly latencyMs: number
  /** The offset of a camera's EXIF times that carry none, `+09:00`. */
  readonly exifOffset: string | undefined
}

export interface CameraDependencies {
  readonly source: CameraSource
  readonly clock: Clock
  readonly log: Log
  /** [0, 1), for jitter. */
  readonly random: () => number
  readonly onDrop: (reason: FrameDrop) => void
  /** Before a source that failed runs again: from `baseMs`, doubled each time up to `capMs`. */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number }
}

/** What is known of a camera at this moment; counts rise from its making. */
interface CameraState {
  /** Whole frames received. */
  readonly frames: number
  /** Frames that a newer one replaced before anybody read them. */
  readonly superseded: number
  /** Received images that were not whole, not an image or too long. */
  readonly bad: number
  /** Monotonic ms of the newest frame's arrival. */
  readonly newestMs: number | undefined
  /** Why the source last failed; undefined once a frame has come since. */
  readonly fault: AppError | undefined
}

export interface Camera {
  readonly id: string
  readonly state: CameraState
  /** Begins to run the source; a camera that is not there yet is no error. */
  open(): void
  /** One of those who pull frames; each sees every frame at most once. */
  reader(): FrameReader
  /** Ends the source and everything it has open; readers that wait reject with `driver.connection`. */
  close(): Promise<void>
}

const defaultBackoff = { baseMs: 500, capMs: 30_000 } as const

export function createCamera(plan: CameraPlan, dependencies: CameraDependencies): Camera {
  return new RunningCamera(plan, dependencies)
}

class RunningCamera implements Camera {
  readonly id: string
  readonly #plan: CameraPlan
  readonly #dependencies: CameraDependencies
  readonly #slot = new FrameSlot()
  readonly #stamp: ReturnType<typeof createFrameStamp>
  #abort: AbortController | undefined
  #running: Promise<void> = Promise.resolve()
  #frames = 0
  #superseded = 0
  #bad = 0
  #newestMs: number | undefined
  #fault: AppError | undefined

  constructor(plan: CameraPlan, dependencies: CameraDependencies) {
    this.id = plan.id
    this.#plan = plan
    this.#dependencies = dependencies
    this.#stamp = createFrameStamp(plan, dependencies.clock)
  }

  get state(): CameraState {
    return {
      frames: this.#frames,
      superseded: this.#superseded,
      bad: this.#bad,
      newestMs: this.#newestMs,
      fault: this.#fault,
    }
  }

  open(): void {
    if (this.#abort !== undefined) return
    const abort = new AbortController()
    this.#abort = abort
    this.#slot.open()
    this.#running = this.#runUntil(abort.signal)
  }

  reader(): FrameReader {
    return this.#slot.reader()
  }

  async close(): Promise<void> {
    this.#abort?.abort()
    this.#slot.close()
    await this.#running
    this.#abort = undefined
  }

  /** Never throws. */
  async #runUntil(signal: AbortSignal): Promise<void> {
    const { clock, log, random, backoff = defaultBackoff } = this.#dependencies
    for (let failures = 0; !signal.aborted;) {
      const framesBefore = this.#frames
      const error = await this.#runOnce(signal)
      if (signal.aborted) return
      failures = this.#frames > framesBefore ? 1 : failures + 1
      if (this.#fault?.code !== error.code) log.warn({ code: error.code, reason: error.message }, 'a camera has failed')
      this.#fault = error
      // A camera that refuses is asked seldom: many lock an account after a few wrong passwords.
      const refused = error.code === 'driver.exception' || !error.retryable
      const ceilingMs = refused
        ? backoff.capMs
        : Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(failures - 1, 30))
      await pause(clock, ceilingMs * (0.5 + random() / 2), signal)
    }
  }

  /** One session of the source; gives why it ended. */
  async #runOnce(signal: AbortSignal): Promise<AppError> {
    const { source, clock, onDrop } = this.#dependencies
    const session = new AbortController()
    const end = (): void => session.abort()
    signal.addEventListener('abort', end, { once: true })
    const stall = watchStall(source.stallMs, clock, end)
    try {
      await source.run({
        signal: session.signal,
        maxFrameBytes: this.#plan.maxFrameBytes,
        deliver: (image) => {
          const settled = this.#deliver(image)
          if (settled !== undefined) stall.progress()
          return settled
        },
        drop: (reason) => {
          this.#bad += 1
          onDrop(reason)
        },
        idle: (delayMs) => this.#idle(delayMs, session.signal),
      })
      return stall.error() ?? new AppError('driver.connection', 'the camera ended the stream')
    } catch (thrown) {
      return stall.error() ?? toAppError(thrown, 'driver.connection')
    } finally {
      stall.end()
      end()
      signal.removeEventListener('abort', end)
    }
  }

  #deliver(image: ReceivedImage): Promise<boolean> | undefined {
    const { onDrop, clock } = this.#dependencies
    const frame: Frame | undefined = this.#stamp(image, this.#frames + 1)
    if (frame === undefined) {
      this.#bad += 1
      onDrop('malformed')
      return undefined
    }
    this.#frames += 1
    this.#newestMs = clock.monotonic()
    if (this.#fault !== undefined) this.#dependencies.log.info({}, 'a camera delivers again')
    this.#fault = undefined
    return this.#slot.put(frame, () => {
      this.#superseded += 1
      onDrop('superseded')
    })
  }

  async #idle(delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs <= 0 || signal.aborted) return
    const over = new AbortController()
    const end = (): void => over.abort()
    const timer = this.#dependencies.clock.setTimer(end, delayMs)
    signal.addEventListener('abort', end, { once: true })
    await this.#slot.wanted(over.signal)
    timer.cancel()
    signal.removeEventListener('abort', end)
  }
}

interface StallWatch {
  progress(): void
  error(): AppError | undefined
  end(): void
}

/** Calls `onStall` when `stallMs` have passed without progress. */
function watchStall(stallMs: number | undefined, clock: Clock, onStall: () => void): StallWatch {
  let timer: Timer | undefined
  let stalled = false
  const progress = (): void => {
    timer?.cancel()
    if (stallMs === undefined || stalled) return
    timer = clock.setTimer(() => {
      stalled = true
      onStall()
    }, stallMs)
  }
  progress()
  return {
    progress,
    error: () => (stalled ? new AppError('driver.timeout', `no frame within ${stallMs} ms`) : undefined),
    end: () => timer?.cancel(),
  }
}
