// A series' own habit over the day: one slowly learning mean per bin of local time, which a single bad day cannot move far.

const dayMs = 86_400_000

export interface DailyProfileDefinition {
  readonly binS: number
  /** Share of the difference that a new day moves a bin. */
  readonly alpha: number
  readonly utcOffsetMin: number
}

/** Constant time per sample; 8 bytes per bin. */
export class DailyProfile {
  readonly #binMs: number
  readonly #offsetMs: number
  readonly #alpha: number
  readonly #bins: Float64Array
  #key = -1
  #sum = 0
  #count = 0

  constructor(definition: DailyProfileDefinition) {
    this.#binMs = definition.binS * 1000
    this.#offsetMs = definition.utcOffsetMin * 60_000
    this.#alpha = definition.alpha
    this.#bins = new Float64Array(Math.max(1, Math.floor(dayMs / this.#binMs))).fill(Number.NaN)
  }

  /** Adds a value; when it opens a new bin, the mean of the one before is learnt, moving a known bin by at most `maxChange`. */
  add(timeMs: number, value: number, maxChange: number): void {
    const key = Math.floor((timeMs + this.#offsetMs) / this.#binMs)
    if (key !== this.#key) {
      this.#learn(maxChange)
      this.#key = key
      this.#sum = 0
      this.#count = 0
    }
    this.#sum += value
    this.#count += 1
  }

  /** The bins before, at and after the newest sample (an unknown neighbour repeats the middle) and 1; all 0 while the middle is unknown. */
  around(): readonly [number, number, number, number] {
    const here = this.#at(this.#key)
    if (Number.isNaN(here)) return [0, 0, 0, 0]
    const before = this.#at(this.#key - 1)
    const after = this.#at(this.#key + 1)
    return [Number.isNaN(before) ? here : before, here, Number.isNaN(after) ? here : after, 1]
  }

  #learn(maxChange: number): void {
    if (this.#count === 0) return
    const mean = this.#sum / this.#count
    const old = this.#at(this.#key)
    const change = Math.min(maxChange, Math.max(-maxChange, this.#alpha * (mean - old)))
    this.#bins[this.#index(this.#key)] = Number.isNaN(old) ? mean : old + change
  }

  #at(key: number): number {
    return this.#bins[this.#index(key)] ?? Number.NaN
  }

  #index(key: number): number {
    const length = this.#bins.length
    return ((key % length) + length) % length
  }
}
