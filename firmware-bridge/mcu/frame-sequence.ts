// Tells a new frame from a repeated one and counts the frames that never came, by the numbers of one start of one board.

/** Frames behind the newest one that are remembered: a board resends what it kept within that many. */
const windowFrames = 64
const modulus = 0x1_0000

export interface Arrival {
  readonly isRepeated: boolean
  /** Frames that this arrival shows to be lost for good. */
  readonly lost: number
}

/** Numbers are counted on past 65,535, so that order is that of integers. */
export class FrameSequence {
  readonly #seen = new Set<number>()
  #newest: number | undefined
  /** Below it nothing is remembered. */
  #oldest = 0
  /** Below it what is missing has been counted. */
  #counted = 0

  /** `isResent`: the board keeps frames and may still send a missing one; else a gap is a loss at once. */
  arrive(seq: number, isResent: boolean): Arrival {
    const number = this.#numberOf(seq)
    if (this.#seen.has(number)) return { isRepeated: true, lost: 0 }
    if (this.#newest === undefined) {
      this.#oldest = number
      this.#counted = number
    }
    // Older than what is remembered: rather twice than never.
    if (number < this.#oldest) return { isRepeated: false, lost: 0 }
    this.#seen.add(number)
    this.#newest = Math.max(this.#newest ?? number, number)
    const lost = this.#countMissing(isResent ? this.#newest + 1 - windowFrames : this.#newest)
    for (; this.#oldest < this.#newest + 1 - windowFrames; this.#oldest += 1) this.#seen.delete(this.#oldest)
    return { isRepeated: false, lost }
  }

  /** The frame was not kept after all: when it comes again, it is new. */
  forget(seq: number): void {
    this.#seen.delete(this.#numberOf(seq))
  }

  #countMissing(before: number): number {
    let lost = 0
    for (; this.#counted < before; this.#counted += 1) if (!this.#seen.has(this.#counted)) lost += 1
    return lost
  }

  /** The number of this seq that is nearest to the newest. */
  #numberOf(seq: number): number {
    if (this.#newest === undefined) return seq
    const ahead = (((seq - this.#newest) % modulus) + modulus) % modulus
    return this.#newest + (ahead < modulus / 2 ? ahead : ahead - modulus)
  }
}
