// Runs a canopy model over drone images: cover and indices, the picture with heat, and GeoJSON where the image says where it was taken.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { readImageFacts } from '../../edge/images/image-facts.ts'
import { coverMap } from '../../models/canopy/cover-map.ts'
import { analyseFlight, layersOf } from '../../models/canopy/flight-analysis.ts'
import type { Layer } from '../../models/canopy/flight-cover.ts'
import type { SegmentationManifest } from '../../models/manifest-image.ts'
import type { ImagePackage } from '../../models/model-package.ts'
import type { ImageRun } from '../../models/vision/graph-runner.ts'
import { heatPng, overlaid } from '../../models/vision/heat-map.ts'
import { createImageSession } from '../../models/vision/image-session.ts'
import type { FileRunner } from './run-file.ts'

/** Metres: the side of a cell in the GeoJSON of one image. */
const cellM = 1
/** Of cameras that write no offset. */
const zone = 'Asia/Tokyo'

/** Throws AppError `model.invalid`. */
export async function canopyRunner({ manifest, model }: ImagePackage<SegmentationManifest>): Promise<FileRunner> {
  const session = await createImageSession({ model, input: manifest.input, outputs: manifest.outputs })
  const { thresholds } = manifest
  return {
    async run(file, out) {
      const bytes = await readFile(file)
      const began = performance.now()
      const run = await session.run(bytes)
      const latencyMs = Math.round(performance.now() - began)
      const layers = layersOf(run, thresholds)
      const means = Object.fromEntries(layers.map((layer) => [`mean-${layer.name}`, meanOf(layer)]))
      const written = [`${out}.heat.png`]
      await writeFile(`${out}.heat.png`, await picture(run, layers))
      const { facts } = await readImageFacts(bytes, { fileTimeMs: (await stat(file)).mtimeMs, zone })
      const read = async (): Promise<Uint8Array> => bytes
      const placed = await analyseFlight({
        images: [{ facts, read }],
        session: { run: async () => run },
        thresholds,
        cellM,
      })
      if (placed !== undefined) {
        written.push(`${out}.cover.geojson`)
        await writeFile(`${out}.cover.geojson`, JSON.stringify(coverMap(placed.grid, placed.cells)))
      }
      const cells = placed?.cells.length ?? 'none: the image does not say where it was taken from'
      return {
        verdict: 'reading',
        score: means['mean-canopy'] ?? null,
        class: null,
        detail: { ...means, cells, latencyMs },
        written,
      }
    },
    close: () => session.close(),
  }
}

function meanOf({ values, threshold }: Layer): number {
  const sum = values.reduce((total, value) => total + (threshold === undefined ? value : Number(value >= threshold)), 0)
  return Math.round((sum / values.length) * 1e4) / 1e4
}

/** The first mask over the image, what reaches its threshold outlined. */
async function picture({ seen, width, height }: ImageRun, [mask]: readonly Layer[]): Promise<Uint8Array> {
  const { threshold = 0.5 } = mask ?? {}
  const inside = mask && Uint8Array.from(mask.values, (value) => Number(value >= threshold))
  return heatPng(mask === undefined ? seen : overlaid(seen, mask, inside), { width, height })
}
