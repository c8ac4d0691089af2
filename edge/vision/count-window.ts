// The median of the last counts of a camera: somebody who is hidden for one frame does not leave, a double does not come.

export interface CountWindow {
  /** Takes the count of one frame. The median; undefined until there are enough frames of late. */
  push(timeMs: number, count: number): number | undefined
}

/** `medianOf` frames, the oldest at most `holdMs` old. Of an even number the lower of the two in the middle. */
export function createCountWindow({
  medianOf,
  holdMs,
}: {
  readonly medianOf: number
  readonly holdMs: number
}): CountWindow {
  let last: { readonly timeMs: number; readonly count: number }[] = []
  return {
    push(timeMs, count) {
      // A clock that was set back makes the old frames useless too.
      const fresh = last.filter((one) => one.timeMs <= timeMs && timeMs - one.timeMs <= holdMs)
      last = [...fresh, { timeMs, count }].slice(-medianOf)
      if (last.length < medianOf) return undefined
      return last.map((one) => one.count).sort((a, b) => a - b)[Math.floor((medianOf - 1) / 2)]
    },
  }
}
