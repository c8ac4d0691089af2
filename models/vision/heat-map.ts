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
  const data = new Uint8Array(picture.data)
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * map.width) / width))
  /** Whether a pixel of the row above was inside. */
  const above = new Uint8Array(width)
  for (let y = 0; y < height; y += 1) {
    const line = Math.floor(((y + 0.5) * map.height) / height) * map.width
    let left = 0
    for (let x = 0, at = y * width * 3; x < width; x += 1, at += 3) {
      const cell = line + (columns[x] as number)
      const score = map.values[cell] as number
      if (score > visibleFrom) tint(data, at, score)
      if (inside === undefined) continue
      const here = inside[cell] as number
      if (x > 0 && y > 0 && (here !== left || here !== above[x])) data.fill(255, at, at + 3)
      left = here
      above[x] = here
    }
  }
  return { data, width, height }
}

function tint(data: Uint8Array, at: number, score: number): void {
  const alpha = opacity * Math.min(1, (score - visibleFrom) / (fullFrom - visibleFrom))
  const colour = Math.round(Math.min(1, score) * 255) * 3
  for (let channel = 0; channel < 3; channel += 1) {
    const under = data[at + channel] as number
    data[at + channel] = under + alpha * ((heatColours[colour + channel] as number) - under)
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
  // What the model saw is not enlarged: there is no more to see.
  const { width, height } = within(image, Math.min(thumbnailSide, Math.max(picture.width, picture.height)))
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
