// Turns the surprise of a step into the score 0..1 that travels beside the reading, and keeps it for a while, for a person to see.

interface ScoreDefinition {
  /** The surprise that gives the score 0.8. */
  readonly alarmSurprise: number
  /** How long a score holds unless a higher one comes. */
  readonly holdS: number
}

/** 0.8 at the alarm's surprise, 0.5 at 0.71 times that. */
function scoreOf(surprise: number, { alarmSurprise }: ScoreDefinition): number {
  const ratio = (surprise / alarmSurprise) ** 4
  return ratio / (ratio + 0.25)
}

/** The score that holds for one series. */
export class HeldScore {
  readonly #definition: ScoreDefinition
  #score = 0
  #sinceMs = Number.NEGATIVE_INFINITY

  constructor(definition: ScoreDefinition) {
    this.#definition = definition
  }

  get score(): number {
    return this.#score
  }

  /** `surprise`: of the step that this sample ended, undefined within a step. Returns the score that holds now. */
  at(timeMs: number, surprise: number | undefined): number {
    if (timeMs - this.#sinceMs >= this.#definition.holdS * 1000) this.#score = 0
    const score = surprise === undefined ? 0 : scoreOf(surprise, this.#definition)
    if (score >= this.#score && score > 0) {
      this.#score = score
      this.#sinceMs = timeMs
    }
    return this.#score
  }
}
