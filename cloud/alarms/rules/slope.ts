// How fast a value changes: the slope over a window of event time, whatever the spacing of its readings.

/** A window is kept as the means of so many slots, however many readings fall into it. */
const slotsPerWindow = 48
/** With those that the edges of the window cut. */
const maxSlots = slotsPerWindow + 3
/** A window is judged when readings cover at least so much of it … */
const leastCover = 0.8
/** … and no gap between two is longer than this part of it. */
const longestGap = 0.5

/** As it is stored: per slot the number of readings, their mean time (Unix ms) and their mean value, one after the other. */
export interface StoredWindow {
  readonly newestMs: number
  readonly slots: readonly number[]
}

/**
 * The readings of one series over a window. Its columns are a ring that is written again and again: thousands of windows
 * that made a new list with each reading would keep the garbage collector busy for longer than the rules.
 */
export class SlopeWindow {
  readonly #windowMs: number
  readonly #slotMs: number
  readonly #count = new Float64Array(maxSlots)
  readonly #timeMs = new Float64Array(maxSlots)
  readonly #value = new Float64Array(maxSlots)
  /** Place of the oldest slot in the ring, and how many there are. */
  #first = 0
  #size = 0
  #newestMs = Number.NEGATIVE_INFINITY

  constructor(windowMs: number, stored?: StoredWindow) {
    this.#windowMs = windowMs
    this.#slotMs = windowMs / slotsPerWindow
    if (stored === undefined) return
    this.#newestMs = stored.newestMs
    this.#size = Math.min(Math.floor(stored.slots.length / 3), maxSlots)
    for (let slot = 0; slot < this.#size; slot += 1) {
      this.#count[slot] = stored.slots[slot * 3] ?? 1
      this.#timeMs[slot] = stored.slots[slot * 3 + 1] ?? 0
      this.#value[slot] = stored.slots[slot * 3 + 2] ?? 0
    }
  }

  /** Event time of the newest reading taken in, Unix ms. */
  get newestMs(): number {
    return this.#newestMs
  }

  get size(): number {
    return this.#size
  }

  stored(): StoredWindow {
    const slots: number[] = []
    for (let slot = 0; slot < this.#size; slot += 1) {
      const at = this.#at(slot)
      slots.push(this.#count[at] as number, this.#timeMs[at] as number, this.#value[at] as number)
    }
    return { newestMs: this.#newestMs, slots }
  }

  /** Takes a reading in; false for one that is not newer than the newest, which changes nothing. */
  add(timeMs: number, value: number): boolean {
    if (timeMs <= this.#newestMs) return false
    this.#newestMs = timeMs
    // One slot before the window stays, so that its left edge lies between two known points.
    const edgeMs = timeMs - this.#windowMs - this.#slotMs
    while (this.#size > 0 && (this.#timeMs[this.#first] as number) < edgeMs) this.#dropOldest()
    const last = this.#at(this.#size - 1)
    const isSameSlot = this.#size > 0 && this.#slotOf(this.#timeMs[last] as number) === this.#slotOf(timeMs)
    if (isSameSlot) {
      const count = (this.#count[last] as number) + 1
      this.#count[last] = count
      this.#timeMs[last] = (this.#timeMs[last] as number) + (timeMs - (this.#timeMs[last] as number)) / count
      this.#value[last] = (this.#value[last] as number) + (value - (this.#value[last] as number)) / count
      return true
    }
    if (this.#size === maxSlots) this.#dropOldest()
    const next = this.#at(this.#size)
    this.#count[next] = 1
    this.#timeMs[next] = timeMs
    this.#value[next] = value
    this.#size += 1
    return true
  }

  /**
   * Least-squares slope per ms of the line through the slots, drawn as a continuous function over the window: each stretch of
   * time weighs alike, so that a burst of readings weighs no more than its duration. Undefined where readings do not cover
   * the window. For a polyline v(t) over [a, b] the slope is ∫(t − m)·v dt ÷ ∫(t − m)² dt with m the middle of [a, b].
   */
  slopePerMs(): number | undefined {
    const edgeMs = this.#newestMs - this.#windowMs
    let slot = 0
    while (slot < this.#size && (this.#timeMs[this.#at(slot)] as number) < edgeMs) slot += 1
    if (slot >= this.#size) return undefined
    // The left edge itself is interpolated where a slot lies before it.
    const start = slot > 0 && (this.#timeMs[this.#at(slot)] as number) > edgeMs ? slot - 1 : slot
    const firstMs = Math.max(this.#timeMs[this.#at(start)] as number, start < slot ? edgeMs : Number.NEGATIVE_INFINITY)
    const spanMs = (this.#timeMs[this.#at(this.#size - 1)] as number) - firstMs
    if (spanMs <= 0 || spanMs < this.#windowMs * leastCover - this.#slotMs) return undefined
    let moment = 0
    for (let index = start; index + 1 < this.#size; index += 1) {
      const part = this.#momentOf(index, firstMs, spanMs / 2)
      if (part === undefined) return undefined
      moment += part
    }
    return moment / (spanMs ** 3 / 12)
  }

  /** ∫(t − m)·v dt between a slot and the next, from `firstMs` on; undefined over a gap. Times are taken from `firstMs`. */
  #momentOf(slot: number, firstMs: number, middleMs: number): number | undefined {
    const from = this.#at(slot)
    const to = this.#at(slot + 1)
    const fromMs = this.#timeMs[from] as number
    const toMs = this.#timeMs[to] as number
    const toValue = this.#value[to] as number
    const slope = (toValue - (this.#value[from] as number)) / (toMs - fromMs)
    const beginMs = Math.max(fromMs, firstMs)
    const lengthMs = toMs - beginMs
    if (lengthMs > this.#windowMs * longestGap) return undefined
    const beginValue = toValue - slope * lengthMs
    const left = beginMs - firstMs - middleMs
    const right = left + lengthMs
    // Simpson's rule is exact for the product of two straight lines.
    const centre = ((left + right) / 2) * ((beginValue + toValue) / 2)
    return (lengthMs / 6) * (left * beginValue + 4 * centre + right * toValue)
  }

  #at(slot: number): number {
    return (this.#first + slot) % maxSlots
  }

  #slotOf(timeMs: number): number {
    return Math.floor(timeMs / this.#slotMs)
  }

  #dropOldest(): void {
    this.#first = (this.#first + 1) % maxSlots
    this.#size -= 1
  }
}
