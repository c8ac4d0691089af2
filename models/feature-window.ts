// Turns one series, sample by sample, into the input row of a model: constant time and memory per sample, gaps and jitter allowed.
import { DailyProfile } from './daily-profile.ts'
import type { FeatureKind, WindowDefinition } from './manifest-series.ts'
import { sunElevationDeg } from './sun-elevation.ts'

const dayMs = 86_400_000

/** Floats that one input row of this definition holds. */
export function windowWidth(definition: WindowDefinition): number {
  const sizes: Partial<Record<FeatureKind, number>> = { steps: definition.steps.count, profile: 4, 'time-of-day': 2 }
  return definition.features.reduce((sum, kind) => sum + (sizes[kind] ?? 1), 0)
}

/**
 * The state of one series.
 * - Steps: a step opens when `stepS` has passed since the one before it opened and holds the mean of its samples, so a sensor
 *   slower than `stepS` gives one step a sample. A gap over `maxGapS` empties the steps; missing ones repeat the oldest.
 * - Reference: the highest level held for two steps, decaying with `decayDays` (a lamp's full power).
 * - Profile: the habit at this time of day. Baseline: a slow mean, quick at first.
 * models/training/feature_window.py is the same definition in numpy; the golden trace of each package ties the two together.
 */
export class FeatureWindow {
  readonly #definition: WindowDefinition
  readonly #steps: Float64Array
  readonly #profile: DailyProfile
  #lastMs = Number.NEGATIVE_INFINITY
  #newest = 0
  #count = 0
  #stepStartMs = 0
  #stepSamples = 0
  #reference = 0
  #baseline = 0
  #ageS = 0

  constructor(definition: WindowDefinition) {
    this.#definition = definition
    this.#steps = new Float64Array(definition.steps.count)
    this.#profile = new DailyProfile({ ...definition.profile, utcOffsetMin: definition.utcOffsetMin })
  }

  /** Takes a usable value (finite, in the unit of the manifest); false when it is not newer than the last one taken. */
  push(timeMs: number, value: number): boolean {
    if (timeMs <= this.#lastMs) return false
    const { transform, steps, profile } = this.#definition
    const level = transform.kind === 'log1p' ? Math.log1p(Math.max(value, 0) / transform.unit) : value
    const first = this.#lastMs === Number.NEGATIVE_INFINITY
    const elapsedS = first ? 0 : (timeMs - this.#lastMs) / 1000
    if (elapsedS > steps.maxGapS) this.#count = 0
    this.#addToSteps(timeMs, level)
    this.#updateReference(elapsedS)
    this.#profile.add(timeMs, level, profile.clip * (profile.clipOf === 'reference' ? this.#reference : 1))
    this.#updateBaseline(level, Math.min(elapsedS, steps.maxGapS), first)
    this.#lastMs = timeMs
    return true
  }

  /** Writes the input row after the newest sample into `row` from `offset` on; windowWidth floats. */
  write(row: Float32Array, offset: number): void {
    let at = offset
    for (const kind of this.#definition.features) {
      const values = this.#features[kind]()
      row.set(values, at)
      at += values.length
    }
  }

  readonly #features: Readonly<Record<FeatureKind, () => readonly number[]>> = {
    steps: () => Array.from(this.#steps, (_, index) => this.#step(this.#steps.length - 1 - index)),
    fill: () => [this.#count / this.#steps.length],
    reference: () => [this.#reference],
    profile: () => this.#profile.around(),
    baseline: () => [this.#baseline],
    'baseline-age': () => [this.#ageS / this.#definition.baseline.tauS],
    'sun-elevation': () => [sunElevationDeg(this.#lastMs, this.#definition.place ?? { latDeg: 0, lonDeg: 0 })],
    'time-of-day': () => timeOfDay(this.#lastMs + this.#definition.utcOffsetMin * 60_000),
  }

  /** The level `back` steps before the newest; past the first one, the first one. */
  #step(back: number): number {
    const length = this.#steps.length
    const reach = Math.min(back, Math.max(0, this.#count - 1))
    return this.#steps[(this.#newest - reach + length) % length] ?? 0
  }

  #addToSteps(timeMs: number, level: number): void {
    const opens = this.#count === 0 || timeMs - this.#stepStartMs >= this.#definition.steps.stepS * 1000
    if (opens) {
      this.#newest = (this.#newest + 1) % this.#steps.length
      this.#steps[this.#newest] = level
      this.#count = Math.min(this.#count + 1, this.#steps.length)
      this.#stepStartMs = timeMs
      this.#stepSamples = 1
      return
    }
    this.#stepSamples += 1
    const mean = this.#step(0)
    this.#steps[this.#newest] = mean + (level - mean) / this.#stepSamples
  }

  #updateReference(elapsedS: number): void {
    const held = Math.min(this.#step(0), this.#step(1))
    const candidate = this.#count >= 2 || this.#reference === 0 ? held : 0
    const decayed = this.#reference * Math.exp(-elapsedS / (this.#definition.reference.decayDays * 86_400))
    this.#reference = Math.max(decayed, candidate)
  }

  #updateBaseline(level: number, elapsedS: number, first: boolean): void {
    const { tauS, startS, clip } = this.#definition.baseline
    this.#ageS = Math.min(this.#ageS + elapsedS, tauS)
    if (first) {
      this.#baseline = level
      return
    }
    const pull = Math.min(clip, Math.max(-clip, level - this.#baseline))
    this.#baseline += (elapsedS / (startS + this.#ageS)) * pull
  }
}

function timeOfDay(localMs: number): readonly number[] {
  const angle = (2 * Math.PI * (((localMs % dayMs) + dayMs) % dayMs)) / dayMs
  return [Math.sin(angle), Math.cos(angle)]
}
