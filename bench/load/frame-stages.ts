// The way of a frame to its verdict in single stages, each on the real data of the one before, for bench/inference.ts.
import type { ImagePackage } from '../../models/model-package.ts'
import { findPieces, type ScoreMap } from '../../models/vision/components.ts'
import { isMap, openGraph } from '../../models/vision/graph-runner.ts'
import { heatCells, overlaid, thumbnailJpeg } from '../../models/vision/heat-map.ts'
import { decodeScaled } from '../../models/vision/image-decoder.ts'
import { probeImage } from '../../models/vision/image-probe.ts'
import { maskRings } from '../../models/vision/mask-rings.ts'
import { createTensorWriter } from '../../models/vision/tensor-writer.ts'

export type FrameStage = 'header' | 'scaled' | 'tensor' | 'graph' | 'found' | 'drawn' | 'picture'

/** Of a model with a map among its outputs; `threshold` makes pieces of about the size of a defect. */
export async function openFrameStages({ manifest, model }: ImagePackage, jpeg: Uint8Array, threshold = 0.3) {
  const { input, outputs } = manifest
  const { width, height, kernel } = input.image
  const graph = await openGraph({ model, input, outputs })
  const writer = createTensorWriter(input.image)
  const tensor = new Float32Array(writer.length)
  const probed = await probeImage(jpeg)
  const image = { width: probed.widthPx, height: probed.heightPx }
  const seen = await decodeScaled(probed, { width, height }, kernel)
  const raw = [...(await graph.infer(seen)).values()].find(isMap)
  if (raw === undefined) throw new Error(`${manifest.id} gives no map`)
  const [, mapHeight = 0, mapWidth = 0] = raw.dims
  const map: ScoreMap = { width: mapWidth, height: mapHeight, values: raw.values.slice(-mapWidth * mapHeight) }
  const { inside } = findPieces(map, threshold)
  const drawn = overlaid(seen, map, inside)
  const stages: Readonly<Record<FrameStage, () => unknown>> = {
    header: () => probeImage(jpeg),
    scaled: () => decodeScaled(probed, { width, height }, kernel),
    tensor: () => writer.write(seen, tensor),
    graph: () => graph.infer(seen),
    found: () => [maskRings(findPieces(map, threshold).inside, map), heatCells(map)],
    drawn: () => overlaid(seen, map, inside),
    picture: () => thumbnailJpeg(drawn, image),
  }
  return { stages, close: () => graph.close() }
}
