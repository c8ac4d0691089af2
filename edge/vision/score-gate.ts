// One frame never makes an alarm: the median of the last scores raises it, and only a clearly lower one ends it.

export interface ScoreGate {
  /** Takes the score of one frame; says whether the condition begins or ends with it. */
  push(score: number): 'raised' | 'cleared' | undefined
  readonly isRaised: boolean
  /** The median that decides; undefined until there are enough frames. */
  readonly median: number | undefined
}

/** Raised when the median of `medianOf` frames is `raise` or more, cleared when it is below `clear`. 1 frame: no smoothing. */
export function createScoreGate(options: {
  readonly medianOf: number
  readonly raise: number
  readonly clear: number
}): ScoreGate {
  const scores: number[] = []
  let isRaised = false

  function median(): number | undefined {
    if (scores.length < options.medianOf) return undefined
    // Of an even number the lower of the two in the middle: fewer false alarms.
    return [...scores].sort((a, b) => a - b)[Math.floor((scores.length - 1) / 2)]
  }

  return {
    push(score) {
      scores.push(score)
      if (scores.length > options.medianOf) scores.shift()
      const middle = median()
      if (middle === undefined) return undefined
      const next = isRaised ? middle >= options.clear : middle >= options.raise
      if (next === isRaised) return undefined
      isRaised = next
      return next ? 'raised' : 'cleared'
    },
    get isRaised() {
      return isRaised
    },
    get median() {
      return median()
    },
  }
}
