// Runs a graph over images: preprocessing exactly as its manifest says, one thread, and outputs that cover the whole image.
import type { ImageInput } from '../manifest-image.ts'
import {
  describe,
  type GraphRunner,
  type ImageGraph,
  type ImageRun,
  isMap,
  openGraph,
  type RawOutput,
} from './graph-runner.ts'
import { decodeScaled, type Size } from './image-decoder.ts'
import { type ImageLimits, probeImage, type ProbedImage } from './image-probe.ts'
import { runTiles, scaledSize } from './tiled-run.ts'
import type { Planes } from './tiles.ts'

interface RunOptions {
  /** Ground resolution of the image, where the manifest has `tile.metresPerPixel`. */
  readonly metresPerPixel?: number
  readonly limits?: ImageLimits
}

/** One run at a time. */
export interface ImageSession {
  /** Throws AppError `image.invalid` (the image is at fault) or `model.failed`. */
  run(bytes: Uint8Array, options?: RunOptions): Promise<ImageRun>
  /** The outputs as the graph gives them for the first tile, by name: for golden samples. */
  tensors(bytes: Uint8Array): Promise<Readonly<Record<string, Float32Array>>>
  close(): Promise<void>
}

/** Throws AppError `model.invalid` with the fault `bad-onnx` or `wrong-shape`. */
export async function createImageSession(graph: ImageGraph): Promise<ImageSession> {
  const runner = await openGraph(graph)
  const { image } = graph.input
  return {
    async run(bytes, { metresPerPixel, limits } = {}) {
      const probed = await probeImage(bytes, limits)
      return image.fit === 'tile' ? runTiles(runner, probed, metresPerPixel) : runWhole(runner, probed)
    },
    async tensors(bytes) {
      const probed = await probeImage(bytes)
      const size = image.fit === 'tile' ? scaledSize(image, probed, undefined) : fittedSize(image, probed)
      const raw = await runner.infer(await decodeScaled(probed, size, image.kernel))
      return Object.fromEntries([...raw].map(([name, { values }]) => [name, values]))
    },
    close: () => runner.close(),
  }
}

async function runWhole({ definition: image, outputs, infer }: GraphRunner, probed: ProbedImage): Promise<ImageRun> {
  const began = performance.now()
  const seen = await decodeScaled(probed, fittedSize(image, probed), image.kernel)
  const decoded = performance.now()
  const raw = await infer(seen)
  const ran = performance.now()
  const share = { x: seen.width / image.width, y: seen.height / image.height }
  const found = outputs.map((output) => describe(output, cropped(raw.get(output.name), share)))
  const timings = { decodeMs: decoded - began, runMs: ran - decoded, joinMs: performance.now() - ran }
  return { outputs: found, width: probed.widthPx, height: probed.heightPx, seen, tiles: 1, timings }
}

/** As planes; of an image that does not fill the input (`contain`), the part of a map that the image covers. */
function cropped(raw: RawOutput | undefined, share: { readonly x: number; readonly y: number }): Planes | undefined {
  if (raw === undefined) return undefined
  const { dims, values } = raw
  if (!isMap(raw)) return { channels: values.length, width: 1, height: 1, values }
  const [channels = 0, height = 0, width = 0] = dims
  const kept = { width: Math.max(1, Math.round(width * share.x)), height: Math.max(1, Math.round(height * share.y)) }
  if (kept.width === width && kept.height === height) return { channels, width, height, values }
  const out = new Float32Array(channels * kept.width * kept.height)
  for (let line = 0; line < channels * kept.height; line += 1) {
    const from = (Math.floor(line / kept.height) * height + (line % kept.height)) * width
    out.set(values.subarray(from, from + kept.width), line * kept.width)
  }
  return { channels, ...kept, values: out }
}

function fittedSize({ fit, width, height }: ImageInput['image'], { widthPx, heightPx }: ProbedImage): Size {
  if (fit === 'stretch') return { width, height }
  const factor = Math.min(width / widthPx, height / heightPx)
  const side = (pixels: number, most: number): number => Math.min(most, Math.max(1, Math.round(pixels * factor)))
  return { width: side(widthPx, width), height: side(heightPx, height) }
}
