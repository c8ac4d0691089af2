// Turns the class probabilities of a lamp into a fault that is raised and cleared: smoothed, with hysteresis, held while it cannot show.
import type { LampFaultManifest } from '../manifest-series.ts'

/** What can be judged of a lamp in this step: by night, or while switched on, what shows by night; else, by day, burning. */
export interface Judgeable {
  readonly elapsedS: number
  readonly sunDeg: number
  /** The lamp said something usable. */
  readonly valid: boolean
  readonly commanded: boolean | undefined
  /** Its habit at this hour is known. */
  readonly known: boolean
}

const nightDeg = -6
const dayDeg = 6

/** The fault of one lamp. Time passes for a class only while it could be seen. */
export class LampAlarms {
  readonly #classes: readonly AlarmClass[]
  #raised: AlarmClass | undefined

  /** Throws nothing: a class without a rule is never raised. */
  constructor({ classes, thresholds }: Pick<LampFaultManifest, 'classes' | 'thresholds'>) {
    this.#classes = classes.slice(1).flatMap(({ id }, index) => {
      const rule = thresholds[id]
      return rule === undefined ? [] : [{ id, index: index + 1, ...rule, smooth: 0, calm: 0 }]
    })
  }

  /** The raised fault after a step, by class; `probabilities` in the order of the manifest's classes. */
  update(probabilities: ArrayLike<number>, step: Judgeable): string | undefined {
    if (!step.valid) return this.#raised?.id
    for (const alarm of this.#classes) advance(alarm, probabilities[alarm.index] ?? 0, step)
    const best = this.#classes.reduce<AlarmClass | undefined>(
      (found, alarm) => (found === undefined || over(alarm) > over(found) ? alarm : found),
      undefined,
    )
    if (best !== undefined && over(best) >= 0) this.#raised = best
    else if (this.#raised !== undefined && this.#raised.calm >= this.#raised.calmS) this.#raised = undefined
    return this.#raised?.id
  }

  /** The smoothed probability of the raised fault; 0 where none is. */
  get score(): number {
    return this.#raised?.smooth ?? 0
  }
}

interface AlarmClass {
  readonly id: string
  readonly index: number
  readonly raise: number
  readonly clear: number
  readonly smoothS: number
  readonly calmS: number
  smooth: number
  calm: number
}

function advance(alarm: AlarmClass, probability: number, step: Judgeable): void {
  const isSeen = canShow(alarm.id, step)
  if (isSeen) alarm.smooth += (1 - Math.exp(-step.elapsedS / alarm.smoothS)) * (probability - alarm.smooth)
  if (alarm.smooth >= alarm.clear) alarm.calm = 0
  else if (isSeen) alarm.calm += step.elapsedS
}

/** Nothing is judged of a lamp of which neither the command nor the habit is known. */
function canShow(fault: string, { sunDeg, commanded, known }: Judgeable): boolean {
  if (!known && commanded === undefined) return false
  if (fault === 'day-burning') return sunDeg > dayDeg && commanded !== true
  return sunDeg < nightDeg || commanded === true
}

function over({ smooth, raise }: AlarmClass): number {
  return smooth - raise
}
