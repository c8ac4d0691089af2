// Opens a package as verify, run and evaluate need it: checked, and its golden samples run on this machine.
import { openImageSession } from '../../models/image-golden.ts'
import { isDetectorPackage, isImagePackage, type ImagePackage, type ModelPackage } from '../../models/model-package.ts'
import { openOnnxScorer } from '../../models/onnx-scorer.ts'
import { loadPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import type { Trust } from '../../models/signature.ts'

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
