// Looks for faces, people and vehicles in a photo, at scales from its own pixels to the whole at once, so that small and large ones are found.
import { AppError } from '../../broker/contract/app-error.ts'
import type { GraphRunner, RawOutput } from '../vision/graph-runner.ts'
import type { Size } from '../vision/image-decoder.ts'
import { type RgbImage, sharpOfRgb } from '../vision/sharp-settings.ts'
import { tileStarts } from '../vision/tiles.ts'

const privateThings = ['face', 'person', 'vehicle'] as const
export type PrivateThing = (typeof privateThings)[number]

/** Pixels of the photo; may reach beyond it. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Candidate extends Box {
  readonly thing: PrivateThing
  /** 0..1, not calibrated. */
  readonly score: number
}

export type LeastScores = Readonly<Record<PrivateThing, number>>

/** The next scale has half the sides; a photo that is so little larger than a tile is looked at as a whole instead. */
const wholeFrom = 1.2
/** A person or vehicle that fills so much of both sides of a tile says little: the tile of the next scale sees it whole. */
const mostOfTile = 0.8

/** Sizes at which a photo is looked at, its own first; the last one fits into one tile. */
export function scalesOf({ width, height }: Size, tile: Size): readonly Size[] {
  const sizes: Size[] = []
  const scaled = (factor: number): Size => ({
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  })
  const whole = Math.min(1, tile.width / width, tile.height / height)
  for (let factor = 1; factor > whole * wholeFrom; factor /= 2) sizes.push(scaled(factor))
  return [...sizes, scaled(whole)]
}

/** Every candidate at or over `least`, of all tiles of all scales. Throws AppError `model.failed`. */
export async function candidatesIn(
  runner: GraphRunner,
  photo: RgbImage,
  least: LeastScores,
): Promise<readonly Candidate[]> {
  const { definition: tile } = runner
  const found: Candidate[] = []
  const sizes = scalesOf(photo, tile)
  for (const size of sizes) {
    const isWhole = size === sizes.at(-1)
    const seen = await resized(photo, size)
    const factor = photo.width / size.width
    for (const top of tileStarts(size.height, tile.height, tile.tile?.overlapPx ?? 0)) {
      for (const left of tileStarts(size.width, tile.width, tile.tile?.overlapPx ?? 0)) {
        const raw = await runner.infer(seen, left, top)
        const place = { left, top, factor, tile, isWhole }
        found.push(...candidatesOf(outputsOf(runner, raw), place, least))
      }
    }
  }
  return found
}

interface BoxOutputs {
  readonly boxes: RawOutput
  readonly scores: RawOutput
  readonly classes: readonly string[]
}

function outputsOf({ outputs }: GraphRunner, raw: ReadonlyMap<string, RawOutput>): BoxOutputs {
  const named = (meaning: string) => outputs.find((output) => output.meaning === meaning)
  const boxes = raw.get(named('boxes')?.name ?? '')
  const scores = raw.get(named('box-scores')?.name ?? '')
  if (boxes === undefined || scores === undefined) throw new AppError('model.failed', 'the model gave no boxes')
  return { boxes, scores, classes: named('box-scores')?.classes ?? [] }
}

function candidatesOf(
  { boxes, scores, classes }: BoxOutputs,
  { left, top, factor, tile, isWhole }: { left: number; top: number; factor: number; tile: Size; isWhole: boolean },
  least: LeastScores,
): readonly Candidate[] {
  const found: Candidate[] = []
  for (const thing of privateThings) {
    const column = classes.indexOf(thing)
    for (let at = column, box = 0; at < scores.values.length; at += classes.length, box += 4) {
      const score = scores.values[at] ?? 0
      if (score < least[thing]) continue
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = boxes.values.subarray(box, box + 4)
      if (!isWhole && thing !== 'face' && Math.min(x1 - x0, y1 - y0) >= mostOfTile) continue
      const x = (share: number): number => (left + share * tile.width) * factor
      const y = (share: number): number => (top + share * tile.height) * factor
      found.push({ thing, score, left: x(x0), top: y(y0), right: x(x1), bottom: y(y1) })
    }
  }
  return found
}

async function resized(photo: RgbImage, { width, height }: Size): Promise<RgbImage> {
  if (width === photo.width && height === photo.height) return photo
  const data = await sharpOfRgb(photo).resize(width, height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer()
  return { data, width, height }
}
