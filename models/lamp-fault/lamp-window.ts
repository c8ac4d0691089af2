// What one lamp of a circuit has done so far: its full power, its habit over the day, its unrest and drift, in constant memory.
import type { LampWindowDefinition } from '../manifest-series.ts'
import { CableBreaks } from './cable-breaks.ts'
import { LampDrift } from './lamp-drift.ts'

const dayMs = 86_400_000
/** Steps that the newest mean and range reach over. */
const recentSteps = 3
const heldSteps = 3

/** One step of one lamp: W; `spread` is the range within the step. Undefined power: nothing usable was read. */
export interface LampStep {
  readonly powerW: number | undefined
  readonly spreadW: number
  /** Is the lamp switched on, where that is known? */
  readonly commanded: boolean | undefined
  /** Its last verdict was a fault: its habit is not learnt, for a while. */
  readonly suspect: boolean
}

/** When a step ended and how the sun stood. */
export interface StepTime {
  readonly timeMs: number
  readonly elapsedS: number
  readonly sunDeg: number
}

/** Powers are shares of the lamp's own full power. models/training/lamp_fault/circuit_window.py is the same definition. */
export class LampWindow {
  readonly #definition: LampWindowDefinition
  readonly drift = new LampDrift()
  readonly breaks = new CableBreaks()
  readonly #habit: Float64Array
  readonly #slow: Float64Array
  readonly #nights: Uint16Array
  readonly #held = new Float64Array(heldSteps)
  readonly #recent = new Float64Array(recentSteps)
  #recentCount = 0
  #referenceW = 0
  #binKey = -1
  #binSum = 0
  #binCount = 0
  #suspectS = 0
  #litS = 0

  valid = false
  lit = false
  /** When it last went on or off, Unix ms; 0: never seen to. */
  changedMs = 0
  /** It was read and should burn. */
  wanted = false
  dark = false
  /** Seconds in which it was dark though it should burn, since it last burnt. */
  darkS = 0
  /** Seconds since it last burnt. */
  unlitS = 0
  now = 0
  spread = 0
  low = 0
  high = 0
  known = false
  offHabit = 0
  offHabitHeld = 0
  /** Times that it went on or off, forgotten over an hour; over six hours. */
  transitions = 0
  transitionsHeld = 0
  unrest = 0
  burning = 0
  darkHeld = 0
  commanded: boolean | undefined

  constructor(definition: LampWindowDefinition) {
    const bins = Math.floor(dayMs / (definition.profile.binS * 1000))
    this.#definition = definition
    this.#habit = new Float64Array(bins).fill(Number.NaN)
    this.#slow = new Float64Array(bins).fill(Number.NaN)
    this.#nights = new Uint16Array(bins)
  }

  /** Mean of the newest steps. */
  get mean(): number {
    return this.#recent.reduce((sum, value) => sum + value, 0) / recentSteps
  }

  get range(): number {
    return Math.max(...this.#recent) - Math.min(...this.#recent)
  }

  /** 0..1: has it burnt for some 70 hours yet? */
  get age(): number {
    return Math.min(this.#litS / (7 * 36_000), 1)
  }

  update(step: LampStep, time: StepTime): void {
    const { elapsedS, sunDeg } = time
    const frozen = this.#frozen(step.suspect, elapsedS)
    const powerW = Math.max(step.powerW ?? 0, 0)
    this.valid = step.powerW !== undefined
    this.commanded = step.commanded
    this.#updateReference(powerW, elapsedS, frozen)
    const referenceW = Math.max(this.#referenceW, this.#definition.floorW)
    this.now = Math.min(powerW / referenceW, 2)
    const before = this.#recent[recentSteps - 1] ?? 0
    const wasLit = this.lit
    this.#remember()
    this.#updateLit(time.timeMs)
    const stayedLit = this.valid && this.lit && wasLit
    if (stayedLit) this.unrest += part(elapsedS, 1800) * (Math.abs(this.now - before) - this.unrest)
    this.#countTransition(wasLit, elapsedS)
    if (this.valid) this.spread += part(elapsedS, 300) * (Math.min(step.spreadW / referenceW, 2) - this.spread)
    const slow = this.#updateHabit(time.timeMs, frozen, referenceW)
    this.offHabit = this.#offHabit()
    const steadyW = stayedLit && sunDeg < nightDeg && !Number.isNaN(slow) ? slow : undefined
    this.drift.update(this.now * referenceW, steadyW, elapsedS)
    this.#hold(time)
  }

  /** A fault that nobody repairs becomes the habit in the end. */
  #frozen(suspect: boolean, elapsedS: number): boolean {
    this.#suspectS = suspect ? this.#suspectS + elapsedS : 0
    return suspect && this.#suspectS < this.#definition.suspectDays * 86_400
  }

  #updateReference(powerW: number, elapsedS: number, frozen: boolean): void {
    if (this.valid) shift(this.#held, powerW)
    if (frozen) return
    const decayed = this.#referenceW * Math.exp(-elapsedS / (this.#definition.referenceDays * 86_400))
    this.#referenceW = Math.max(decayed, this.valid ? Math.min(...this.#held) : 0)
  }

  #remember(): void {
    if (!this.valid) return
    if (this.#recentCount === 0) this.#recent.fill(this.now)
    else shift(this.#recent, this.now)
    this.#recentCount += 1
  }

  #updateLit(timeMs: number): void {
    if (!this.valid) return
    const lit = this.now > (this.lit ? this.#definition.darkBelow : this.#definition.litAbove)
    if (lit !== this.lit) this.changedMs = timeMs
    this.lit = lit
  }

  #seen = false

  #countTransition(wasLit: boolean, elapsedS: number): void {
    const flipped = this.valid && this.#seen && this.lit !== wasLit
    this.transitions = this.transitions * Math.exp(-elapsedS / 3600) + (flipped ? 1 : 0)
    this.transitionsHeld = this.transitionsHeld * Math.exp(-elapsedS / 21_600) + (flipped ? 1 : 0)
    this.#seen ||= this.valid
  }

  /** Learns a finished bin, reads the habit around now, and gives the slow habit here, W: NaN where it is not settled or not steady. */
  #updateHabit(timeMs: number, frozen: boolean, referenceW: number): number {
    const { profile, utcOffsetMin } = this.#definition
    const key = Math.floor((timeMs + utcOffsetMin * 60_000) / (profile.binS * 1000))
    const isHeld = frozen && (this.#nights[this.#index(key)] ?? 0) >= profile.heldNights
    const learns = this.valid && !isHeld
    if (learns && key !== this.#binKey && this.#binCount > 0) this.#learn(referenceW)
    if (isHeld || (this.valid && key !== this.#binKey)) {
      this.#binSum = 0
      this.#binCount = 0
    }
    if (learns) {
      this.#binSum += this.now
      this.#binCount += 1
    }
    if (this.valid) this.#binKey = key
    this.#readHabit(key)
    return this.#steadySlow(key, referenceW)
  }

  #learn(referenceW: number): void {
    const { alpha, clip, slowAlpha, settleNights } = this.#definition.profile
    const at = this.#index(this.#binKey)
    const value = this.#binSum / this.#binCount
    const [old, slow, nights] = [this.#habit[at] ?? Number.NaN, this.#slow[at] ?? Number.NaN, this.#nights[at] ?? 0]
    const move = Math.min(clip, Math.max(-clip, alpha * (value - old)))
    this.#habit[at] = Number.isNaN(old) ? value : old + move
    const rate = nights < settleNights ? 1 / (nights + 1) : slowAlpha
    this.#slow[at] = Number.isNaN(slow) ? value * referenceW : slow + rate * (value * referenceW - slow)
    this.#nights[at] = Math.min(nights + 1, 65_535)
  }

  #readHabit(key: number): void {
    const here = this.#habit[this.#index(key)] ?? Number.NaN
    this.known = !Number.isNaN(here)
    const near = [key - 1, key, key + 1].map((at) => {
      const value = this.#habit[this.#index(at)] ?? Number.NaN
      return Number.isNaN(value) ? here : value
    })
    this.low = this.known ? Math.min(...near) : 0
    this.high = this.known ? Math.max(...near) : 0
  }

  #steadySlow(key: number, referenceW: number): number {
    const near = [key - 1, key, key + 1].map((at) => this.#slow[this.#index(at)] ?? Number.NaN)
    const low = Math.min(...near)
    const settled = (this.#nights[this.#index(key)] ?? 0) >= this.#definition.profile.settleNights - 2
    return settled && low > 0.2 * referenceW && Math.max(...near) < 1.15 * low ? (near[1] ?? Number.NaN) : Number.NaN
  }

  #offHabit(): number {
    if (!this.known) return 0
    const { mean } = this
    return mean > this.high ? mean - this.high : Math.min(mean - this.low, 0)
  }

  /** The slow means of what is held against the sun, and whether the lamp is dark though it should burn. */
  #hold({ elapsedS, sunDeg }: StepTime): void {
    const wanted = this.commanded ?? (this.known ? this.low > this.#definition.litAbove : sunDeg < nightDeg + 1)
    this.wanted = this.valid && wanted
    this.dark = this.wanted && !this.lit
    this.darkS += this.dark ? elapsedS : 0
    this.unlitS += elapsedS
    if (!this.valid) return
    this.offHabitHeld += part(elapsedS, 2400) * (this.offHabit - this.offHabitHeld)
    this.burning += part(elapsedS, 3600) * ((this.lit && sunDeg > daylightDeg ? 1 : 0) - this.burning)
    this.darkHeld += part(elapsedS, 1800) * ((this.dark ? 1 : 0) - this.darkHeld)
    if (!this.lit) return
    this.#litS += elapsedS
    this.darkS = 0
    this.unlitS = 0
  }

  #index(key: number): number {
    const { length } = this.#habit
    return ((key % length) + length) % length
  }
}

const nightDeg = -8
const daylightDeg = 8

/** Share of the way to a new value that a mean of time constant `tauS` goes. */
function part(elapsedS: number, tauS: number): number {
  return 1 - Math.exp(-elapsedS / tauS)
}

function shift(values: Float64Array, newest: number): void {
  values.copyWithin(0, 1)
  values[values.length - 1] = newest
}
