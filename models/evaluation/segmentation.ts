// What the evaluations of masks share: counting pixels, intervals from drawing again, and reading images with their labels.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { SegmentationManifest } from '../manifest-image.ts'
import type { ImagePackage, ModelPackage } from '../model-package.ts'
import { seededRandom } from '../seeded-random.ts'
import type { ImageOutput } from '../vision/graph-runner.ts'
import { decodeScaled } from '../vision/image-decoder.ts'
import { probeImage } from '../vision/image-probe.ts'
import type { RgbImage } from '../vision/sharp-settings.ts'

/** Of pixels or patches: found rightly, found wrongly, missed. */
export type Counts = readonly [hit: number, wrong: number, missed: number]
export type Score = (counts: Counts) => number

export const iou: Score = ([hit, wrong, missed]) => hit / Math.max(1, hit + wrong + missed)
export const f1: Score = ([hit, wrong, missed]) => (2 * hit) / Math.max(1, 2 * hit + wrong + missed)

/** `found` and `truth` say of an index whether it counts; `judged`: which indices are looked at. */
export function overlap(
  length: number,
  found: (index: number) => boolean,
  truth: (index: number) => boolean,
  judged: (index: number) => boolean = () => true,
): Counts {
  let [hit, wrong, missed] = [0, 0, 0]
  for (let index = 0; index < length; index += 1) {
    if (!judged(index)) continue
    const [said, is] = [found(index), truth(index)]
    if (said && is) hit += 1
    else if (said) wrong += 1
    else if (is) missed += 1
  }
  return [hit, wrong, missed]
}

const draws = 2000
const seed = 20261122

/**
 * `0.712 (0.68–0.74)`: the score of the summed counts and its 95 % interval. Groups are drawn with replacement, then the images of
 * each drawn group.
 */
export function withInterval(groups: readonly string[], counts: readonly Counts[], score: Score): string {
  const members = [...Map.groupBy(counts.keys(), (index) => groups[index] ?? '').values()]
  const random = seededRandom(seed)
  const drawn = Array.from({ length: draws }, () => {
    const picked = members.flatMap(() => {
      const group = members[random.below(members.length)] ?? []
      return group.map(() => counts[group[random.below(group.length)] ?? -1] ?? none)
    })
    return score(total(picked))
  }).toSorted((a, b) => a - b)
  const at = (share: number): string => (drawn[Math.round(share * (draws - 1))] ?? Number.NaN).toFixed(3)
  return `${score(total(counts)).toFixed(3)} (${at(0.025)}–${at(0.975)})`
}

const none: Counts = [0, 0, 0]

function total(counts: readonly Counts[]): Counts {
  return counts.reduce((sum, [hit, wrong, missed]) => [sum[0] + hit, sum[1] + wrong, sum[2] + missed], none)
}

export interface LabelledImage {
  /** File name without its ending. */
  readonly name: string
  readonly group: string
  readonly file: string
}

export interface ReadLabelled {
  readonly bytes: Uint8Array
  readonly image: RgbImage
  /** Class index of each pixel. */
  readonly labels: Uint8Array
}

/** The images of a folder that have a label image (.png) beside them (.jpg), by name. Throws AppError `not-found`. */
export async function labelledImages(folder: string, groupOf: (name: string) => string): Promise<LabelledImage[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new AppError('not-found', `${folder} is not there: the images of the card`, { cause })
  })
  const found = names.filter((name) => name.endsWith('.png')).toSorted()
  if (found.length === 0) throw new AppError('not-found', `${folder} has no label images`)
  return found.map((file) => {
    const name = file.slice(0, -'.png'.length)
    return { name, group: groupOf(name), file: join(folder, name) }
  })
}

export async function readLabelled({ file }: LabelledImage): Promise<ReadLabelled> {
  const bytes = await readFile(`${file}.jpg`)
  const [image, marked] = [await pixelsOf(bytes), await pixelsOf(await readFile(`${file}.png`))]
  if (image.width !== marked.width || image.height !== marked.height)
    throw new AppError('payload.malformed', `${file}: image and labels differ in size`)
  return {
    bytes,
    image,
    labels: Uint8Array.from({ length: marked.width * marked.height }, (_, at) => marked.data[at * 3] ?? 0),
  }
}

async function pixelsOf(bytes: Uint8Array): Promise<RgbImage> {
  const probed = await probeImage(bytes)
  return decodeScaled(probed, { width: probed.widthPx, height: probed.heightPx }, 'linear')
}

/** Throws AppError `model.invalid` for a package of another task. */
export function segmentationPackage(model: ModelPackage): ImagePackage<SegmentationManifest> {
  const { manifest } = model
  if (manifest.task !== 'segmentation') throw new AppError('model.invalid', `${manifest.id} is no segmentation`)
  return model as ImagePackage<SegmentationManifest>
}

/** One class of a mask in the size of the image: bilinear, pixel centres on pixel centres, as the trainer enlarges it. */
export function enlarged(mask: ImageOutput | undefined, name: string, width: number, height: number): Float32Array {
  const channel = mask?.classes.indexOf(name) ?? -1
  if (mask === undefined || channel < 0) throw new AppError('model.failed', `the model has no mask of ${name}`)
  const plane = mask.values.subarray(channel * mask.width * mask.height, (channel + 1) * mask.width * mask.height)
  const across = steps(mask.width, width)
  const down = steps(mask.height, height)
  const values = new Float32Array(width * height)
  down.forEach(({ low: top, high: bottom, share: lower }, y) => {
    across.forEach(({ low, high, share }, x) => {
      const at = (row: number, column: number): number => plane[row * mask.width + column] as number
      const above = at(top, low) * (1 - share) + at(top, high) * share
      const below = at(bottom, low) * (1 - share) + at(bottom, high) * share
      values[y * width + x] = above * (1 - lower) + below * lower
    })
  })
  return values
}

function steps(from: number, to: number): readonly { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, index) => {
    const at = Math.max(0, ((index + 0.5) * from) / to - 0.5)
    const low = Math.min(from - 1, Math.floor(at))
    return { low, high: Math.min(from - 1, low + 1), share: at - low }
  })
}
