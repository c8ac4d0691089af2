// Gathers what is read of a circuit into steps of equal length, whatever the order and pace of its readings.
import type { CircuitStep } from './circuit-window.ts'
import type { LampStep } from './lamp-window.ts'

interface Gathered {
  sum: number
  count: number
  least: number
  most: number
}

/** Readings older than the step under way are too late and are left out. */
export class CircuitSteps {
  readonly #stepMs: number
  readonly #powers: (Gathered | undefined)[]
  readonly #commands: (boolean | undefined)[]
  #volts: Gathered | undefined
  #startMs: number | undefined
  #lastMs = 0

  constructor(options: { readonly lamps: number; readonly stepMs: number }) {
    this.#stepMs = options.stepMs
    this.#powers = Array.from({ length: options.lamps })
    this.#commands = Array.from({ length: options.lamps })
  }

  /** The step that ended before a reading of this time, if one did. Call it before the reading is added. */
  endedBy(
    timeMs: number,
  ): (Omit<CircuitStep, 'lamps'> & { readonly lamps: readonly Omit<LampStep, 'suspect'>[] }) | undefined {
    if (this.#startMs === undefined) this.#startMs = timeMs
    const steps = Math.floor((timeMs - this.#startMs) / this.#stepMs)
    if (steps < 1) return undefined
    this.#startMs += steps * this.#stepMs
    return this.#take()
  }

  /** False: too late. */
  addPower(timeMs: number, lamp: number, watts: number): boolean {
    if (!this.#isOpen(timeMs)) return false
    this.#powers[lamp] = gathered(this.#powers[lamp], watts)
    return true
  }

  addVolts(timeMs: number, volts: number): boolean {
    if (!this.#isOpen(timeMs)) return false
    this.#volts = gathered(this.#volts, volts)
    return true
  }

  addCommand(timeMs: number, lamp: number, on: boolean): boolean {
    if (!this.#isOpen(timeMs)) return false
    this.#commands[lamp] = on
    return true
  }

  #isOpen(timeMs: number): boolean {
    if (this.#startMs === undefined || timeMs < this.#startMs) return false
    this.#lastMs = Math.max(this.#lastMs, timeMs)
    return true
  }

  #take(): ReturnType<CircuitSteps['endedBy']> {
    const volts = this.#volts
    const step = {
      timeMs: this.#lastMs,
      volts: volts === undefined ? undefined : volts.sum / volts.count,
      lamps: this.#powers.map((power, index) => ({
        powerW: power === undefined ? undefined : power.sum / power.count,
        spreadW: power === undefined ? 0 : power.most - power.least,
        commanded: this.#commands[index],
      })),
    }
    this.#powers.fill(undefined)
    this.#commands.fill(undefined)
    this.#volts = undefined
    return step
  }
}

function gathered(before: Gathered | undefined, value: number): Gathered {
  if (before === undefined) return { sum: value, count: 1, least: value, most: value }
  return {
    sum: before.sum + value,
    count: before.count + 1,
    least: Math.min(before.least, value),
    most: Math.max(before.most, value),
  }
}
