// Can this package judge parts on a line, watch a camera or count people? Asked when a configuration is checked; what else is wrong with it is told when it is loaded.
import { toAppError } from '../../broker/contract/app-error.ts'
import type { ModelUse } from '../cameras/camera-config.ts'
import type { Manifest } from '../../models/manifest.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { readManifest } from '../../models/package.ts'

/** Undefined where it can, else why not. */
export async function inspectionModel(model: string, use: ModelUse): Promise<string | undefined> {
  try {
    const manifest = await readManifest(packageFolder(model))
    if (usesOf(manifest).includes(use)) return undefined
    if (use === 'taught') {
      return `"${model}" was not taught by example, so that it cannot learn: musubi model teach makes one that can`
    }
    if (manifest.task === 'people-count' && use === 'watch') return `"${model}" only counts people: add counts: people`
    return `"${model}" is a model for ${manifest.task}, which ${misfits[use]}`
  } catch (thrown) {
    return `"${model}" cannot be used: ${toAppError(thrown, 'model.invalid').message}`
  }
}

const misfits = {
  inspection: 'judges no parts, e.g. model: surface-inspection',
  watch: 'watches no camera, e.g. model: road-damage',
  count: 'counts no people, e.g. model: people-count',
} as const

function usesOf(manifest: Manifest): readonly ModelUse[] {
  if (manifest.task === 'image-features') return manifest.taught === undefined ? [] : ['taught', 'inspection', 'watch']
  if (manifest.task === 'inspection') return ['inspection', 'watch']
  if (manifest.task === 'segmentation' || manifest.task === 'display-reading') return ['watch']
  return manifest.task === 'people-count' ? ['count'] : []
}
