// The models in use that score series: which of them reads a sample, and its scores as samples.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { SeriesAnomalyManifest } from '../../models/manifest-series.ts'
import type { Counters } from '../counters.ts'
import type { CountedRuns } from './counted-runs.ts'
import type { WorkerReady } from './messages.ts'
import { createSeriesWindows, scoreSuffix, type Batch, type SeriesWindows } from './series-windows.ts'

export interface SeriesModel {
  /** Place of its binding in the configuration. */
  readonly index: number
  readonly folder: string
  readonly id: string
  readonly version: string
  readonly windows: SeriesWindows
  readonly manifest: SeriesAnomalyManifest
}

/** One a binding whose package was accepted. Windows already in use are kept: what they learnt of their series outlives a crash. */
export function seriesModels(
  bindings: readonly { readonly folder: string; readonly inputs: readonly string[] }[],
  ready: WorkerReady,
  before: readonly SeriesModel[],
): readonly SeriesModel[] {
  return bindings.flatMap(({ folder, inputs }, index) => {
    const manifest = ready.models.find((model) => model.folder === folder)?.manifest
    if (manifest?.task !== 'series-anomaly') return []
    const { id, version } = manifest
    const known = before.find((model) => model.index === index && model.id === id && model.version === version)
    return [known ?? { index, folder, id, version, manifest, windows: createSeriesWindows(manifest, inputs) }]
  })
}

/** Begins the runs of what the models read of these samples, one a model, each sample by the first model that matches it. */
export function scoreSeries(
  models: readonly SeriesModel[],
  samples: readonly Sample[],
  { runs, counters }: { readonly runs: CountedRuns; readonly counters: Counters },
): readonly Promise<readonly Sample[]>[] {
  return models.flatMap((model) => {
    const own = samples.filter(({ name }) => models.find(({ windows }) => windows.matches(name)) === model)
    const batch = model.windows.take(own, (reason) => counters.add('inference_skipped', reason))
    return batch.samples.length === 0 ? [] : [scoreBatch(model, batch, runs)]
  })
}

/** The score of the newest of values that belong to no series; what was learnt of series plays no part. Throws AppError `model.failed`. */
export async function scoreGiven(
  { folder, manifest }: SeriesModel,
  values: readonly { readonly timeMs: number; readonly value: number }[],
  runs: CountedRuns,
): Promise<number> {
  const windows = createSeriesWindows(manifest, [])
  const { samples, rows } = windows.take(givenSamples(values), () => undefined)
  if (samples.length === 0) throw new AppError('model.failed', 'none of the values is a number of its own time')
  const newest = rows.slice((samples.length - 1) * (rows.length / samples.length))
  const score = (await runs.run({ folder, rows: newest, count: 1 }))?.[0]
  if (score === undefined || !Number.isFinite(score))
    throw new AppError('model.failed', 'the model gave no score in time')
  return Math.min(1, Math.max(0, score))
}

export function givenSamples(
  values: readonly { readonly timeMs: number; readonly value: number }[],
): readonly Sample[] {
  return values.map(({ timeMs, value }) => {
    return { name: 'given:value', timeMs, value, unit: undefined, quality: 'good', reason: undefined }
  })
}

async function scoreBatch(model: SeriesModel, batch: Batch, runs: CountedRuns): Promise<readonly Sample[]> {
  const scores = await runs.run({ folder: model.folder, rows: batch.rows, count: batch.samples.length })
  return batch.samples.map((sample, index) => scoreSample(sample, scores?.[index]))
}

function scoreSample(input: Sample, score: number | undefined): Sample {
  const place = { name: `${input.name}${scoreSuffix}`, timeMs: input.timeMs, unit: '/' }
  if (score === undefined || !Number.isFinite(score)) return { ...place, value: null, quality: 'bad', reason: 'model' }
  return { ...place, value: Math.min(1, Math.max(0, score)), quality: input.quality, reason: input.reason }
}
