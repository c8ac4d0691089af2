// The diagnosis of one circuit: steps to rows, the model's verdicts to faults that are raised and cleared.
import type { LampFaultManifest } from '../manifest-series.ts'
import { CircuitFaults, type FaultChange } from './circuit-faults.ts'
import { CircuitSteps } from './circuit-steps.ts'
import { CircuitWindow, type CircuitStep } from './circuit-window.ts'
import { LampAlarms } from './lamp-alarms.ts'

export interface DiagnosisOptions {
  readonly manifest: LampFaultManifest
  readonly lamps: number
  /** Seconds of the model that pass in one second; 1 but in a demonstration. */
  readonly pace: number
}

/** A step that waits for its verdict: one row a lamp, end to end. */
export interface DiagnosisStep {
  readonly timeMs: number
  readonly rows: Float32Array
}

/** What is known of a lamp after a step. `fault`: the likeliest class (`healthy` among them), `score`: the probability of any fault. */
export interface LampVerdict {
  readonly lamp: number
  readonly fault: string
  readonly score: number
}

export class CircuitDiagnosis {
  readonly steps: CircuitSteps
  readonly #manifest: LampFaultManifest
  readonly #window: CircuitWindow
  readonly #alarms: readonly LampAlarms[]
  readonly #faults = new CircuitFaults()
  readonly #suspects: boolean[]

  constructor({ manifest, lamps, pace }: DiagnosisOptions) {
    const { window } = manifest.input
    this.steps = new CircuitSteps({ lamps, stepMs: (window.stepS * 1000) / pace })
    this.#manifest = manifest
    this.#window = new CircuitWindow(window, lamps, pace)
    this.#alarms = Array.from({ length: lamps }, () => new LampAlarms(manifest))
    this.#suspects = Array.from({ length: lamps }, () => false)
  }

  /** The faults that stand. */
  get open(): CircuitFaults['open'] {
    return this.#faults.open
  }

  /** The rows after a step that ended; undefined when it is not newer than the last one. */
  rowsAfter(step: Parameters<CircuitDiagnosis['withSuspects']>[0]): DiagnosisStep | undefined {
    const rows = this.#window.tick(this.withSuspects(step))
    return rows === undefined ? undefined : { timeMs: step.timeMs, rows }
  }

  /** Takes the model's class scores of the newest rows: what is known of each lamp that was read, and which faults began or ended. */
  judge(classScores: Float32Array): {
    readonly lamps: readonly LampVerdict[]
    readonly changes: readonly FaultChange[]
  } {
    const { classes } = this.#manifest
    const { elapsedS, sunDeg, lamps } = this.#window.judged()
    const verdicts: LampVerdict[] = []
    const diagnosed = lamps.map(({ valid, commanded, dark, known }, lamp) => {
      const scores = classScores.subarray(lamp * classes.length, (lamp + 1) * classes.length)
      const alarms = this.#alarms[lamp]
      const fault = alarms?.update(scores, { elapsedS, sunDeg, valid, commanded, known })
      this.#suspects[lamp] = valid && (scores[0] ?? 1) < 0.5
      if (valid) verdicts.push({ lamp, fault: likeliest(classes, scores), score: 1 - (scores[0] ?? 1) })
      return { fault, score: alarms?.score ?? 0, dark }
    })
    return { lamps: verdicts, changes: this.#faults.update(diagnosed) }
  }

  /** The step with what the last verdicts made of each lamp. */
  withSuspects(step: NonNullable<ReturnType<CircuitSteps['endedBy']>>): CircuitStep {
    const lamps = step.lamps.map((lamp, index) => ({ ...lamp, suspect: this.#suspects[index] ?? false }))
    return { ...step, lamps }
  }
}

function likeliest(classes: LampFaultManifest['classes'], scores: Float32Array): string {
  const best = scores.reduce((found, score, index) => (score > (scores[found] ?? 0) ? index : found), 0)
  return classes[best]?.id ?? 'healthy'
}
