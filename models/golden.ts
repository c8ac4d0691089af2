// The golden samples of a package, run on the machine at hand: drift of the export, the runtime or the feature window shows here.
import { FeatureWindow, windowWidth } from './feature-window.ts'
import { CircuitWindow } from './lamp-fault/circuit-window.ts'
import { isSeriesPackage, type LampFaultPackage, type SeriesPackage } from './model-package.ts'
import { refusal } from './refusal.ts'
import { batchLimit, type Scorer } from './scorer.ts'

/** A package whose input is a row of numbers. */
export type RowPackage = SeriesPackage | LampFaultPackage

/** Runs every golden case through the model and the trace through the window. Throws `model.invalid` `golden-mismatch`. */
export async function verifyGolden(model: RowPackage, scorer: Pick<Scorer, 'run'>): Promise<void> {
  if (isSeriesPackage(model)) verifyTrace(model)
  else verifyLampTrace(model)
  const { cases } = model.golden
  const step = batchLimit(model.manifest, cases.length)
  for (let start = 0; start < cases.length; start += step) await verifyCases(model, scorer, start, step)
}

async function verifyCases(
  model: RowPackage,
  scorer: Pick<Scorer, 'run'>,
  start: number,
  batch: number,
): Promise<void> {
  const width = Number(model.manifest.input.shape[1])
  const fixed = typeof model.manifest.input.shape[0] === 'number'
  const cases = model.golden.cases.slice(start, start + batch)
  const count = fixed ? batch : cases.length
  const rows = new Float32Array(count * width)
  cases.forEach(({ input }, index) => {
    if (input.length !== width) throw mismatch(`case ${start + index} has ${input.length} inputs, not ${width}`)
    rows.set(input, index * width)
  })
  const outputs = await scorer.run(rows, count)
  cases.forEach((expected, index) => {
    for (const output of model.manifest.outputs) {
      const size = Number(output.shape[1])
      const found = outputs[output.name]?.subarray(index * size, (index + 1) * size) ?? []
      const at = `case ${start + index}, ${output.name}`
      compare(at, found, expected.outputs[output.name] ?? [], size, model.manifest.golden.tolerance)
    }
  })
}

function verifyTrace({ manifest, golden: { trace } }: SeriesPackage): void {
  const window = new FeatureWindow(manifest.input.window)
  const width = windowWidth(manifest.input.window)
  const row = new Float32Array(width)
  trace.forEach(({ timeMs, value, taken, features }, index) => {
    if (window.push(timeMs, value) !== taken) throw mismatch(`trace ${index} should${taken ? '' : ' not'} be taken`)
    if (features === undefined) return
    window.write(row, 0)
    compare(`trace ${index}`, row, features, width, manifest.golden.tolerance)
  })
}

function verifyLampTrace({ manifest, golden: { trace } }: LampFaultPackage): void {
  const window = new CircuitWindow(manifest.input.window, trace.lamps)
  const width = manifest.input.features.length
  trace.steps.forEach(({ timeMs, volts, lamps, rows: expected }, index) => {
    const rows = window.tick({
      timeMs,
      volts: volts ?? undefined,
      lamps: lamps.map(([powerW, spreadW, commanded, suspect]) => ({
        powerW: powerW ?? undefined,
        spreadW,
        commanded: commanded === null ? undefined : commanded === 1,
        suspect: suspect === 1,
      })),
    })
    if (rows === undefined) throw mismatch(`trace ${index} should be taken`)
    expected?.forEach((row, lamp) => {
      const found = rows.subarray(lamp * width, (lamp + 1) * width)
      compare(`trace ${index}, lamp ${lamp}`, found, row, width, manifest.golden.tolerance)
    })
  })
}

function compare(
  at: string,
  found: ArrayLike<number>,
  expected: readonly number[],
  size: number,
  tolerance: number,
): void {
  if (found.length !== size || expected.length !== size) {
    throw mismatch(`${at}: ${found.length} values found, ${expected.length} expected, ${size} in the manifest`)
  }
  expected.forEach((value, index) => {
    const actual = found[index] ?? Number.NaN
    const allowed = tolerance * Math.max(1, Math.abs(value))
    if (!(Math.abs(actual - value) <= allowed))
      throw mismatch(`${at}[${index}] is ${actual}, expected ${value} ± ${allowed}`)
  })
}

function mismatch(message: string): Error {
  return refusal('golden-mismatch', message)
}
