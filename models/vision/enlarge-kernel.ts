// Enlarges pixels as PIL does, which is what models are trained on: libvips lays an enlarged picture half a pixel aside and so blurs it.
import type { RgbImage } from './sharp-settings.ts'

/** `area` has no enlargement of its own. */
type EnlargeKernel = 'linear' | 'cubic' | 'lanczos3'

/** Some of the rows, or of the columns, of an enlarged picture. */
interface Stretch {
  /** Pixels of the whole side, before and after. */
  readonly source: number
  readonly target: number
  /** Pixels of the target that are wanted. */
  readonly from: number
  readonly count: number
}

/** Source pixels `from` … of one target pixel, with weights whose sum is 1. */
interface Taps {
  readonly from: number
  readonly weights: Float64Array
}

interface Curve {
  /** In source pixels; further away the weight is 0. */
  readonly reach: number
  readonly weight: (distance: number) => number
}

const curves: Readonly<Record<EnlargeKernel, Curve>> = {
  linear: { reach: 1, weight: (x) => 1 - Math.abs(x) },
  cubic: { reach: 2, weight: keys },
  lanczos3: { reach: 3, weight: (x) => sinc(x) * sinc(x / 3) },
}

/** Which source pixels `enlargedRows` needs. */
export function neededSource(
  stretch: Stretch,
  kernel: EnlargeKernel,
): { readonly from: number; readonly count: number } {
  const taps = tapsOf(stretch, kernel)
  const from = Math.min(...taps.map((tap) => tap.from))
  return { from, count: Math.max(...taps.map((tap) => tap.from + tap.weights.length)) - from }
}

export function enlargedColumns(image: RgbImage, target: number, kernel: EnlargeKernel): RgbImage {
  const taps = tapsOf({ source: image.width, target, from: 0, count: target }, kernel)
  const data = new Uint8Array(target * image.height * 3)
  for (let y = 0; y < image.height; y += 1) {
    taps.forEach((tap, x) => {
      const at = (y * target + x) * 3
      mix(data, at, { from: image.data, at: (y * image.width + tap.from) * 3, step: 3, count: 3 }, tap.weights)
    })
  }
  return { data, width: target, height: image.height }
}

/** `top`: the source row at which `image` begins. */
export function enlargedRows(image: RgbImage, stretch: Stretch, top: number, kernel: EnlargeKernel): RgbImage {
  const line = image.width * 3
  const data = new Uint8Array(line * stretch.count)
  tapsOf(stretch, kernel).forEach((tap, y) => {
    mix(data, y * line, { from: image.data, at: (tap.from - top) * line, step: line, count: line }, tap.weights)
  })
  return { data, width: image.width, height: stretch.count }
}

interface Lines {
  readonly from: Uint8Array
  readonly at: number
  /** Bytes from one tap to the next. */
  readonly step: number
  /** Bytes side by side that are mixed alike. */
  readonly count: number
}

function mix(target: Uint8Array, to: number, { from, at, step, count }: Lines, weights: Float64Array): void {
  for (let byte = 0; byte < count; byte += 1) {
    let sum = 0.5
    for (let tap = 0; tap < weights.length; tap += 1) {
      sum += (weights[tap] as number) * (from[at + byte + tap * step] as number)
    }
    target[to + byte] = sum < 0 ? 0 : sum > 255 ? 255 : sum
  }
}

/** Weights at the borders are those of the pixels that there are, as PIL has it. */
function tapsOf({ source, target, from, count }: Stretch, kernel: EnlargeKernel): Taps[] {
  const { reach, weight } = curves[kernel]
  return Array.from({ length: count }, (_, index) => {
    const centre = ((from + index + 0.5) * source) / target
    const first = Math.max(0, Math.trunc(centre - reach + 0.5))
    const last = Math.min(source, Math.trunc(centre + reach + 0.5))
    const weights = Float64Array.from({ length: last - first }, (_value, tap) => weight(first + tap - centre + 0.5))
    const sum = weights.reduce((total, value) => total + value, 0)
    return { from: first, weights: weights.map((value) => value / sum) }
  })
}

/** Keys 1981 with a = −0.5. */
function keys(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}
