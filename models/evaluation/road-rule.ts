// The rule that road-damage is compared with: dark and rough places inside the usual area of the road, no learning.
import type { RgbImage } from '../vision/sharp-settings.ts'
import { type LabelledImage, readLabelled } from './segmentation.ts'

export interface RoadRule {
  readonly description: string
  /** 1 where a pixel is darker than its surroundings. */
  dark(image: RgbImage): Uint8Array
  potholes(image: RgbImage): Uint8Array
  /** A patch with so many dark pixels is damaged. */
  readonly leastPatchPixels: number
}

/** The thresholds that train_segmentation.py found best on the training segments. */
const chosen = {
  darkSigmaPx: 8,
  darkFrom: 0.07,
  leastPatchPixels: 1,
  roughSigmaPx: 4,
  potholeFrom: 0.04296875,
} as const

/** The area is where most training images have road. All images must have one size. */
export async function createRoadRule(
  training: readonly LabelledImage[],
  progress: (done: number) => void,
): Promise<RoadRule> {
  let road = new Uint32Array()
  for (const [index, image] of training.entries()) {
    const { labels } = await readLabelled(image)
    if (road.length === 0) road = new Uint32Array(labels.length)
    labels.forEach((label, at) => {
      if (label > 0) road[at] = (road[at] ?? 0) + 1
    })
    progress(index + 1)
  }
  const inArea = (index: number): boolean => (road[index] ?? 0) > training.length / 2
  const where = (values: Float32Array, from: number): Uint8Array =>
    Uint8Array.from(values, (value, index) => Number(inArea(index) && value > from))
  const { darkSigmaPx, darkFrom, leastPatchPixels, roughSigmaPx, potholeFrom } = chosen
  return {
    description:
      `inside the usual road area; pothole: roughness (${roughSigmaPx} px) > ${potholeFrom.toFixed(3)}; patch: ${leastPatchPixels} or more ` +
      `pixels darker than their surroundings (${darkSigmaPx} px) by > ${darkFrom}; all chosen on the training segments`,
    dark: (image) => where(darkness(image, darkSigmaPx), darkFrom),
    potholes: (image) => where(roughness(image, roughSigmaPx), potholeFrom),
    leastPatchPixels,
  }
}

/** How much darker a pixel is than its surroundings, −1..1. */
function darkness(image: RgbImage, sigmaPx: number): Float32Array {
  const grey = greyOf(image)
  const [around, here] = [blurred(grey, image, sigmaPx), blurred(grey, image, 1)]
  return around.map((value, index) => value - (here[index] ?? 0))
}

/** Standard deviation of the brightness around a pixel, 0..1. */
function roughness(image: RgbImage, sigmaPx: number): Float32Array {
  const grey = greyOf(image)
  const mean = blurred(grey, image, sigmaPx)
  const square = blurred(
    grey.map((value) => value * value),
    image,
    sigmaPx,
  )
  return square.map((value, index) => Math.sqrt(Math.max(0, value - (mean[index] ?? 0) ** 2)))
}

/** ITU-R 601 luma in steps of 8 bits, 0..1. */
function greyOf({ data, width, height }: RgbImage): Float32Array {
  return Float32Array.from({ length: width * height }, (_, index) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(index * 3, index * 3 + 3)
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue) / 255
  })
}

/** Gaussian blur to four sigma; the image is mirrored at its border without repeating the last pixel. */
function blurred(
  values: Float32Array,
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  sigmaPx: number,
): Float32Array {
  const reach = Math.round(sigmaPx * 4)
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigmaPx ** 2)),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const mirrored = (at: number, side: number): number => {
    const folded = Math.abs(at) % (2 * side - 2)
    return folded < side ? folded : 2 * side - 2 - folded
  }
  const pass = (from: Float32Array, side: number, stride: number, other: number, otherStride: number): Float32Array => {
    const to = new Float32Array(from.length)
    for (let line = 0; line < other; line += 1) {
      const base = line * otherStride
      for (let at = 0; at < side; at += 1) {
        let total = 0
        for (let step = -reach; step <= reach; step += 1) {
          total += (weights[step + reach] as number) * (from[base + mirrored(at + step, side) * stride] as number)
        }
        to[base + at * stride] = total / sum
      }
    }
    return to
  }
  return pass(pass(values, width, 1, height, width), height, width, width, 1)
}
