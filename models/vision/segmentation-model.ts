// Segmentation: which share of the image each class covers, and where.
import { AppError } from '../../broker/contract/app-error.ts'
import type { SegmentationManifest } from '../manifest-image.ts'
import type { ImagePackage } from '../model-package.ts'
import { findPieces, type ScoreMap } from './components.ts'
import { findingOf, harmlessClasses } from './finding.ts'
import type { ImageOutput, ImageRun } from './graph-runner.ts'
import { openImageSession } from '../image-golden.ts'
import type { AnalyseOptions, Finding, VisionModel } from './vision-model.ts'

const defaults = { raise: 0.01, medianOf: 5 } as const

/** Throws AppError `model.invalid` with the fault `wrong-runtime`, `bad-onnx`, `wrong-shape` or `golden-mismatch`. */
export async function openSegmentationModel(model: ImagePackage<SegmentationManifest>): Promise<VisionModel> {
  const { manifest } = model
  const session = await openImageSession(model)
  const { id, version, subject: kind, thresholds } = manifest
  const { raise = defaults.raise, clear = raise / 2, medianOf = defaults.medianOf } = thresholds
  return {
    description: { id, version, kind, use: kind === 'canopy' ? 'reading' : 'condition', raise, clear, medianOf },
    async analyse(bytes, options: AnalyseOptions = {}) {
      return segmented(await session.run(bytes, options), { ...thresholds, raise }, options)
    },
    close: () => session.close(),
  }
}

type Thresholds = SegmentationManifest['thresholds'] & { readonly raise: number }

async function segmented(run: ImageRun, thresholds: Thresholds, options: AnalyseOptions): Promise<Finding> {
  const began = performance.now()
  const mask = run.outputs.find(({ meaning }) => meaning === 'mask')
  if (mask === undefined) throw new AppError('model.failed', 'the model gave no mask')
  const { map, covers } = covered(mask, thresholds)
  const pieces = findPieces(map, Number.MIN_VALUE, thresholds.minAreaPx)
  const score = pieces.pieces.reduce((sum, { areaPx }) => sum + areaPx, 0) / pieces.inside.length
  const largest = [...covers].sort(([, a], [, b]) => b - a)[0]
  const named = covers.map(([id, share]) => [`cover-${id}`, share] as const)
  return findingOf({
    run,
    score,
    class: score > 0 ? (largest?.[0] ?? null) : null,
    over: score >= thresholds.raise,
    map,
    pieces,
    detail: { ...Object.fromEntries(named.slice(0, 16)), ...indexMeans(run.outputs) },
    picture: options.picture,
    began,
  })
}

/**
 * Per pixel the likeliest class that is not background, where its probability reaches its threshold: the map has that
 * probability there and 0 elsewhere. `covers`: share of the image of each such class.
 */
function covered({ width, height, values, classes }: ImageOutput, { mask, perClass = {} }: Thresholds) {
  const plane = width * height
  const kept = classes.flatMap((id, index) =>
    harmlessClasses.has(id) ? [] : [{ id, least: perClass[id] ?? mask, from: index * plane }],
  )
  const map: ScoreMap = { width, height, values: new Float32Array(plane) }
  const counts = new Map(kept.map(({ id }) => [id, 0]))
  for (let at = 0; at < plane; at += 1) {
    let best: string | undefined
    for (const { id, least, from } of kept) {
      const value = values[from + at] as number
      if (value < least || value <= (map.values[at] as number)) continue
      map.values[at] = value
      best = id
    }
    if (best !== undefined) counts.set(best, (counts.get(best) ?? 0) + 1)
  }
  return { map, covers: [...counts].map(([id, count]) => [id, count / plane] as const) }
}

/** The mean of each vegetation index over the image. */
function indexMeans(outputs: readonly ImageOutput[]): Readonly<Record<string, number>> {
  const found = outputs.find(({ meaning }) => meaning === 'index-map')
  if (found === undefined) return {}
  const plane = found.width * found.height
  const means = found.indices.map((index, at) => {
    const sum = found.values.subarray(at * plane, (at + 1) * plane).reduce((total, value) => total + value, 0)
    return [`mean-${index}`, sum / plane] as const
  })
  return Object.fromEntries(means)
}
