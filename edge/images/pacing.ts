// How fast images may go: a cap on their bytes, and chunks so short that a live message never waits long behind one.
import type { Clock } from '../../broker/contract/ports.ts'

/** Lets bytes pass one portion after the other, on average at `bytesPerSecond`. */
export class Pace {
  readonly #bytesPerSecond: number
  readonly #clock: Clock
  #freeMs = Number.NEGATIVE_INFINITY

  /** Infinity: no cap. */
  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond
    this.#clock = clock
  }

  /** What is sent between two waits: a tenth of a second, so that the cap holds for short spans too. */
  get portionBytes(): number {
    return Math.max(1024, Math.min(65_536, Math.floor(this.#bytesPerSecond / 10)))
  }

  /** Resolves when these bytes may be sent; nothing that was not used is saved up. */
  async pass(bytes: number): Promise<void> {
    const nowMs = this.#clock.monotonic()
    const startMs = Math.max(nowMs, this.#freeMs)
    this.#freeMs = startMs + (bytes / this.#bytesPerSecond) * 1000
    if (startMs <= nowMs) return
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(resolve, startMs - nowMs)
    })
  }
}

/** The time that one chunk should take from its first byte to the hub's answer. */
const targetMs = 400
const leastBytes = 16_384
const mostBytes = 4 * 2 ** 20
const firstBytes = 65_536

/**
 * The size of the next chunk. All of a chunk may stand in the queue of the slowest link on the way, and a live message
 * behind it: as the next chunk is sent only after the answer to this one, its size bounds the wait. It follows the
 * measured rate, so that a chunk takes 0.4 s together with its answer, shared among parallel uploads.
 */
export class ChunkSize {
  readonly #parallel: number
  #bytes: number = firstBytes

  constructor(parallel: number) {
    this.#parallel = parallel
  }

  get bytes(): number {
    return this.#bytes
  }

  /** A chunk of `bytes` was answered after `elapsedMs`. */
  measured(bytes: number, elapsedMs: number): void {
    if (bytes < leastBytes / 2) return
    const wanted = ((bytes / Math.max(1, elapsedMs)) * targetMs) / this.#parallel
    this.#bytes = Math.round(Math.max(leastBytes, Math.min(mostBytes, 2 * this.#bytes, wanted)))
  }

  /** The link failed: it may be another one afterwards. */
  begin(): void {
    this.#bytes = Math.min(this.#bytes, firstBytes)
  }
}
