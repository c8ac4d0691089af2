// Runs a graph over a large image tile by tile, a band of rows in memory at a time.
import type { ImageInput } from '../manifest-image.ts'
import { decodeScaled, type Size } from './image-decoder.ts'
import type { ProbedImage } from './image-probe.ts'
import { describe, isMap, type GraphRunner, type ImageRun, type RawOutput } from './graph-runner.ts'
import { createTileCanvas, type Planes, type TileCanvas, tileStarts } from './tiles.ts'

/** A whole band is decoded at once; so many bytes at most, but at least one row of tiles. */
const maxBandBytes = 32 * 2 ** 20
/** Longest side of `seen`. */
const seenSide = 512
const scaleLimits = { least: 0.05, most: 4 } as const

/** `metresPerPixel`: of the image, where it is known. */
export async function runTiles(
  { definition, outputs, infer }: GraphRunner,
  probed: ProbedImage,
  metresPerPixel: number | undefined,
): Promise<ImageRun> {
  const image = definition
  const scaled = scaledSize(image, probed, metresPerPixel)
  const overlapPx = image.tile?.overlapPx ?? 0
  const tile = { width: image.width, height: image.height }
  const lefts = tileStarts(scaled.width, tile.width, overlapPx)
  const tops = tileStarts(scaled.height, tile.height, overlapPx)
  const joins = new Map(outputs.map(({ name }) => [name, createJoin({ image: scaled, tile, overlapPx })]))
  let decodeMs = 0
  let runMs = 0
  const began = performance.now()
  for (const rows of bandsOf(tops, scaled, tile.height)) {
    const from = performance.now()
    const [top = 0] = rows
    const height = Math.min(scaled.height, (rows.at(-1) ?? 0) + tile.height) - top
    const band = await decodeScaled(probed, scaled, image.kernel, { top, height })
    decodeMs += performance.now() - from
    for (const y of rows) {
      for (const x of lefts) {
        const started = performance.now()
        const raw = await infer(band, x, y - top)
        runMs += performance.now() - started
        for (const [name, join] of joins) join.add(raw.get(name), x, y)
      }
    }
  }
  const seen = await decodeScaled(probed, within(probed, seenSide), 'linear')
  const found = outputs.map((output) => describe(output, joins.get(output.name)?.joined()))
  const timings = { decodeMs, runMs, joinMs: performance.now() - began - decodeMs - runMs }
  return {
    outputs: found,
    width: probed.widthPx,
    height: probed.heightPx,
    seen,
    tiles: lefts.length * tops.length,
    timings,
  }
}

/** Joins one output over the tiles: a map by a feathered mean, anything else by the maximum of each value. */
function createJoin(plan: { readonly image: Size; readonly tile: Size; readonly overlapPx: number }) {
  let canvas: TileCanvas | undefined
  let largest: Float32Array | undefined
  return {
    add(raw: RawOutput | undefined, left: number, top: number): void {
      if (raw === undefined) return
      const { dims, values } = raw
      if (isMap(raw)) {
        const [channels = 0, height = 0, width = 0] = dims
        canvas ??= createTileCanvas({ ...plan, map: { channels, width, height } })
        canvas.add(values, left, top)
      } else {
        const before = largest
        largest =
          before === undefined ? values : values.map((value, index) => Math.max(value, before[index] ?? -Infinity))
      }
    },
    joined(): Planes | undefined {
      if (canvas !== undefined) return canvas.joined()
      return largest && { channels: largest.length, width: 1, height: 1, values: largest }
    },
  }
}

type Definition = ImageInput['image']

/** The size in which the image is cut into tiles: its own, or that of the manifest's ground resolution. */
export function scaledSize(
  { tile }: Definition,
  { widthPx, heightPx }: ProbedImage,
  metresPerPixel: number | undefined,
): Size {
  const wanted = tile?.metresPerPixel
  const ratio = wanted === undefined || metresPerPixel === undefined ? 1 : metresPerPixel / wanted
  const factor = Math.min(scaleLimits.most, Math.max(scaleLimits.least, ratio))
  const side = (pixels: number): number => Math.max(1, Math.round(pixels * factor))
  return { width: side(widthPx), height: side(heightPx) }
}

function within({ widthPx, heightPx }: ProbedImage, longest: number): Size {
  const factor = Math.min(1, longest / Math.max(widthPx, heightPx))
  return { width: Math.max(1, Math.round(widthPx * factor)), height: Math.max(1, Math.round(heightPx * factor)) }
}

/** The rows of tiles that are decoded together. */
function bandsOf(tops: readonly number[], { width }: Size, tileHeight: number): readonly (readonly number[])[] {
  const maxRows = Math.floor(maxBandBytes / (width * 3))
  const bands: number[][] = []
  for (const top of tops) {
    const last = bands.at(-1)
    if (last?.[0] !== undefined && top + tileHeight - last[0] <= maxRows) last.push(top)
    else bands.push([top])
  }
  return bands
}
