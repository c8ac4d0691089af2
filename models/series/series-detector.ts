// Finds what is unusual in one series, sample by sample: seven views of it, each with its own memory of how rare a deviation is.
import { hourOfWeek, hoursOfWeek, type Holidays } from './calendar.ts'
import { habitAt, newHabitState, type HabitRule, type HabitState } from './habit.ts'
import { hasStopped, newStopState, type StopState } from './stopped-value.ts'
import { newTailState, surpriseOf, type TailState } from './tail-estimate.ts'

const hourMs = 3_600_000
const halfHourMs = hourMs / 2
const halfHoursOfDay = 48

/** What a detector needs to know of its kind of series; part of the manifest. Memories are counted in steps. */
export interface DetectorDefinition {
  /** `log1p`: ln(1 + value/unit), for rates and counts whose size varies by decades. */
  readonly transform: { readonly kind: 'none' } | { readonly kind: 'log1p'; readonly unit: number }
  /** The samples of so many seconds make one step (their mean); 0: each sample is a step. */
  readonly stepS: number
  readonly utcOffsetMin: number
  /** Steps over which the mean residual of a habit, a level and a short mean are taken, and the long memory they are held against. */
  readonly residualSteps: number
  readonly levelSteps: number
  readonly shortSteps: number
  readonly longSteps: number
  /** Exponent by which the surprises of the views are joined: (Σ sᵖ)^(1/p). */
  readonly power: number
  /** An alarm's surprise fades from what a further one must exceed within this share of the steps seen, at most `maxFadeSteps`. */
  readonly fadeShare: number
  readonly maxFadeSteps: number
  /** A surprise that came at this time of day before is silent under so many times its habit; the habit moves by `recurrenceRate` a day. */
  readonly recurrenceFactor: number
  readonly recurrenceRate: number
}

/** Views in the order of `DetectorState.tails`. */
export const detectorViews = ['day', 'day-mean', 'week-mean', 'range', 'level', 'spread', 'shift'] as const

/** The surprise of a value that has stopped: no chance, but not beyond what a large deviation may reach. */
const stoppedSurprise = 6
const minFadeSteps = 50
const maxGapMs = 6 * hourMs
const dayRule: HabitRule = { minSeen: 1, maxSeen: 14 }
/** Three weeks before an hour of the week is known: fewer say no more than the day. */
const weekRule: HabitRule = { minSeen: 3, maxSeen: 8 }

/** Everything learnt of one series, plain numbers and arrays of fixed length: what a restart needs. About 4 kB. */
export interface DetectorState {
  lastMs: number
  stepEndMs: number
  stepSum: number
  stepCount: number
  stepStopped: boolean
  steps: number
  low: number
  high: number
  last: number
  level: number
  shortMean: number
  longMean: number
  shortMove: number
  longMove: number
  dayResidual: number
  weekResidual: number
  faded: number
  readonly day: HabitState
  readonly week: HabitState
  readonly recurrence: Float32Array
  recurrenceKey: number
  recurrenceMax: number
  readonly stop: StopState
  readonly tails: readonly TailState[]
}

/** After one step. `surprise` ≥ 0: −log10 of a rarity, 0 while an alarm of the same size fades. `views`: surprise of each view. */
interface StepResult {
  readonly surprise: number
  readonly views: readonly number[]
}

export function newDetectorState(): DetectorState {
  return {
    lastMs: Number.NEGATIVE_INFINITY,
    stepEndMs: Number.NEGATIVE_INFINITY,
    stepSum: 0,
    stepCount: 0,
    stepStopped: false,
    steps: 0,
    low: 0,
    high: 0,
    last: 0,
    level: 0,
    shortMean: 0,
    longMean: 0,
    shortMove: 0,
    longMove: 0,
    dayResidual: 0,
    weekResidual: 0,
    faded: 0,
    day: newHabitState(halfHoursOfDay),
    week: newHabitState(hoursOfWeek),
    recurrence: new Float32Array(halfHoursOfDay),
    recurrenceKey: -1,
    recurrenceMax: 0,
    stop: newStopState(),
    tails: detectorViews.map(newTailState),
  }
}

/** Constant time and memory per sample. */
export class SeriesDetector {
  readonly state: DetectorState
  readonly #definition: DetectorDefinition
  readonly #isHoliday: Holidays

  constructor(definition: DetectorDefinition, isHoliday: Holidays, state: DetectorState = newDetectorState()) {
    this.#definition = definition
    this.#isHoliday = isHoliday
    this.state = state
  }

  /**
   * Takes a finite value, in the unit of the manifest. `stale` when it is not newer than the last one taken; undefined while its step
   * is not full; else the result of the step that it ends.
   */
  push(timeMs: number, value: number): StepResult | 'stale' | undefined {
    const { state } = this
    const { transform, stepS } = this.#definition
    if (timeMs <= state.lastMs) return 'stale'
    state.lastMs = timeMs
    state.stepSum += transform.kind === 'log1p' ? Math.log1p(Math.max(value, 0) / transform.unit) : value
    state.stepCount += 1
    if (hasStopped(state.stop, value)) state.stepStopped = true
    // A step is full a little early, because samples come with jitter.
    if (timeMs - state.stepEndMs < stepS * 900) return undefined
    const mean = state.stepSum / state.stepCount
    const afterGap = timeMs - state.stepEndMs > maxGapMs
    state.stepEndMs = timeMs
    state.stepSum = 0
    state.stepCount = 0
    return this.#step(timeMs + this.#definition.utcOffsetMin * 60_000, mean, afterGap)
  }

  #step(localMs: number, value: number, afterGap: boolean): StepResult {
    const { state } = this
    if (state.steps === 0) beginAt(state, value)
    else if (afterGap) resumeAt(state, value)
    const deviations = this.#deviations(localMs, value)
    const views = state.tails.map((tail, index) => {
      const deviation = deviations[index]
      return deviation === undefined ? 0 : surpriseOf(tail, deviation)
    })
    state.steps += 1
    const { power } = this.#definition
    const joined = views.reduce((sum, surprise) => sum + surprise ** power, 0) ** (1 / power)
    const fresh = this.#withoutRecurrence(localMs, joined)
    const surprise = this.#faded(state.stepStopped ? Math.max(fresh, stoppedSurprise) : fresh)
    state.stepStopped = false
    return { surprise, views }
  }

  /** How far the value is from what each view expects; undefined where a view expects nothing yet. Then every memory is updated. */
  #deviations(localMs: number, value: number): readonly (number | undefined)[] {
    const { state } = this
    const { residualSteps, levelSteps, shortSteps, longSteps } = this.#definition
    const steps = state.steps + 1
    const halfHour = Math.floor(localMs / halfHourMs)
    const hour = Math.floor(localMs / hourMs)
    const usualDay = habitAt(state.day, dayRule, halfHour, modulo(halfHour, halfHoursOfDay), value)
    const usualWeek = habitAt(state.week, weekRule, hour, hourOfWeek(localMs, this.#isHoliday), value)
    state.dayResidual += ((usualDay === undefined ? 0 : value - usualDay) - state.dayResidual) / residualSteps
    state.weekResidual += ((usualWeek === undefined ? 0 : value - usualWeek) - state.weekResidual) / residualSteps
    const range = Math.max(0, value - state.high, state.low - value)
    state.low = Math.min(state.low, value)
    state.high = Math.max(state.high, value)
    const level = Math.abs(value - state.level)
    state.level += (value - state.level) / Math.min(steps, levelSteps)
    const spread = this.#spread(Math.abs(value - state.last), steps)
    state.last = value
    state.shortMean += (value - state.shortMean) / Math.min(steps, shortSteps)
    const shift = Math.abs(state.shortMean - state.longMean)
    state.longMean += (value - state.longMean) / Math.min(steps, longSteps)
    return [
      usualDay === undefined ? undefined : Math.abs(value - usualDay),
      usualDay === undefined ? undefined : Math.abs(state.dayResidual),
      usualWeek === undefined ? undefined : Math.abs(state.weekResidual),
      range,
      level,
      spread,
      shift,
    ]
  }

  /** |ln| of the mean move from step to step, lately against always; a series that stops moving is as far off as one that shakes. */
  #spread(move: number, steps: number): number {
    const { state } = this
    const { shortSteps, longSteps } = this.#definition
    state.shortMove += (move - state.shortMove) / Math.min(steps, shortSteps)
    const deviation = state.longMove === 0 ? 0 : Math.abs(Math.log((state.shortMove + 1e-9) / (state.longMove + 1e-9)))
    state.longMove += (move - state.longMove) / Math.min(steps, longSteps)
    return deviation
  }

  /** 0 for a surprise that is about as usual at this time of day as its neighbour on earlier days. */
  #withoutRecurrence(localMs: number, surprise: number): number {
    const { state } = this
    const { recurrenceFactor, recurrenceRate } = this.#definition
    const key = Math.floor(localMs / halfHourMs)
    const bin = modulo(key, halfHoursOfDay)
    if (key !== state.recurrenceKey) {
      if (state.recurrenceKey >= 0) {
        const open = modulo(state.recurrenceKey, halfHoursOfDay)
        const before = state.recurrence[open] ?? 0
        state.recurrence[open] = before + recurrenceRate * (state.recurrenceMax - before)
      }
      state.recurrenceKey = key
      state.recurrenceMax = 0
    }
    state.recurrenceMax = Math.max(state.recurrenceMax, surprise)
    const next = modulo(bin + 1, halfHoursOfDay)
    const usual = Math.max(state.recurrence[bin] ?? 0, state.recurrence[next] ?? 0)
    return surprise > recurrenceFactor * usual ? surprise : 0
  }

  /** 0 unless the surprise exceeds what is left of the last one. */
  #faded(surprise: number): number {
    const { state } = this
    const { fadeShare, maxFadeSteps } = this.#definition
    const fadeSteps = Math.max(minFadeSteps, Math.min(fadeShare * state.steps, maxFadeSteps))
    state.faded *= 1 - 1 / fadeSteps
    if (surprise <= state.faded) return 0
    state.faded = surprise
    return surprise
  }
}

function beginAt(state: DetectorState, value: number): void {
  Object.assign(state, { low: value, high: value, last: value, level: value, shortMean: value, longMean: value })
}

/** After a gap what was short ago is long ago: short memories begin anew, habits and rarities stay. */
function resumeAt(state: DetectorState, value: number): void {
  Object.assign(state, { last: value, level: value, shortMean: value, shortMove: state.longMove })
  Object.assign(state, { dayResidual: 0, weekResidual: 0 })
}

function modulo(value: number, length: number): number {
  return ((value % length) + length) % length
}
