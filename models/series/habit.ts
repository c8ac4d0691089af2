// What a series usually is at this place of a cycle (time of day, hour of the week): one slowly learning mean per bin.

/** Plain numbers, so that it can be written to disk as it is. `seen`: how often each bin was learnt. `key`: the visit under way. */
export interface HabitState {
  readonly means: Float32Array
  readonly seen: Uint16Array
  key: number
  bin: number
  sum: number
  count: number
}

export function newHabitState(bins: number): HabitState {
  return { means: new Float32Array(bins), seen: new Uint16Array(bins), key: -1, bin: 0, sum: 0, count: 0 }
}

export interface HabitRule {
  /** A bin is known when it was learnt so often. */
  readonly minSeen: number
  /** A new visit moves a bin's mean by 1/seen, and never by less than 1/maxSeen. */
  readonly maxSeen: number
}

/**
 * The habit of `bin`, undefined while it is unknown; then the value is added to the visit `key` of that bin. A visit is learnt, with its
 * mean, only when the next one begins, so that it never explains itself.
 */
export function habitAt(
  state: HabitState,
  rule: HabitRule,
  key: number,
  bin: number,
  value: number,
): number | undefined {
  if (key !== state.key) {
    learn(state, rule)
    state.key = key
    state.bin = bin
    state.sum = 0
    state.count = 0
  }
  state.sum += value
  state.count += 1
  return (state.seen[bin] ?? 0) >= rule.minSeen ? state.means[bin] : undefined
}

function learn(state: HabitState, { maxSeen }: HabitRule): void {
  if (state.count === 0) return
  const seen = Math.min((state.seen[state.bin] ?? 0) + 1, maxSeen)
  const mean = state.means[state.bin] ?? 0
  state.seen[state.bin] = seen
  state.means[state.bin] = mean + (state.sum / state.count - mean) / seen
}
