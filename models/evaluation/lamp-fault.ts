// Evaluates the lamp-fault model on the real lighting circuit: as it is, and with faults put into one of its lamps or its cable.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { seededRandom } from '../seeded-random.ts'
import { CircuitDiagnosis } from '../lamp-fault/circuit-diagnosis.ts'
import { isLampFaultPackage } from '../model-package.ts'
import { openOnnxScorer } from '../onnx-scorer.ts'
import type { Scorer } from '../scorer.ts'
import { sunElevationDeg } from '../sun-elevation.ts'
import type { LampFaultManifest } from '../manifest-series.ts'
import type { Evaluation, EvaluationRequest, EvaluationRow } from './evaluator.ts'

const lamps = 8
/** The trace has six days; it is repeated so that a habit can be learnt. */
const repeats = 3
const dayMin = 1440
const faultDays = 4
const tries = 5
/** Solar midnight of 15 October at Kimitsu, when its night is as long as the trace's, Unix ms. */
const midnightMs = 1_792_074_360_000

type Fault = 'lamp-out' | 'day-burning' | 'cable-fault'
interface Trace {
  readonly watts: readonly number[]
  readonly volts: readonly number[]
  readonly startMs: number
}

export async function evaluate({ model, dataFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  if (!isLampFaultPackage(model)) throw new AppError('model.invalid', `${model.manifest.id} diagnoses no lamps`)
  const trace = await readTrace(join(dataFolder, 'streetlight'))
  const scorer = await openOnnxScorer(model)
  try {
    const faults: readonly (Fault | undefined)[] = [undefined, 'lamp-out', 'day-burning', 'cable-fault']
    const rows: EvaluationRow[] = []
    for (const [index, fault] of faults.entries()) {
      const results: Result[] = []
      for (let attempt = 0; attempt < tries; attempt += 1) {
        progress(index * tries + attempt, faults.length * tries, fault ?? 'as it is')
        results.push(await replay(trace, { fault, seed: attempt + 1 }, model.manifest, scorer))
      }
      rows.push(rowOf(fault, results))
    }
    return {
      baseline: 'dark by night or lit by day against 20 % of full power; two or more dark lamps up to the end',
      about:
        `One real circuit (six days, ${repeats} times over) shared out over ${lamps} lamps with their own sizes and meter noise, ${tries} draws; faults act on ` +
        `the last ${faultDays} days. The simulated figures of the card are printed by its training script.`,
      rows,
    }
  } finally {
    await scorer.close()
  }
}

interface Result {
  /** Found by its class, by the model and by the rule beside it. */
  readonly model: boolean
  readonly rule: boolean
  /** Faults raised on other lamps, or as another class. */
  readonly modelFalse: number
  readonly ruleFalse: number
}

function rowOf(fault: Fault | undefined, results: readonly Result[]): EvaluationRow {
  const sum = (of: (result: Result) => number): number => results.reduce((total, result) => total + of(result), 0)
  const nights = results.length * lamps * repeats * 6
  const text = (found: (result: Result) => boolean, wrong: number): string =>
    fault === undefined
      ? `${wrong} false alarms in ${nights} lamp-nights`
      : `${sum((result) => Number(found(result)))} of ${results.length} found by class, ${wrong} false alarms`
  return {
    metric: fault === undefined ? 'real circuit as it is' : `real circuit with ${fault} put in`,
    model: text(
      ({ model }) => model,
      sum(({ modelFalse }) => modelFalse),
    ),
    baseline: text(
      ({ rule }) => rule,
      sum(({ ruleFalse }) => ruleFalse),
    ),
  }
}

async function replay(
  trace: Trace,
  { fault, seed }: { readonly fault: Fault | undefined; readonly seed: number },
  manifest: LampFaultManifest,
  scorer: Pick<Scorer, 'run'>,
): Promise<Result> {
  const random = seededRandom(seed)
  const sizes = Array.from({ length: lamps }, () => 0.7 + 0.6 * random.uniform())
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const first = Math.floor(random.uniform() * (lamps - 2))
  const faulty = new Set(
    fault === 'cable-fault' ? Array.from({ length: lamps - first }, (_, at) => first + at) : [first],
  )
  const fromMin = (repeats * 6 - faultDays) * dayMin
  const full = Math.max(...trace.watts.filter(Number.isFinite))
  const diagnosis = new CircuitDiagnosis({ manifest, lamps, pace: 1 })
  const rule = createRule(
    full,
    sizes.map((size) => size / total),
  )
  const seen = { model: false, modelFalse: 0, rule: false, ruleFalse: 0 }
  for (let minute = 0; minute < trace.watts.length; minute += 1) {
    const timeMs = trace.startMs + minute * 60_000
    const ended = diagnosis.steps.endedBy(timeMs)
    if (ended !== undefined) {
      const step = diagnosis.rowsAfter(ended)
      const scores = step && (await scorer.run(step.rows, lamps))[manifest.outputs[0]?.name ?? '']
      for (const change of scores === undefined ? [] : diagnosis.judge(scores).changes) {
        if (change.state !== 'raised') continue
        const isRight = change.fault === fault && change.lamps.every((lamp) => faulty.has(lamp)) && minute >= fromMin
        if (isRight) seen.model = true
        else seen.modelFalse += 1
      }
      const told = rule(
        ended.lamps.map(({ powerW }) => powerW),
        sunElevationDeg(timeMs, manifest.input.window.place),
      )
      for (const { lamp, name } of told) {
        if (name === fault && faulty.has(lamp) && minute >= fromMin) seen.rule = true
        else seen.ruleFalse += 1
      }
    }
    const volts = trace.volts[minute] ?? Number.NaN
    if (Number.isFinite(volts)) diagnosis.steps.addVolts(timeMs, volts)
    sizes.forEach((size, lamp) => {
      const share = size / total
      const healthy = (trace.watts[minute] ?? Number.NaN) * share * (1 + 0.01 * (random.uniform() - 0.5))
      const watts = minute >= fromMin && faulty.has(lamp) ? altered(fault, healthy, full * share) : healthy
      if (Number.isFinite(watts)) diagnosis.steps.addPower(timeMs, lamp, watts)
    })
  }
  return seen
}

function altered(fault: Fault | undefined, healthy: number, full: number): number {
  if (fault === 'day-burning') return Math.max(Number.isFinite(healthy) ? healthy : 0, 0.7 * full)
  return fault === undefined ? healthy : 0
}

const ruleSteps = 4

/** Fixed thresholds held for twenty minutes; each lamp tells once until it is well again. */
function createRule(full: number, shares: readonly number[]) {
  const counts = shares.map(() => 0)
  const names: (Fault | undefined)[] = shares.map(() => undefined)
  return (
    powers: readonly (number | undefined)[],
    sunDeg: number,
  ): readonly { readonly lamp: number; readonly name: Fault }[] => {
    const dark = powers.map(
      (power, lamp) => sunDeg < -6 && power !== undefined && power < 0.2 * full * (shares[lamp] ?? 0),
    )
    return powers.flatMap((power, lamp) => {
      const isLit = sunDeg > 6 && power !== undefined && power > 0.2 * full * (shares[lamp] ?? 0)
      const isRun = dark.slice(lamp).every(Boolean) && (lamp < shares.length - 1 || dark[lamp - 1] === true)
      const name: Fault | undefined = isLit
        ? 'day-burning'
        : dark[lamp] === true
          ? isRun
            ? 'cable-fault'
            : 'lamp-out'
          : undefined
      counts[lamp] = name === undefined ? 0 : (counts[lamp] ?? 0) + 1
      if (name === undefined && Math.abs(sunDeg) > 6) names[lamp] = undefined
      if (name === undefined || (counts[lamp] ?? 0) < ruleSteps || names[lamp] === name) return []
      names[lamp] = name
      return [{ lamp, name }]
    })
  }
}

async function readTrace(folder: string): Promise<Trace> {
  const [watts, volts] = await Promise.all(['w', 'v'].map((name) => column(join(folder, `${name}-data-test.txt`))))
  if (watts === undefined || volts === undefined) throw new AppError('not-found', `${folder} has no trace`)
  const most = Math.max(...watts.filter(Number.isFinite))
  const lit = watts.slice(0, dayMin).flatMap((value, minute) => (value > 0.1 * most ? [minute] : []))
  const middle = Math.round(lit.reduce((sum, minute) => sum + minute, 0) / Math.max(1, lit.length))
  const over = (values: readonly number[]): readonly number[] => Array.from({ length: repeats }, () => values).flat()
  return { watts: over(watts), volts: over(volts), startMs: midnightMs - middle * 60_000 }
}

async function column(path: string): Promise<readonly number[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `${path} is not there`, { cause })
  })
  return text.trim().split(/\s+/).map(Number)
}
