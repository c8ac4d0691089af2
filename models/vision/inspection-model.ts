// Surface inspection: how defective is the part, what kind of defect, and where.
import { AppError } from '../../broker/contract/app-error.ts'
import type { InspectionManifest } from '../manifest-image.ts'
import type { ImagePackage } from '../model-package.ts'
import { findPieces, type ScoreMap } from './components.ts'
import { findingOf, harmlessClasses } from './finding.ts'
import type { ImageOutput, ImageRun } from './graph-runner.ts'
import { openImageSession } from '../image-golden.ts'
import type { ImageSession } from './image-session.ts'
import type { AnalyseOptions, Finding, VisionModel } from './vision-model.ts'

/** Frames of which the median counts, where a camera merely watches. */
const medianOf = 5

/** Throws AppError `model.invalid` with the fault `wrong-runtime`, `bad-onnx`, `wrong-shape` or `golden-mismatch`. */
export async function openInspectionModel(model: ImagePackage<InspectionManifest>): Promise<VisionModel> {
  const { manifest } = model
  const session = await openImageSession(model)
  return inspectionModel(manifest, session)
}

function inspectionModel(manifest: InspectionManifest, session: ImageSession): VisionModel {
  const { id, version, thresholds } = manifest
  const clear = thresholds.review ?? thresholds.reject * 0.8
  return {
    description: { id, version, kind: 'inspection', use: 'verdict', raise: thresholds.reject, clear, medianOf },
    async analyse(bytes, options: AnalyseOptions = {}) {
      return inspected(await session.run(bytes, options), thresholds, options)
    },
    close: () => session.close(),
  }
}

type Thresholds = Pick<InspectionManifest['thresholds'], 'reject' | 'mask' | 'minAreaPx'>

async function inspected(run: ImageRun, thresholds: Thresholds, options: AnalyseOptions): Promise<Finding> {
  const began = performance.now()
  const score = run.outputs.find(({ meaning }) => meaning === 'score')?.values[0]
  if (score === undefined) throw new AppError('model.failed', 'the model gave no score')
  const over = score >= thresholds.reject
  const { id, share } = likeliest(run.outputs.find(({ meaning }) => meaning === 'class-scores'))
  const map = defectMap(run.outputs)
  const pieces = over && map !== undefined ? findPieces(map, thresholds.mask ?? 0.5, thresholds.minAreaPx) : undefined
  const defectShare = pieces && pieces.pieces.reduce((sum, { areaPx }) => sum + areaPx, 0) / pieces.inside.length
  return findingOf({
    run,
    score,
    class: over ? id : null,
    over,
    map,
    pieces,
    detail: {
      ...(id === null || share === null || !over ? {} : { classScore: share }),
      ...(defectShare === undefined ? {} : { defectShare }),
    },
    picture: options.picture,
    plain: options.plain,
    began,
  })
}

/** The class with the greatest probability, those aside that are no defect. */
function likeliest(output: ImageOutput | undefined): { readonly id: string | null; readonly share: number | null } {
  let best: { readonly id: string; readonly share: number } | undefined
  output?.classes.forEach((id, index) => {
    const share = output.values[index] ?? 0
    if (!harmlessClasses.has(id) && share > (best?.share ?? -1)) best = { id, share }
  })
  return best ?? { id: null, share: null }
}

/** The heat map of the model where it has one, else its mask: at each pixel the greatest of the defect classes. */
function defectMap(outputs: readonly ImageOutput[]): ScoreMap | undefined {
  const mask = outputs.find(({ meaning }) => meaning === 'mask')
  const heat = outputs.find(({ meaning }) => meaning === 'heat-map')
  if (mask === undefined) return heat
  const { width, height, values, classes } = mask
  const plane = width * height
  const kept = classes.flatMap((id, index) => (harmlessClasses.has(id) ? [] : [index * plane]))
  const [first, ...others] = kept
  if (first === undefined) return undefined
  if (others.length === 0) return { width, height, values: values.subarray(first, first + plane) }
  const merged = values.slice(first, first + plane)
  for (const from of others) {
    for (let at = 0; at < plane; at += 1) {
      const value = values[from + at] as number
      if (value > (merged[at] as number)) merged[at] = value
    }
  }
  return { width, height, values: merged }
}
