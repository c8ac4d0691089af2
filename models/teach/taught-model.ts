// A product that was taught by example, as a model that judges frames: the extractor's map, then the head's score and heat.
import { AppError } from '../../broker/contract/app-error.ts'
import { openImageSession } from '../image-golden.ts'
import type { ImageFeaturesManifest } from '../manifest-image.ts'
import type { ImagePackage } from '../model-package.ts'
import { refusal } from '../refusal.ts'
import { findPieces } from '../vision/components.ts'
import { findingOf } from '../vision/finding.ts'
import type { ImageRun } from '../vision/graph-runner.ts'
import type { ImageSession } from '../vision/image-session.ts'
import type { AnalyseOptions, Finding, VisionModel } from '../vision/vision-model.ts'
import { decodeHead, type HeadCheck } from './head-file.ts'
import { judge, type TaughtHead } from './head.ts'
import { type PatchMap, patchMapOf } from './patch-map.ts'

/** Frames of which the median counts, where a camera merely watches. */
const medianOf = 5
/** Patches; a smaller hot spot gets no box. */
const leastPiece = 2
/** By how much the score of a check picture may differ on another machine. */
const scoreTolerance = 0.02

type Thresholds = NonNullable<ImageFeaturesManifest['taught']>['thresholds']

/**
 * Throws AppError `model.invalid` with the fault `wrong-runtime`, `bad-onnx`, `wrong-shape`, `golden-mismatch`, or `bad-schema` for
 * an extractor that nothing was taught.
 */
export async function openTaughtModel(model: ImagePackage<ImageFeaturesManifest>): Promise<VisionModel> {
  const { manifest, files } = model
  const { taught } = manifest
  const file = taught && files.get(taught.head)
  if (taught === undefined || file === undefined) {
    throw refusal('bad-schema', `${manifest.id} judges nothing before it is taught: see musubi model teach`)
  }
  const { head, checks } = decodeHead(file)
  const session = await openImageSession(model)
  try {
    await verifyChecks(session, head, checks, files)
  } catch (error) {
    await session.close()
    throw error
  }
  const { id, version } = manifest
  const { thresholds } = taught
  const clear = thresholds.review ?? thresholds.reject * 0.8
  return {
    description: { id, version, kind: 'inspection', use: 'verdict', raise: thresholds.reject, clear, medianOf },
    async analyse(bytes, options: AnalyseOptions = {}) {
      return judged(await session.run(bytes, options), { head, thresholds, defect: taught.classes[0]?.id }, options)
    },
    close: () => session.close(),
  }
}

/** The map that the extractor gives for an image. Throws AppError `image.invalid` or `model.failed`. */
export function mapOfRun(run: Pick<ImageRun, 'outputs'>): PatchMap {
  const found = run.outputs.find(({ meaning }) => meaning === 'feature-map')
  if (found === undefined) throw new AppError('model.failed', 'the extractor gave no feature map')
  return patchMapOf(found)
}

async function verifyChecks(
  session: ImageSession,
  head: TaughtHead,
  checks: readonly HeadCheck[],
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const { image, score } of checks) {
    const bytes = files.get(image)
    if (bytes === undefined) throw refusal('missing-file', `${image} is used by the head but not in the package`)
    const found = judge(head, mapOfRun(await session.run(bytes))).score
    if (!(Math.abs(found - score) <= scoreTolerance)) {
      throw refusal('golden-mismatch', `${image} has the score ${found}, where it was taught ${score}`)
    }
  }
}

async function judged(
  run: ImageRun,
  {
    head,
    thresholds,
    defect,
  }: { readonly head: TaughtHead; readonly thresholds: Thresholds; readonly defect: string | undefined },
  options: AnalyseOptions,
): Promise<Finding> {
  const began = performance.now()
  const patches = mapOfRun(run)
  const { score, heat } = judge(head, patches)
  const over = score >= thresholds.reject
  const map = { width: patches.width, height: patches.height, values: heat }
  return findingOf({
    run,
    score,
    class: over ? (defect ?? null) : null,
    over,
    map,
    pieces: over ? findPieces(map, thresholds.mask ?? 0.5, leastPiece) : undefined,
    detail: {},
    picture: options.picture,
    plain: options.plain,
    began,
  })
}
