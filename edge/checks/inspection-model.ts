// Can this package judge parts on a line, or watch a camera? Asked when a configuration is checked; what else is wrong with it is told when it is loaded.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { ModelUse } from '../cameras/camera-config.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { readManifest } from '../../models/package.ts'

/** Undefined where it can, else why not. */
export async function inspectionModel(model: string, use: ModelUse): Promise<string | undefined> {
  try {
    const manifest = await readManifest(packageFolder(model))
    const isTaught = manifest.task === 'image-features' && manifest.taught !== undefined
    const judges = manifest.task === 'inspection' || isTaught
    const watches = judges || manifest.task === 'segmentation' || manifest.task === 'display-reading'
    if (use === 'taught') {
      if (isTaught) return undefined
      return `"${model}" was not taught by example, so that it cannot learn: musubi model teach makes one that can`
    }
    if (use === 'inspection' ? judges : watches) return undefined
    const example = use === 'inspection' ? 'model: surface-inspection' : 'model: road-damage'
    return `"${model}" is a model for ${manifest.task}, which ${use === 'inspection' ? 'judges no parts' : 'watches no camera'}, e.g. ${example}`
  } catch (thrown) {
    return `"${model}" cannot be used: ${toAppError(thrown, 'model.invalid').message}`
  }
}
