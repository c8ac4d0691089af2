// Shows where a score comes from: the picture with heat over it, the pieces over the threshold outlined.
import type { GatewayEvent } from '../../broker/contract/event.ts'
import { eventLimits } from '../../broker/contract/event-limits.ts'
import { heatColours } from './colour-scale.ts'
import type { ScoreMap } from './components.ts'
import type { Size } from './image-decoder.ts'
import { type RgbImage, sharpOfRgb } from './sharp-settings.ts'

/** Below the first score nothing is drawn, so that a good part looks as it is; from the second on the heat hides most of the picture. */
const visibleFrom = 0.1
const fullFrom = 0.6
const opacity = 0.75

/** The picture in its own size with the heat of the map; where `inside` is given, its border is drawn white. */
export function overlaid(picture: RgbImage, map: ScoreMap, inside?: Uint8Array): RgbImage {
  const { width, height } = picture
  const drawn = { data: new Uint8Array(picture.data), width, height }
  const cells = cellsUnder(picture, map)
  tint(drawn, cells, new Uint8Array(map.values.map(levelOf)))
  if (inside !== undefined) outline(drawn, cells, inside)
  return drawn
}

/** The cell of the map under a pixel is `rows[y] + columns[x]`. */
interface CellsUnder {
  readonly columns: Int32Array
  readonly rows: Int32Array
}

function cellsUnder(picture: Size, map: Size): CellsUnder {
  const under = (pixels: number, cells: number, step: number): Int32Array =>
    Int32Array.from({ length: pixels }, (_, at) => Math.floor(((at + 0.5) * cells) / pixels) * step)
  return { columns: under(picture.width, map.width, 1), rows: under(picture.height, map.height, map.width) }
}

/** A score as one of 256 levels, so that what it does to a pixel is looked up. */
const levelOf = (score: number): number => Math.round(255 * Math.min(1, Math.max(0, score)))
const coolest = levelOf(visibleFrom)

/** Of each level: how much of the picture stays visible, 0..256. */
const kept = Int32Array.from({ length: 256 }, (_, level) => {
  const heat = (level / 255 - visibleFrom) / (fullFrom - visibleFrom)
  return Math.round(256 * (1 - opacity * Math.min(1, Math.max(0, heat))))
})
/** Of each level and channel: what the heat adds, times 256, with a half for rounding. */
const added = Int32Array.from(heatColours, (colour, at) => colour * (256 - (kept[Math.floor(at / 3)] ?? 0)) + 128)

function tint({ data, width, height }: RgbImage, { columns, rows }: CellsUnder, levels: Uint8Array): void {
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = rows[y] as number
    for (let x = 0; x < width; x += 1, at += 3) {
      const level = levels[row + (columns[x] as number)] as number
      if (level <= coolest) continue
      const keep = kept[level] as number
      data[at] = ((data[at] as number) * keep + (added[level * 3] as number)) >> 8
      data[at + 1] = ((data[at + 1] as number) * keep + (added[level * 3 + 1] as number)) >> 8
      data[at + 2] = ((data[at + 2] as number) * keep + (added[level * 3 + 2] as number)) >> 8
    }
  }
}

/** White where a pixel is inside and the one to its left or above it is not, or the other way round. */
function outline({ data, width, height }: RgbImage, { columns, rows }: CellsUnder, inside: Uint8Array): void {
  for (let y = 1; y < height; y += 1) {
    const row = rows[y] as number
    const above = rows[y - 1] as number
    for (let x = 1, at = (y * width + 1) * 3; x < width; x += 1, at += 3) {
      const column = columns[x] as number
      const here = inside[row + column]
      if (here === inside[row + (columns[x - 1] as number)] && here === inside[above + column]) continue
      data[at] = 255
      data[at + 1] = 255
      data[at + 2] = 255
    }
  }
}

/** A PNG for a person to look at, at most `longest` pixels a side, in the proportions of the image. */
export async function heatPng(picture: RgbImage, image: Size, longest = 1600): Promise<Uint8Array> {
  const size = within(image, longest)
  return sharpOfRgb(picture).resize(size.width, size.height, { fit: 'fill' }).png().toBuffer()
}

const thumbnailSide = 320
/** The first that gives few enough bytes. */
const qualities = [75, 55, 35, 20] as const

/** A JPEG that travels with an event: at most 320 pixels a side and 30 kB, in the proportions of the image. */
export async function thumbnailJpeg(picture: RgbImage, image: Size): Promise<Uint8Array | undefined> {
  const { width, height } = within(image, Math.min(thumbnailSide, longestSeen(picture, image)))
  const isSize = picture.width === width && picture.height === height
  for (const quality of qualities) {
    const whole = sharpOfRgb(picture)
    const scaled = isSize ? whole : whole.resize(width, height, { fit: 'fill', kernel: 'linear' })
    const jpeg = await scaled.jpeg({ quality }).toBuffer()
    if (jpeg.length <= eventLimits.thumbnailBytes) return jpeg
  }
  return undefined
}

/** The longest side in the proportions of the image for which neither side of the picture is enlarged: there is no more to see. */
function longestSeen(picture: Size, image: Size): number {
  const factor = Math.min(picture.width / image.width, picture.height / image.height)
  return Math.round(Math.max(image.width, image.height) * factor)
}

function within({ width, height }: Size, longest: number): Size {
  const factor = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

/** The map as the coarse grid of an event: each cell the greatest score in it, so that a small spot stays visible. */
export function heatCells(map: ScoreMap, longest = 32): NonNullable<GatewayEvent['heat']> {
  const factor = Math.min(1, longest / Math.max(map.width, map.height))
  const columns = Math.max(1, Math.round(map.width * factor))
  const rows = Math.max(1, Math.round(map.height * factor))
  const most = new Float32Array(columns * rows)
  for (let y = 0, at = 0; y < map.height; y += 1) {
    const line = Math.floor((y * rows) / map.height) * columns
    for (let x = 0; x < map.width; x += 1, at += 1) {
      const cell = line + Math.floor((x * columns) / map.width)
      const value = map.values[at] as number
      if (value > (most[cell] as number)) most[cell] = value
    }
  }
  const cells = Buffer.from(most.map((value) => Math.round(255 * Math.min(1, value))))
  return { columns, rows, cells: cells.toString('base64') }
}
