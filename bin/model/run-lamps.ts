// Runs the lamp-fault model over a recorded circuit: which lamp had which fault when, and a heat map with one line a lamp.
import { readFile, writeFile } from 'node:fs/promises'
import { CircuitDiagnosis } from '../../models/lamp-fault/circuit-diagnosis.ts'
import type { LampFaultPackage } from '../../models/model-package.ts'
import { openOnnxScorer } from '../../models/onnx-scorer.ts'
import { batchLimit, type Scorer } from '../../models/scorer.ts'
import type { FileRunner } from './run-file.ts'
import { gridPng, seriesGrid } from './score-picture.ts'
import { parseTable, type Table } from './series-csv.ts'

/** Files are CSV: time, then a column of watts a lamp in the order of the cable; a column `volts` is the supply. */
export async function lampRunner(model: LampFaultPackage): Promise<FileRunner> {
  const scorer = await openOnnxScorer(model)
  return {
    async run(file, out) {
      const table = parseTable(await readFile(file, 'utf8'), file)
      const names = table.names.filter((name) => name !== 'volts')
      const { steps, faults } = await diagnosed(model, scorer, table)
      const timesMs = steps.map(({ timeMs }) => timeMs)
      const scores = names.map((_, lamp) => steps.map(({ scores: of }) => of[lamp]))
      await writeFile(
        `${out}.heat.png`,
        await gridPng(seriesGrid({ names, timesMs, scores, title: `${file} – ${model.manifest.id}` })),
      )
      const raised = faults.filter(({ state }) => state === 'raised')
      return {
        verdict: raised.length === 0 ? 'no fault' : `${raised.length} fault${raised.length === 1 ? '' : 's'}`,
        score: scores.flat().reduce<number>((best, score) => Math.max(best, score ?? 0), 0),
        class: raised[0]?.fault ?? null,
        detail: { steps: steps.length, faults },
        written: [`${out}.heat.png`],
      }
    },
    close: () => scorer.close(),
  }
}

interface Diagnosed {
  readonly steps: readonly { readonly timeMs: number; readonly scores: readonly (number | undefined)[] }[]
  readonly faults: readonly {
    readonly time: string
    readonly state: 'raised' | 'cleared'
    readonly fault: string
    readonly lamps: readonly string[]
  }[]
}

async function diagnosed({ manifest }: LampFaultPackage, scorer: Scorer, table: Table): Promise<Diagnosed> {
  const supply = table.names.indexOf('volts')
  const lamps = table.columns.flatMap((values, column) =>
    column === supply ? [] : [{ name: table.names[column] ?? '', values }],
  )
  const diagnosis = new CircuitDiagnosis({ manifest, lamps: lamps.length, pace: 1 })
  const steps: Diagnosed['steps'][number][] = []
  const faults: Diagnosed['faults'][number][] = []
  for (const [row, timeMs] of table.timesMs.entries()) {
    const ended = diagnosis.steps.endedBy(timeMs)
    const step = ended && diagnosis.rowsAfter(ended)
    if (step !== undefined) {
      const { lamps: verdicts, changes } = diagnosis.judge(await classScores(scorer, step.rows, lamps.length))
      const scores = lamps.map((_, lamp) => verdicts.find((verdict) => verdict.lamp === lamp)?.score)
      steps.push({ timeMs: step.timeMs, scores })
      const time = new Date(step.timeMs).toISOString()
      for (const { state, fault, lamps: places } of changes) {
        faults.push({ time, state, fault, lamps: places.map((place) => lamps[place]?.name ?? '') })
      }
    }
    const volts = table.columns[supply]?.[row]
    if (volts !== undefined) diagnosis.steps.addVolts(timeMs, volts)
    lamps.forEach(({ values }, lamp) => {
      const watts = values[row]
      if (watts !== undefined) diagnosis.steps.addPower(timeMs, lamp, watts)
    })
  }
  return { steps, faults }
}

/** One row a lamp; in as many runs as a fixed batch needs. */
async function classScores(scorer: Scorer, rows: Float32Array, lamps: number): Promise<Float32Array> {
  const { outputs } = scorer.manifest
  const [name, classes] = [outputs[0]?.name ?? '', Number(outputs[0]?.shape[1])]
  const width = rows.length / lamps
  const batch = batchLimit(scorer.manifest, lamps)
  const scores = new Float32Array(lamps * classes)
  for (let start = 0; start < lamps; start += batch) {
    const part = new Float32Array(batch * width)
    part.set(rows.subarray(start * width, Math.min(lamps, start + batch) * width))
    const found = (await scorer.run(part, batch))[name] ?? new Float32Array()
    scores.set(found.subarray(0, Math.min(batch, lamps - start) * classes), start * classes)
  }
  return scores
}
