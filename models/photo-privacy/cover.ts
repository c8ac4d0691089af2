// Covers regions of a photo for good: of each only the means of a few cells are left, with soft steps between them.
import type { RgbImage } from '../vision/sharp-settings.ts'
import type { Region } from './photo-regions.ts'

/** Across the shorter side of a region: a face or a number plate inside it comes to no more than two or three means. */
const mostCells = 5
const leastCellPx = 10

/** A copy with the regions covered; every pixel outside them is as it was. */
export function covered(photo: RgbImage, regions: readonly Region[]): RgbImage {
  const copy = { ...photo, data: Uint8Array.from(photo.data) }
  for (const region of regions) coverOne(copy, region)
  return copy
}

interface Cells {
  readonly columns: number
  readonly rows: number
  /** Three values a cell, row by row. */
  readonly means: Float64Array
}

function coverOne(photo: RgbImage, region: Region): void {
  const cells = meansOf(photo, region)
  const [width, height] = [region.right - region.left, region.bottom - region.top]
  for (let y = 0; y < height; y += 1) {
    const row = placeOf(y, height, cells.rows)
    for (let x = 0; x < width; x += 1) {
      const column = placeOf(x, width, cells.columns)
      const at = ((region.top + y) * photo.width + region.left + x) * 3
      for (let channel = 0; channel < 3; channel += 1) {
        photo.data[at + channel] = Math.round(between(cells, row, column, channel))
      }
    }
  }
}

function meansOf(photo: RgbImage, { left, top, right, bottom }: Region): Cells {
  const [width, height] = [right - left, bottom - top]
  const cellPx = Math.max(leastCellPx, Math.ceil(Math.min(width, height) / mostCells))
  const [columns, rows] = [Math.ceil(width / cellPx), Math.ceil(height / cellPx)]
  const sums = new Float64Array(columns * rows * 3)
  const counts = new Float64Array(columns * rows)
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * rows) / height)
    for (let x = 0; x < width; x += 1) {
      const cell = row * columns + Math.floor((x * columns) / width)
      const at = ((top + y) * photo.width + left + x) * 3
      counts[cell] = (counts[cell] ?? 0) + 1
      for (let channel = 0; channel < 3; channel += 1) {
        sums[cell * 3 + channel] = (sums[cell * 3 + channel] ?? 0) + (photo.data[at + channel] ?? 0)
      }
    }
  }
  return { columns, rows, means: sums.map((sum, index) => sum / Math.max(1, counts[Math.floor(index / 3)] ?? 1)) }
}

interface Place {
  readonly first: number
  readonly second: number
  /** Of the second. */
  readonly share: number
}

/** Between the middles of which two cells a pixel lies. */
function placeOf(pixel: number, pixels: number, cells: number): Place {
  const at = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5))
  const first = Math.floor(at)
  return { first, second: Math.min(cells - 1, first + 1), share: at - first }
}

function between({ columns, means }: Cells, row: Place, column: Place, channel: number): number {
  const mean = (y: number, x: number): number => means[(y * columns + x) * 3 + channel] ?? 0
  const above = mean(row.first, column.first) * (1 - column.share) + mean(row.first, column.second) * column.share
  const below = mean(row.second, column.first) * (1 - column.share) + mean(row.second, column.second) * column.share
  return above * (1 - row.share) + below * row.share
}
