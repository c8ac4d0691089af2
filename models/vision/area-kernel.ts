// Area averaging, each source pixel weighted by how much of it lies in the target pixel: OpenCV's INTER_AREA for a reduction.
import type { Size } from './image-decoder.ts'
import type { RgbImage } from './sharp-settings.ts'

/** Source pixels `from` … of one target pixel, with weights whose sum is 1. */
interface Span {
  readonly from: number
  readonly weights: readonly number[]
}

export function areaReduced({ data, width, height }: RgbImage, size: Size): RgbImage {
  const columns = spans(width, size.width)
  const lines = spans(height, size.height)
  const out = new Uint8Array(size.width * size.height * 3)
  const sums = new Float64Array(width * 3)
  lines.forEach((line, y) => {
    sums.fill(0)
    line.weights.forEach((weight, index) => {
      const row = (line.from + index) * width * 3
      for (let at = 0; at < sums.length; at += 1) sums[at] = (sums[at] ?? 0) + weight * (data[row + at] ?? 0)
    })
    columns.forEach(({ from, weights }, x) => {
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0
        for (let index = 0; index < weights.length; index += 1) {
          sum += (weights[index] ?? 0) * (sums[(from + index) * 3 + channel] ?? 0)
        }
        out[(y * size.width + x) * 3 + channel] = Math.round(sum)
      }
    })
  })
  return { data: out, ...size }
}

function spans(source: number, target: number): readonly Span[] {
  const step = source / target
  return Array.from({ length: target }, (_, index) => {
    const begin = index * step
    const end = Math.min(source, begin + step)
    const from = Math.min(source - 1, Math.floor(begin))
    const through = Math.max(from, Math.min(source - 1, Math.ceil(end) - 1))
    const parts = Array.from({ length: through - from + 1 }, (_, offset) => {
      const at = from + offset
      return Math.max(0, Math.min(end, at + 1) - Math.max(begin, at))
    })
    const sum = parts.reduce((total, part) => total + part, 0)
    return { from, weights: sum > 0 ? parts.map((part) => part / sum) : parts.map(() => 1 / parts.length) }
  })
}
