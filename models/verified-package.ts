// Opens a package as whoever must be sure of it: checked, and its golden samples run on this machine.
import { openImageSession } from './image-golden.ts'
import { isDetectorPackage, isImagePackage, type ImagePackage, type ModelPackage } from './model-package.ts'
import { openOnnxScorer } from './onnx-scorer.ts'
import { loadPackage } from './package.ts'
import { packageFolder } from './package-folder.ts'
import { openVisionModel } from './vision/open-vision-model.ts'
import type { Trust } from './signature.ts'

/** Throws AppError `model.invalid` with the name of the fault. */
export async function verifiedPackage(place: string, trust: Trust): Promise<ModelPackage> {
  const model = await loadPackage(packageFolder(place), trust)
  // A detector's golden trace is run when the package is loaded.
  if (isDetectorPackage(model)) return model
  const opened = await (isImagePackage(model) ? openImages(model) : openOnnxScorer(model))
  await opened.close()
  return model
}

/** What was taught proves itself with pictures of its own besides those of its extractor. */
function openImages(model: ImagePackage): Promise<{ close(): Promise<void> }> {
  const { manifest } = model
  const isTaught = manifest.task === 'image-features' && manifest.taught !== undefined
  return isTaught ? openVisionModel(model) : openImageSession(model)
}
