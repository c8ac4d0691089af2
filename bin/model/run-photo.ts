// Covers photos as the hub does those of citizens: what was found, and the photo as it would be kept.
import { readFile, writeFile } from 'node:fs/promises'
import type { PhotoPrivacyManifest } from '../../models/manifest-image.ts'
import type { ImagePackage } from '../../models/model-package.ts'
import { openPhotoCover } from '../../models/photo-privacy/photo-cover.ts'
import type { FileRunner } from './run-file.ts'

/** Throws AppError `model.invalid`. */
export async function photoRunner(model: ImagePackage<PhotoPrivacyManifest>): Promise<FileRunner> {
  const cover = await openPhotoCover(model)
  return {
    async run(file, out) {
      const bytes = await readFile(file)
      const began = performance.now()
      const photo = await cover.cover(bytes)
      const latencyMs = Math.round(performance.now() - began)
      const plain = { score: null, class: null }
      if (photo.kind === 'refused')
        return { ...plain, verdict: `refused, ${photo.doubt}`, detail: { latencyMs }, written: [] }
      const written = [`${out}.covered.jpg`]
      for (const path of written) await writeFile(path, photo.jpeg)
      return { ...plain, verdict: 'kept', detail: { ...photo.regions, latencyMs }, written }
    },
    close: () => cover.close(),
  }
}
