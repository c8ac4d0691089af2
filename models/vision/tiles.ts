// Cuts a large image into overlapping tiles and joins what a model says of them: masks by a feathered mean, scores by their maximum.
import type { Size } from './image-decoder.ts'

/** First pixels of the tiles along one side: regular steps, the last one moved back to end with the image. */
export function tileStarts(side: number, tile: number, overlap: number): readonly number[] {
  if (side <= tile) return [0]
  const step = Math.max(1, tile - overlap)
  const count = Math.ceil((side - overlap) / step)
  return Array.from({ length: count }, (_, index) => Math.min(index * step, side - tile))
}

/** Float32 planes over an image: `channels` × `height` × `width`. */
export interface Planes extends Size {
  readonly channels: number
  readonly values: Float32Array
}

/** Most values of a joined map (all channels): 16 MB. Larger ones are kept coarser by a whole factor. */
const maxCanvasValues = 4e6

export interface CanvasPlan {
  /** Of the scaled image, pixels. */
  readonly image: Size
  readonly tile: Size
  readonly overlapPx: number
  /** Of what the model gives for one tile. */
  readonly map: Size & { readonly channels: number }
}

export interface TileCanvas {
  /** Adds the map of the tile whose upper left corner is at `left`, `top` in the image. */
  add(map: Float32Array, left: number, top: number): void
  /** The weighted mean, over the whole image. */
  joined(): Planes
}

/**
 * Weight of a map's pixel: 1 in the middle, falling linearly over the overlap towards each edge, so that neighbours fade
 * into each other. At the border of the image all weights are equal in effect, as they are divided by their sum.
 */
export function createTileCanvas({ image, tile, overlapPx, map }: CanvasPlan): TileCanvas {
  const perCell = { x: tile.width / map.width, y: tile.height / map.height }
  const full = { width: Math.ceil(image.width / perCell.x), height: Math.ceil(image.height / perCell.y) }
  const factor = Math.max(1, Math.ceil(Math.sqrt((full.width * full.height * map.channels) / maxCanvasValues)))
  const width = Math.ceil(full.width / factor)
  const height = Math.ceil(full.height / factor)
  const plane = width * height
  const sums = new Float32Array(plane * map.channels)
  const weights = new Float32Array(plane)
  const across = feather(map.width, overlapPx / perCell.x)
  const down = feather(map.height, overlapPx / perCell.y)
  return {
    add(values, left, top) {
      const [x0, y0] = [Math.round(left / perCell.x), Math.round(top / perCell.y)]
      const columns = Math.min(map.width, full.width - x0)
      const rows = Math.min(map.height, full.height - y0)
      for (let y = 0; y < rows; y += 1) {
        const line = Math.floor((y0 + y) / factor) * width
        for (let x = 0; x < columns; x += 1) {
          const weight = (across[x] as number) * (down[y] as number)
          const cell = line + Math.floor((x0 + x) / factor)
          weights[cell] = (weights[cell] as number) + weight
          for (let channel = 0; channel < map.channels; channel += 1) {
            const value = values[(channel * map.height + y) * map.width + x] as number
            sums[channel * plane + cell] = (sums[channel * plane + cell] as number) + weight * value
          }
        }
      }
    },
    joined() {
      const values = sums.map((sum, index) => sum / Math.max(weights[index % plane] as number, 1e-12))
      return { channels: map.channels, width, height, values }
    },
  }
}

function feather(cells: number, overlap: number): Float32Array {
  const ramp = Math.max(1, overlap)
  return Float32Array.from({ length: cells }, (_, index) =>
    Math.min(1, (index + 0.5) / ramp, (cells - index - 0.5) / ramp),
  )
}
