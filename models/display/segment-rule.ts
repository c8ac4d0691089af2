// The reader that learns nothing: a threshold, gaps between digits, and seven places in each where a segment is or is not.
import type { RgbImage } from '../vision/sharp-settings.ts'
import { segmentCodes } from './drawn-glyphs.ts'

/** The digits of a seven-segment display; undefined where what is seen is none. */
export function readSegments(image: RgbImage): string | undefined {
  const { width, height } = image
  const lit = withoutBorder(litPixels(image), width, height)
  const rows = extent(height, (y) => anyOf(width, (x) => lit[y * width + x] === 1))
  if (rows === undefined) return undefined
  const columns = Array.from({ length: width }, (_, x) => countOf(rows, (y) => lit[y * width + x] === 1))
  const boxes = joined(runs(columns.map((count) => count > 0)))
  const tall = rows.end - rows.start
  const digits = boxes.flatMap((box) => {
    const part = extentIn(rows, (y) => anyIn(box, (x) => lit[y * width + x] === 1))
    return part === undefined || part.end - part.start < 0.55 * tall ? [] : [digitOf(lit, width, box, part, tall)]
  })
  return digits.length === 0 || digits.includes(undefined) ? undefined : digits.join('')
}

interface Span {
  readonly start: number
  /** First one after it. */
  readonly end: number
}

/** 1 where a pixel belongs to the digits: the rarer side of Otsu's threshold. */
function litPixels({ data, width, height }: RgbImage): Uint8Array {
  const grey = Uint8Array.from({ length: width * height }, (_, at) =>
    Math.max(data[at * 3] ?? 0, data[at * 3 + 1] ?? 0, data[at * 3 + 2] ?? 0),
  )
  const limit = otsu(grey)
  const bright = grey.reduce((sum, value) => sum + (value > limit ? 1 : 0), 0)
  const digitsAreBright = bright * 2 < grey.length
  return grey.map((value) => (value > limit === digitsAreBright ? 1 : 0))
}

/** Clears what is joined to the edge of the picture: the rim of the display, not its digits. */
function withoutBorder(lit: Uint8Array, width: number, height: number): Uint8Array {
  const waiting: number[] = []
  const clear = (at: number): void => {
    if (lit[at] !== 1) return
    lit[at] = 0
    waiting.push(at)
  }
  for (let x = 0; x < width; x += 1) [x, (height - 1) * width + x].forEach(clear)
  for (let y = 0; y < height; y += 1) [y * width, y * width + width - 1].forEach(clear)
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const x = at % width
    if (x > 0) clear(at - 1)
    if (x < width - 1) clear(at + 1)
    if (at >= width) clear(at - width)
    if (at < (height - 1) * width) clear(at + width)
  }
  return lit
}

/** The threshold that parts the values into the two groups with the least spread within (Otsu 1979). */
function otsu(values: Uint8Array): number {
  const counts = new Float64Array(256)
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  const total = counts.reduce((sum, count, value) => sum + count * value, 0)
  let [below, sumBelow, best, limit] = [0, 0, -1, 127]
  for (let value = 0; value < 256; value += 1) {
    below += counts[value] ?? 0
    sumBelow += (counts[value] ?? 0) * value
    const above = values.length - below
    if (below === 0 || above === 0) continue
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2
    if (between > best) [best, limit] = [between, value]
  }
  return limit
}

function digitOf(lit: Uint8Array, width: number, box: Span, rows: Span, tall: number): string | undefined {
  const wide = box.end - box.start
  if (wide < 0.3 * tall) return '1'
  const share = (x0: number, x1: number, y0: number, y1: number): number => {
    let [found, all] = [0, 0]
    for (
      let y = Math.round(rows.start + y0 * (rows.end - rows.start));
      y < rows.start + y1 * (rows.end - rows.start);
      y += 1
    ) {
      for (let x = Math.round(box.start + x0 * wide); x < box.start + x1 * wide; x += 1) {
        found += lit[y * width + x] ?? 0
        all += 1
      }
    }
    return all === 0 ? 0 : found / all
  }
  const places = [
    [0.3, 0.7, 0, 0.14],
    [0.75, 1, 0.2, 0.4],
    [0.75, 1, 0.6, 0.8],
    [0.3, 0.7, 0.86, 1],
    [0, 0.25, 0.6, 0.8],
    [0, 0.25, 0.2, 0.4],
    [0.3, 0.7, 0.43, 0.57],
  ] as const
  const code = places.reduce((sum, [x0, x1, y0, y1], bit) => sum | (share(x0, x1, y0, y1) > 0.45 ? 1 << bit : 0), 0)
  return Object.entries(segmentCodes).find(([, known]) => known === code)?.[0]
}

function runs(filled: readonly boolean[]): readonly Span[] {
  const found: { start: number; end: number }[] = []
  filled.forEach((isFilled, at) => {
    const last = found.at(-1)
    if (!isFilled) return
    if (last?.end === at) last.end = at + 1
    else found.push({ start: at, end: at + 1 })
  })
  return found
}

/** Specks of one column are no digit. */
function joined(spans: readonly Span[]): readonly Span[] {
  return spans.filter(({ start, end }) => end - start > 1)
}

const anyOf = (length: number, test: (at: number) => boolean): boolean => anyIn({ start: 0, end: length }, test)

function anyIn({ start, end }: Span, test: (at: number) => boolean): boolean {
  for (let at = start; at < end; at += 1) if (test(at)) return true
  return false
}

function countOf({ start, end }: Span, test: (at: number) => boolean): number {
  let count = 0
  for (let at = start; at < end; at += 1) count += test(at) ? 1 : 0
  return count
}

const extent = (length: number, test: (at: number) => boolean): Span | undefined =>
  extentIn({ start: 0, end: length }, test)

function extentIn({ start, end }: Span, test: (at: number) => boolean): Span | undefined {
  let [first, last] = [-1, -1]
  for (let at = start; at < end; at += 1) {
    if (!test(at)) continue
    if (first < 0) first = at
    last = at
  }
  return first < 0 ? undefined : { start: first, end: last + 1 }
}
