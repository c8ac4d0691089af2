// Shows where a score comes from: the picture with heat over it, the pieces over the threshold outlined.
import type { GatewayEvent } from '../../broker/contract/event.ts'
import { eventLimits } from '../../broker/contract/event-limits.ts'
import { heatColours } from './colour-scale.ts'
import type { ScoreMap } from './components.ts'
import type { Size } from './image-decoder.ts'
import { type RgbImage, sharpOfRgb } from './sharp-settings.ts'

/** Below this score nothing is drawn, so that a good part looks as it is; from 1 on the heat hides most of the picture. */
const visibleFrom = 0.1
const opacity = 0.75

/** The picture in its own size with the heat of the map; where `inside` is given, its border is drawn white. */
export function overlaid(picture: RgbImage, map: ScoreMap, inside?: Uint8Array): RgbImage {
  const { width, height } = picture
  const data = new Uint8Array(picture.data)
  const columns = Int32Array.from({ length: width }, (_, x) =>
    Math.min(map.width - 1, Math.floor(((x + 0.5) * map.width) / width)),
  )
  for (let y = 0; y < height; y += 1) {
    const line = Math.min(map.height - 1, Math.floor(((y + 0.5) * map.height) / height)) * map.width
    for (let x = 0; x < width; x += 1) {
      const score = Math.min(1, map.values[line + (columns[x] as number)] as number)
      if (!(score > visibleFrom)) continue
      const alpha = opacity * Math.min(1, (score - visibleFrom) / (0.6 - visibleFrom))
      const colour = Math.round(score * 255) * 3
      const at = (y * width + x) * 3
      for (let channel = 0; channel < 3; channel += 1) {
        const under = data[at + channel] as number
        data[at + channel] = under + alpha * ((heatColours[colour + channel] as number) - under)
      }
    }
  }
  if (inside !== undefined) outline({ data, width, height }, map, inside)
  return { data, width, height }
}

/** White pixels where a pixel of the picture is inside and its right or lower neighbour is not, or the other way round. */
function outline({ data, width, height }: { readonly data: Uint8Array } & Size, map: Size, inside: Uint8Array): void {
  const at = (x: number, y: number): number =>
    inside[Math.floor((y * map.height) / height) * map.width + Math.floor((x * map.width) / width)] as number
  for (let y = 0; y + 1 < height; y += 1) {
    for (let x = 0; x + 1 < width; x += 1) {
      const here = at(x, y)
      if (here === at(x + 1, y) && here === at(x, y + 1)) continue
      data.fill(255, (y * width + x) * 3, (y * width + x) * 3 + 3)
    }
  }
}

/** A PNG for a person to look at, at most `longest` pixels a side, in the proportions of the image. */
export async function heatPng(picture: RgbImage, image: Size, longest = 1600): Promise<Uint8Array> {
  const size = within(image, longest)
  return sharpOfRgb(picture).resize(size.width, size.height, { fit: 'fill' }).png().toBuffer()
}

const thumbnailSide = 320
const qualities = [75, 55, 35, 20] as const

/** A JPEG that travels with an event: at most 320 pixels a side and 30 kB, in the proportions of the image. */
export async function thumbnailJpeg(picture: RgbImage, image: Size): Promise<Uint8Array | undefined> {
  const { width, height } = within(image, thumbnailSide)
  const small = picture.width === width && picture.height === height
  const scaled = small
    ? sharpOfRgb(picture)
    : sharpOfRgb(picture).resize(width, height, { fit: 'fill', kernel: 'cubic' })
  for (const quality of qualities) {
    const jpeg = await scaled.clone().jpeg({ quality }).toBuffer()
    if (jpeg.length <= eventLimits.thumbnailBytes) return jpeg
  }
  return undefined
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
  const cells = Buffer.alloc(columns * rows)
  for (let y = 0; y < map.height; y += 1) {
    const line = Math.floor((y * rows) / map.height) * columns
    for (let x = 0; x < map.width; x += 1) {
      const cell = line + Math.floor((x * columns) / map.width)
      const value = Math.round(255 * Math.min(1, Math.max(0, map.values[y * map.width + x] as number)))
      if (value > (cells[cell] as number)) cells[cell] = value
    }
  }
  return { columns, rows, cells: cells.toString('base64') }
}
