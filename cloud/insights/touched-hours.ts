// The hours of input series into which readings came late, until their results are computed again.

export interface HourSpan {
  readonly fromHour: number
  /** Inclusive. */
  readonly toHour: number
}

/** Bound: one span per input series; several backfills of one series become one span. Owner: the insight engine. */
export class TouchedHours {
  readonly #spans = new Map<number, HourSpan>()

  /** `hour`: hours since 1970. */
  add(series: number, hour: number): void {
    const known = this.#spans.get(series)
    if (known !== undefined && hour >= known.fromHour && hour <= known.toHour) return
    this.#spans.set(series, {
      fromHour: Math.min(hour, known?.fromHour ?? hour),
      toHour: Math.max(hour, known?.toHour ?? hour),
    })
  }

  entries(): IterableIterator<[number, HourSpan]> {
    return this.#spans.entries()
  }

  /** Hands everything over and is empty. */
  take(): TouchedHours {
    const taken = new TouchedHours()
    taken.restore(this)
    this.#spans.clear()
    return taken
  }

  /** Takes back what was not finished. */
  restore(other: TouchedHours): void {
    for (const [series, { fromHour, toHour }] of other.entries()) {
      this.add(series, fromHour)
      this.add(series, toHour)
    }
  }
}
