// The one place where a camera's newest frame waits for its readers: a newer frame takes the place of an older one.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Frame } from './frame.ts'

export interface FrameReader {
  /**
   * The newest frame that this reader has not seen and that was exposed at `exposedSinceMs` (monotonic) or later; waits
   * for it. Asking again says that the last frame is done with. One at a time. Rejects with the signal's reason, or
   * with `driver.connection` when the camera closes.
   */
  next(options: { readonly signal: AbortSignal; readonly exposedSinceMs?: number }): Promise<Frame>
  /** Says that the last frame is done with. */
  release(): void
  /** A frame that was not released stays undone: a hot folder gives it again after a restart. */
  close(): void
}

interface Place {
  readonly frame: Frame
  /** Readers that have not finished with it; undefined until the first reader has come. */
  readonly open: Set<Reader>
  taken: boolean
  readonly settle: (done: boolean) => void
}

/** Bound: one frame. Overflow: the newer one wins; `onSuperseded` is called where nobody has taken the older. Owner: the camera. */
export class FrameSlot {
  readonly #readers = new Set<Reader>()
  readonly #wanted = new Set<() => void>()
  #place: Place | undefined
  /** Readers may wait before the camera is opened for the first time. */
  #isOpen = true
  #onSuperseded: () => void = () => undefined

  open(): void {
    this.#isOpen = true
  }

  close(): void {
    this.#isOpen = false
    for (const reader of this.#readers) reader.refuse()
    this.#place?.settle(false)
    this.#place = undefined
    this.#wake()
  }

  reader(): FrameReader {
    const reader = new Reader(this)
    this.#readers.add(reader)
    this.#place?.open.add(reader)
    return reader
  }

  /** Resolves with whether every reader has finished with this frame before it was superseded or the slot was closed. */
  put(frame: Frame, onSuperseded: () => void): Promise<boolean> {
    // A source may have an image in hand when its camera closes: nobody would ever finish with it.
    if (!this.#isOpen) return Promise.resolve(false)
    const old = this.#place
    if (old !== undefined) {
      if (!old.taken) this.#onSuperseded()
      old.settle(false)
    }
    this.#onSuperseded = onSuperseded
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const place: Place = { frame, open: new Set(this.#readers), taken: false, settle: resolve }
    this.#place = place
    for (const reader of this.#readers) reader.offer(place)
    return promise
  }

  /** Resolves when a reader waits for a frame, or the signal aborts. */
  wanted(signal: AbortSignal): Promise<void> {
    if (signal.aborted || [...this.#readers].some((reader) => reader.waits)) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wanted.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wanted.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  /** For readers. */
  get current(): { readonly place: Place | undefined; readonly isOpen: boolean } {
    return { place: this.#place, isOpen: this.#isOpen }
  }

  /** For readers: one of them waits now. */
  waits(): void {
    this.#wake()
  }

  /** For readers: this one is done with the frame, or gone. The frame is let go when nobody else needs it. */
  finished(place: Place, reader: Reader): void {
    if (!place.open.delete(reader) || place.open.size > 0) return
    place.settle(true)
    if (this.#place === place) this.#place = undefined
  }

  remove(reader: Reader): void {
    this.#readers.delete(reader)
  }

  #wake(): void {
    for (const done of this.#wanted) done()
  }
}

class Reader implements FrameReader {
  readonly #slot: FrameSlot
  #held: Place | undefined
  #waiting: { readonly exposedSinceMs: number; settle(outcome: Frame | AppError): void } | undefined

  constructor(slot: FrameSlot) {
    this.#slot = slot
  }

  get waits(): boolean {
    return this.#waiting !== undefined
  }

  next({ signal, exposedSinceMs = -Infinity }: Parameters<FrameReader['next']>[0]): Promise<Frame> {
    this.release()
    if (signal.aborted) return Promise.reject(aborted(signal))
    const { place, isOpen } = this.#slot.current
    if (!isOpen) return Promise.reject(closedError())
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#waiting?.settle(aborted(signal))
      this.#waiting = {
        exposedSinceMs,
        settle: (outcome) => {
          this.#waiting = undefined
          signal.removeEventListener('abort', onAbort)
          if (outcome instanceof AppError) reject(outcome)
          else resolve(outcome)
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      if (place?.open.has(this) === true) this.offer(place)
      if (this.#waiting !== undefined) this.#slot.waits()
    })
  }

  /** Takes the frame where it is waited for; one that is too old is done with at once. */
  offer(place: Place): void {
    if (this.#waiting === undefined) return
    if (place.frame.exposedMs < this.#waiting.exposedSinceMs) {
      this.#slot.finished(place, this)
      return
    }
    place.taken = true
    this.#held = place
    this.#waiting.settle(place.frame)
  }

  refuse(): void {
    this.#waiting?.settle(closedError())
  }

  release(): void {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#slot.finished(held, this)
  }

  close(): void {
    this.refuse()
    this.#slot.remove(this)
    const { place } = this.#slot.current
    // What it had not seen no longer waits for it; what it held and did not release stays undone.
    if (place !== undefined && place !== this.#held) this.#slot.finished(place, this)
    this.#held = undefined
  }
}

function aborted(signal: AbortSignal): AppError {
  return signal.reason instanceof AppError ? signal.reason : new AppError('driver.timeout', 'no frame in time')
}

function closedError(): AppError {
  return new AppError('driver.connection', 'the camera was closed')
}
