// Runs a model over image files: the verdict, and the picture with heat where it comes from.
import { readFile, writeFile } from 'node:fs/promises'
import type { ImagePackage } from '../../models/model-package.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import type { Finding, FindingUse } from '../../models/vision/vision-model.ts'
import type { FileRunner } from './run-file.ts'

/** Throws AppError `model.invalid`. */
export async function imageRunner(model: ImagePackage): Promise<FileRunner> {
  const { manifest } = model
  if (manifest.task === 'segmentation' && manifest.subject === 'canopy')
    return (await import('./run-canopy.ts')).canopyRunner({ ...model, manifest })
  if (manifest.task === 'photo-privacy') return (await import('./run-photo.ts')).photoRunner({ ...model, manifest })
  const vision = await openVisionModel(model)
  return {
    async run(file, out) {
      const found = await vision.analyse(await readFile(file), { picture: 'png' })
      const written = found.picture === undefined ? [] : [`${out}.heat.png`]
      for (const path of written) await writeFile(path, found.picture ?? '')
      const { score, class: named, detail, boxes, timings } = found
      return {
        verdict: verdictOf(vision.description.use, found),
        score,
        class: named,
        detail: {
          ...detail,
          boxes: boxes.length,
          latencyMs: Math.round(timings.decodeMs + timings.runMs + timings.readMs),
        },
        written,
      }
    },
    close: () => vision.close(),
  }
}

function verdictOf(use: FindingUse, { over, score }: Finding): string {
  if (use === 'verdict') return over ? 'reject' : 'pass'
  if (use === 'count') return 'counted'
  if (use === 'reading') return score === null ? 'no reading' : 'reading'
  return over ? 'found' : 'nothing found'
}
