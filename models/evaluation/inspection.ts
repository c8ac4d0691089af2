// Prints the card of surface-inspection again: each photo judged by the net of the fold that never saw its tile.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { InspectionManifest } from '../manifest-image.ts'
import { seededRandom } from '../seeded-random.ts'
import { createImageSession, type ImageSession } from '../vision/image-session.ts'
import type { Evaluation, EvaluationRequest, EvaluationRow } from './evaluator.ts'
import { auroc, averagePrecision, binnedAuroc, classFigures } from './ranking.ts'
import { readDefect, readTilePhotos, type TilePhoto } from './tile-photos.ts'

const dataSet = 'magnetic-tile'
const foldCount = 5
const bins = 1024
const draws = 1000
const seed = 20261122

interface Judged {
  readonly photo: TilePhoto
  readonly model: Verdict
  readonly baseline: Verdict
}

interface Verdict {
  /** From the file's bytes to the outputs, one thread. */
  readonly tookMs: number
  readonly score: number
  readonly found: number
  /** Pixels by bin of what the map says of them. */
  readonly good: Float64Array
  readonly bad: Float64Array
}

/**
 * Needs the folder that the training script leaves (`--folds`): fold-0.onnx … fold-4.onnx, baseline.onnx and folds.json, which says
 * of each tile which fold's net never saw it. The graph of the package itself saw every tile and is not measured here.
 */
export async function evaluate({ model, dataFolder, foldsFolder, progress }: EvaluationRequest): Promise<Evaluation> {
  const { manifest } = model
  if (manifest.task !== 'inspection') throw new AppError('model.invalid', `${manifest.id} is no model of inspection`)
  if (foldsFolder === undefined) {
    throw new AppError(
      'not-found',
      'the shipped net saw every tile; --folds DIR is needed: the folder `folds` that train_inspection.py leaves in --work',
    )
  }
  const folder = join(dataFolder, dataSet)
  const photos = await readTilePhotos(folder)
  const folds = await openFolds(manifest, foldsFolder)
  try {
    const judged: Judged[] = []
    for (const photo of photos) {
      judged.push(await judge(manifest, folder, photo, folds))
      progress(judged.length, photos.length, 'photos')
    }
    return evaluationOf(manifest, judged)
  } finally {
    await Promise.all([...folds.nets, folds.baseline].map((session) => session.close()))
  }
}

interface Folds {
  readonly nets: readonly ImageSession[]
  readonly baseline: ImageSession
  readonly foldOf: ReadonlyMap<string, number>
}

async function openFolds({ input, outputs }: InspectionManifest, folder: string): Promise<Folds> {
  const part = (name: string): Promise<Buffer> =>
    readFile(join(folder, name)).catch((cause: unknown) => {
      throw new AppError('not-found', `${name} is not in ${folder}`, { cause })
    })
  const open = async (name: string): Promise<ImageSession> =>
    createImageSession({ model: await part(name), input, outputs })
  const listed: unknown = JSON.parse((await part('folds.json')).toString())
  const foldOf = new Map<string, number>()
  for (const [tile, fold] of Object.entries(listed ?? {})) if (typeof fold === 'number') foldOf.set(tile, fold)
  const nets: ImageSession[] = []
  for (let fold = 0; fold < foldCount; fold += 1) nets.push(await open(`fold-${fold}.onnx`))
  return { nets, baseline: await open('baseline.onnx'), foldOf }
}

async function judge(
  manifest: InspectionManifest,
  folder: string,
  photo: TilePhoto,
  { nets, baseline, foldOf }: Folds,
): Promise<Judged> {
  const net = nets[foldOf.get(photo.tile) ?? -1]
  if (net === undefined) throw new AppError('not-found', `folds.json has no fold for tile ${photo.tile}`)
  const bytes = await readFile(join(folder, photo.file))
  const defect = await readDefect(folder, photo, manifest.input.image)
  const read = async (session: ImageSession): Promise<Verdict> => {
    const began = performance.now()
    const tensors = await session.tensors(bytes)
    const tookMs = performance.now() - began
    return { tookMs, ...verdictOf(manifest, tensors, defect) }
  }
  return { photo, model: await read(net), baseline: await read(baseline) }
}

function verdictOf(
  { input, outputs }: InspectionManifest,
  tensors: Readonly<Record<string, Float32Array>>,
  defect: Uint8Array,
): Omit<Verdict, 'tookMs'> {
  const valuesOf = (meaning: string): Float32Array => {
    const values = tensors[outputs.find((output) => output.meaning === meaning)?.name ?? '']
    if (values === undefined) throw new AppError('model.failed', `the graph has no ${meaning}`)
    return values
  }
  const classes = valuesOf('class-scores')
  const found = classes.indexOf(Math.max(...classes))
  const { width, height } = input.image
  const planes = valuesOf('mask')
  const stride = Math.sqrt((width * height * classes.length) / planes.length)
  const across = width / stride
  const good = new Float64Array(bins)
  const bad = new Float64Array(bins)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const isGood = planes[Math.floor(y / stride) * across + Math.floor(x / stride)] as number
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((1 - isGood) * bins)))
      const counts = defect[y * width + x] === 1 ? bad : good
      counts[bin] = (counts[bin] as number) + 1
    }
  }
  return { score: valuesOf('score')[0] ?? Number.NaN, found, good, bad }
}

const figureNames = ['image AUROC', 'image average precision', 'pixel AUROC', 'six-class macro-F1', 'accuracy'] as const

function figuresOf(judged: readonly Judged[], of: 'model' | 'baseline', classes: number): number[] {
  const truth = judged.map(({ photo }) => photo.label)
  const bad = truth.map((label) => label > 0)
  const scores = judged.map((one) => one[of].score)
  const found = judged.map((one) => one[of].found)
  const total = (side: 'good' | 'bad'): Float64Array => {
    const sum = new Float64Array(bins)
    for (const one of judged) one[of][side].forEach((count, bin) => (sum[bin] = (sum[bin] as number) + count))
    return sum
  }
  const f1 = classFigures(truth, found, classes).map((figures) => figures.f1)
  return [
    auroc(scores, bad),
    averagePrecision(scores, bad),
    binnedAuroc(total('good'), total('bad')),
    f1.reduce((sum, value) => sum + value, 0) / classes,
    truth.filter((label, index) => label === found[index]).length / truth.length,
  ]
}

function evaluationOf(manifest: InspectionManifest, judged: readonly Judged[]): Evaluation {
  const classes = manifest.classes.length
  const model = figuresOf(judged, 'model', classes)
  const baseline = figuresOf(judged, 'baseline', classes)
  const drawn = drawnFigures(judged, classes)
  const tiles = new Set(judged.map(({ photo }) => photo.tile)).size
  return {
    baseline: 'local contrast (no learning, names no class)',
    about:
      `${judged.length} photos of ${tiles} magnetic tiles, five folds by tile, each photo judged by the net that never saw its tile; ` +
      `95 % interval by ${draws} bootstrap draws of tiles`,
    rows: [
      ...figureNames.map((metric, index) => {
        const values = drawn.map((figures) => figures[index] as number).toSorted((a, b) => a - b)
        const at = (share: number): string => (values[Math.floor(share * (values.length - 1))] ?? Number.NaN).toFixed(3)
        return {
          metric,
          model: `${model[index]?.toFixed(4)} (${at(0.025)}–${at(0.975)})`,
          baseline: index < 3 ? (baseline[index]?.toFixed(3) ?? '–') : '–',
        }
      }),
      ...rejectRows(judged, manifest.thresholds.reject),
      ...classRows(manifest, judged),
      {
        metric: 'median time of a photo here, one thread',
        model: `${medianMs(judged, 'model')} ms`,
        baseline: `${medianMs(judged, 'baseline')} ms`,
      },
    ],
  }
}

function medianMs(judged: readonly Judged[], of: 'model' | 'baseline'): string {
  const times = judged.map((one) => one[of].tookMs).toSorted((a, b) => a - b)
  return (times[Math.floor(times.length / 2)] ?? Number.NaN).toFixed(0)
}

function drawnFigures(judged: readonly Judged[], classes: number): number[][] {
  const byTile = Map.groupBy(judged, ({ photo }) => photo.tile)
  const tiles = [...byTile.values()]
  const random = seededRandom(seed)
  return Array.from({ length: draws }, () => {
    const drawn = Array.from({ length: tiles.length }, () => tiles[random.below(tiles.length)] ?? []).flat()
    return figuresOf(drawn, 'model', classes)
  })
}

function rejectRows(judged: readonly Judged[], reject: number): EvaluationRow[] {
  const rejected = (isBad: boolean): string => {
    const asked = judged.filter(({ photo }) => photo.label > 0 === isBad)
    return `${asked.filter(({ model }) => model.score >= reject).length} of ${asked.length}`
  }
  return [
    { metric: `defects rejected at ${reject}`, model: rejected(true), baseline: '–' },
    { metric: `good photos rejected at ${reject}`, model: rejected(false), baseline: '–' },
  ]
}

function classRows({ classes }: InspectionManifest, judged: readonly Judged[]): EvaluationRow[] {
  const truth = judged.map(({ photo }) => photo.label)
  const found = judged.map(({ model }) => model.found)
  return classFigures(truth, found, classes.length).map(({ count, precision, recall, f1 }, index) => {
    const tiles = new Set(judged.filter(({ photo }) => photo.label === index).map(({ photo }) => photo.tile)).size
    return {
      metric: `${classes[index]?.id ?? ''}: ${count} photos, ${tiles} tiles`,
      model: `F1 ${f1.toFixed(3)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`,
      baseline: '–',
    }
  })
}
