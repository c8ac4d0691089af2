// Which alarms come and go so often that telling of each time would only teach people to look away.

export interface FlappingLimits {
  /** So many beginnings … */
  readonly raises: number
  /** … within this time are flapping; it ends when there was none for as long. */
  readonly windowMs: number
}

/** EEMUA 191 and ISA-18.2 call an alarm chattering at 3 a minute; here the slow ones of weather and water count too. */
export const defaultFlapping: FlappingLimits = { raises: 4, windowMs: 30 * 60_000 }

/**
 * Counts beginnings per alarm key in hub time. Bound: `raises` times per key, and a key is forgotten when its newest is
 * older than the window. Owner: the alarm book.
 */
export class Flapping {
  readonly #limits: FlappingLimits
  readonly #times = new Map<string, number[]>()
  readonly #flapping = new Set<string>()

  constructor(limits: FlappingLimits = defaultFlapping) {
    this.#limits = limits
  }

  /** Its condition began at `nowMs`. */
  raised(key: string, nowMs: number): void {
    const times = [...(this.#times.get(key) ?? []), nowMs].slice(-this.#limits.raises)
    this.#times.set(key, times)
    const oldest = times[0] ?? nowMs
    if (times.length === this.#limits.raises && nowMs - oldest <= this.#limits.windowMs) this.#flapping.add(key)
  }

  isFlapping(key: string): boolean {
    return this.#flapping.has(key)
  }

  /** Forgets what has been quiet for the window. A clock that went back counts as quiet. */
  tick(nowMs: number): void {
    for (const [key, times] of this.#times) {
      const quietMs = nowMs - (times.at(-1) ?? 0)
      if (quietMs >= 0 && quietMs < this.#limits.windowMs) continue
      this.#times.delete(key)
      this.#flapping.delete(key)
    }
  }
}
