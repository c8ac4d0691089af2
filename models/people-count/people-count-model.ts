// Counts the people in an image; their number is all that ever leaves this file.
import { AppError } from '../../broker/contract/app-error.ts'
import { openImageSession } from '../image-golden.ts'
import type { PeopleCountManifest } from '../manifest-image.ts'
import type { ImagePackage } from '../model-package.ts'
import type { ImageRun } from '../vision/graph-runner.ts'
import type { Finding, VisionModel } from '../vision/vision-model.ts'
import { suppressed } from './box-suppression.ts'

/** Frames of which the median counts. */
const medianOf = 5

/** Throws AppError `model.invalid` with the fault `wrong-runtime`, `bad-onnx`, `wrong-shape` or `golden-mismatch`. */
export async function openPeopleCountModel(model: ImagePackage<PeopleCountManifest>): Promise<VisionModel> {
  const { manifest } = model
  const session = await openImageSession(model)
  const { id, version, thresholds } = manifest
  return {
    description: { id, version, kind: undefined, use: 'count', raise: 1, clear: 1, medianOf },
    // No picture is drawn, whatever is asked for.
    async analyse(bytes) {
      return counted(await session.run(bytes), thresholds)
    },
    close: () => session.close(),
  }
}

function counted(run: ImageRun, thresholds: PeopleCountManifest['thresholds']): Finding {
  const began = performance.now()
  const boxes = run.outputs.find(({ meaning }) => meaning === 'boxes')
  const scores = run.outputs.find(({ meaning }) => meaning === 'box-scores')
  if (boxes === undefined || scores === undefined) throw new AppError('model.failed', 'the model gave no boxes')
  const people = suppressed({ boxes: boxes.values, scores: scores.values }, thresholds).length
  const { decodeMs, runMs, joinMs } = run.timings
  return {
    score: null,
    class: null,
    over: false,
    boxes: [],
    mask: [],
    heat: undefined,
    detail: { people },
    picture: undefined,
    width: run.width,
    height: run.height,
    timings: { decodeMs, runMs, readMs: joinMs + performance.now() - began, pictureMs: 0 },
  }
}
