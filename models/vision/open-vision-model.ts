// Opens a model package that reads images, whatever its task. A new task: its line here.
import { isImagePackage, type ModelPackage } from '../model-package.ts'
import { openPeopleCountModel } from '../people-count/people-count-model.ts'
import { openDisplayModel } from '../display/display-model.ts'
import { refusal } from '../refusal.ts'
import { openTaughtModel } from '../teach/taught-model.ts'
import { openInspectionModel } from './inspection-model.ts'
import { openSegmentationModel } from './segmentation-model.ts'
import type { VisionModel } from './vision-model.ts'

/** Throws AppError `model.invalid` with the name of the fault. */
export async function openVisionModel(model: ModelPackage): Promise<VisionModel> {
  if (!isImagePackage(model))
    throw refusal('bad-schema', `a package of the task ${model.manifest.task} reads no images`)
  const { manifest } = model
  if (manifest.task === 'display-reading') return openDisplayModel({ ...model, manifest })
  if (manifest.task === 'inspection') return openInspectionModel({ ...model, manifest })
  if (manifest.task === 'segmentation') return openSegmentationModel({ ...model, manifest })
  if (manifest.task === 'people-count') return openPeopleCountModel({ ...model, manifest })
  if (manifest.task === 'photo-privacy') throw refusal('bad-schema', 'it covers photos at the hub and judges none')
  return openTaughtModel({ ...model, manifest })
}
