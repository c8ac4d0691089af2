// Turns a lighting circuit, step by step, into one input row a lamp: the lamp itself, the sun, and its neighbours on the cable.
import type { LampWindowDefinition } from '../manifest-series.ts'
import { sunElevationDeg } from '../sun-elevation.ts'
import { darkRuns, type DarkRun } from './dark-runs.ts'
import { type LampStep, LampWindow, type StepTime } from './lamp-window.ts'
import { medianOfOthers } from './median-of-others.ts'
import { SupplySag } from './supply-sag.ts'

/** The floats of a row, in order; a manifest that lists others is refused. */
export const lampFeatures = [
  'power',
  'power-now',
  'range',
  'spread',
  'habit-low',
  'habit-high',
  'habit-known',
  'off-habit',
  'off-habit-held',
  'sun-elevation',
  'command',
  'neighbours',
  'neighbours-power',
  'neighbours-lit',
  'off-habit-beside-neighbours',
  'off-habit-held-beside-neighbours',
  'transitions',
  'transitions-beside-neighbours',
  'unrest',
  'unrest-beside-neighbours',
  'drift',
  'drift-beside-neighbours',
  'dark-run',
  'dark-to-the-end',
  'dark-at-once',
  'circuit-dark',
  'burning',
  'neighbours-burning',
  'dark-held',
  'sag',
  'switched-ago',
  'age',
  'drift-slow',
  'drift-slow-beside-neighbours',
  'drift-jump',
  'dark-for',
  'lit-ago',
  'transitions-held',
  'breaks',
  'breaks-held',
] as const

/** One step of a circuit. Lamps in the order of the cable, the nearest to the cabinet first. */
export interface CircuitStep {
  readonly timeMs: number
  readonly volts: number | undefined
  readonly lamps: readonly LampStep[]
}

type JudgedLamp = Pick<LampWindow, 'valid' | 'commanded' | 'dark' | 'known'>

/** `pace`: seconds of the definition that pass in one second; 1 but in a demonstration. */
export class CircuitWindow {
  readonly #definition: LampWindowDefinition
  readonly #pace: number
  readonly #lamps: readonly LampWindow[]
  readonly #sag = new SupplySag()
  #lastMs = Number.NEGATIVE_INFINITY
  #elapsedS = 0
  #mostLit = false
  #switchedMs = Number.NEGATIVE_INFINITY

  constructor(definition: LampWindowDefinition, lamps: number, pace = 1) {
    this.#definition = definition
    this.#pace = pace
    this.#lamps = Array.from({ length: lamps }, () => new LampWindow(definition))
  }

  /** The rows of all lamps after this step, end to end; undefined when it is not newer than the last one. */
  tick(step: CircuitStep): Float32Array | undefined {
    if (step.timeMs <= this.#lastMs) return undefined
    const time = this.#timeOf(step.timeMs)
    const sag = this.#sag.update(step.volts, time.elapsedS)
    this.#lamps.forEach((lamp, index) => lamp.update(step.lamps[index] ?? unread, time))
    this.#updateSwitched(step.timeMs)
    const runs = darkRuns(this.#lamps, (3000 * this.#definition.stepS) / this.#pace)
    const isFed = this.#isFed(step.volts, sag)
    this.#lamps.forEach((lamp, index) =>
      lamp.breaks.update(isFed && isBreak(lamp, runs[index]), lamp.wanted, time.elapsedS),
    )
    const circuit = this.#circuit(time, sag)
    const rows = new Float32Array(this.#lamps.length * lampFeatures.length)
    this.#lamps.forEach((lamp, index) => {
      rows.set(rowOf(lamp, runs[index] ?? noRun, beside(lamp, this.#lamps), circuit), index * lampFeatures.length)
    })
    return rows
  }

  /** The newest step, for the alarms. */
  judged(): { readonly elapsedS: number; readonly sunDeg: number; readonly lamps: readonly JudgedLamp[] } {
    return { elapsedS: this.#elapsedS, sunDeg: this.#sunDeg(this.#lastMs), lamps: this.#lamps }
  }

  #timeOf(timeMs: number): StepTime {
    const { stepS, maxGapS } = this.#definition
    const first = this.#lastMs === Number.NEGATIVE_INFINITY
    const elapsedS = first ? stepS : Math.min(((timeMs - this.#lastMs) / 1000) * this.#pace, maxGapS)
    this.#lastMs = timeMs
    this.#elapsedS = elapsedS
    return { timeMs, elapsedS, sunDeg: this.#sunDeg(timeMs) }
  }

  #sunDeg(timeMs: number): number {
    return sunElevationDeg(timeMs, this.#definition.place)
  }

  #updateSwitched(timeMs: number): void {
    const valid = this.#lamps.filter((lamp) => lamp.valid)
    if (valid.length === 0) return
    const mostLit = valid.filter((lamp) => lamp.lit).length / valid.length > 0.5
    if (mostLit !== this.#mostLit) this.#switchedMs = timeMs
    this.#mostLit = mostLit
  }

  /** Is the cabinet under voltage? Where nothing is metered, a circuit that is dark as a whole is taken for one that is not. */
  #isFed(volts: number | undefined, sag: number): boolean {
    return volts === undefined ? this.#lamps.some((lamp) => lamp.valid && !lamp.dark) : sag > -0.3
  }

  #circuit({ timeMs, sunDeg }: StepTime, sag: number): CircuitFacts {
    const valid = this.#lamps.filter((lamp) => lamp.valid).length
    const agoS = Math.min(((timeMs - this.#switchedMs) / 1000) * this.#pace, 1e6)
    return {
      sun: Math.min(20, Math.max(-20, sunDeg)) / 10,
      dark: this.#lamps.filter((lamp) => lamp.dark).length / Math.max(valid, 1),
      sag,
      switchedAgo: Math.exp(-agoS / 1200),
    }
  }
}

interface CircuitFacts {
  readonly sun: number
  readonly dark: number
  readonly sag: number
  readonly switchedAgo: number
}

const unread: LampStep = { powerW: undefined, spreadW: 0, commanded: undefined, suspect: false }
/** The lamp is dark with all lamps behind it, since when they are. */
function isBreak({ dark }: LampWindow, run: DarkRun | undefined): boolean {
  return dark && run !== undefined && run.count >= 2 && run.reachesEnd > 0 && run.atOnce > 0.5
}

const noRun: DarkRun = { count: 0, reachesEnd: 0, atOnce: 0 }

interface Neighbours {
  readonly count: number
  readonly litShare: number
  readonly power: number
  readonly burning: number
  /** The lamp's own value less the median of the others; `alone` where there are none. */
  readonly less: (own: (lamp: LampWindow) => number, alone: number) => number
}

function beside(lamp: LampWindow, lamps: readonly LampWindow[]): Neighbours {
  const others = lamps.filter((other) => other !== lamp && other.valid)
  const comparable = lamp.valid && others.length > 0
  const median = (of: (lamp: LampWindow) => number): number => (comparable ? medianOfOthers(others.map(of)) : 0)
  return {
    count: others.length,
    litShare: others.filter((other) => other.lit).length / Math.max(others.length, 1),
    power: median((other) => other.mean),
    burning: median((other) => other.burning),
    less: (own, alone) => (comparable ? own(lamp) - median(own) : alone),
  }
}

function rowOf(lamp: LampWindow, run: DarkRun, neighbours: Neighbours, circuit: CircuitFacts): readonly number[] {
  const { less } = neighbours
  return [
    lamp.mean,
    lamp.now,
    lamp.range,
    lamp.spread,
    lamp.low,
    lamp.high,
    lamp.known ? 1 : 0,
    lamp.offHabit,
    lamp.offHabitHeld,
    circuit.sun,
    lamp.commanded === undefined ? 0.5 : Number(lamp.commanded),
    Math.min(neighbours.count, 5) / 5,
    neighbours.power,
    neighbours.litShare,
    less((of) => of.offHabit, lamp.offHabit),
    less((of) => of.offHabitHeld, lamp.offHabitHeld),
    Math.min(lamp.transitions, 10) / 10,
    clip(
      less((of) => of.transitions, lamp.transitions),
      10,
    ) / 10,
    Math.min(lamp.unrest * 10, 5),
    clip(less((of) => of.unrest, lamp.unrest) * 10, 5),
    clip((lamp.drift.overHours - 1) * 5, 3),
    clip(less((of) => of.drift.overHours, lamp.drift.overHours - 1) * 5, 3),
    Math.min(run.count, 5) / 5,
    run.reachesEnd,
    run.atOnce,
    circuit.dark,
    lamp.burning,
    neighbours.burning,
    lamp.darkHeld,
    circuit.sag,
    circuit.switchedAgo,
    lamp.age,
    clip((lamp.drift.overNight - 1) * 5, 3),
    clip(less((of) => of.drift.overNight, lamp.drift.overNight - 1) * 5, 3),
    clip(lamp.drift.jump * 5, 3),
    Math.min(lamp.darkS / 28_800, 3),
    Math.min(lamp.unlitS / 86_400, 3),
    Math.min(lamp.transitionsHeld, 20) / 10,
    Math.min(lamp.breaks.count, 5) / 5,
    lamp.breaks.held,
  ]
}

function clip(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value))
}
