// Draws scores over time as a heat map that a person can look at: lines of time, dark where all is well, bright where it is not.
import { heatColours } from '../../models/vision/colour-scale.ts'
import { sharpOfRgb } from '../../models/vision/sharp-settings.ts'

export interface ScoreGrid {
  /** Labels of the lines, top to bottom. */
  readonly lines: readonly string[]
  /** Labels along the top at a share 0..1 of the width. */
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
  readonly columns: number
  /** Line by line, 0..1; NaN: nothing was read. */
  readonly scores: Float32Array
  readonly title: string
}

const dayMs = 86_400_000
const binMs = 300_000
const maxDays = 366
const left = 92
const top = 44
const plotWidth = 1152
const unread = 0x40

/** One line a day, five minutes a column, the highest score of each; the newest 366 days. Times in the given offset from UTC. */
export function dayGrid(given: {
  readonly timesMs: readonly number[]
  readonly scores: readonly (number | undefined)[]
  readonly utcOffsetMin: number
  readonly title: string
}): ScoreGrid {
  const { timesMs, scores, utcOffsetMin, title } = given
  const local = timesMs.map((timeMs) => timeMs + utcOffsetMin * 60_000)
  const lastDay = Math.floor(local.reduce((a, b) => Math.max(a, b), 0) / dayMs)
  const firstDay = Math.max(
    lastDay - maxDays + 1,
    Math.floor(local.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) / dayMs),
  )
  const columns = dayMs / binMs
  const cells = new Float32Array((lastDay - firstDay + 1) * columns).fill(Number.NaN)
  local.forEach((timeMs, index) => {
    const cell = Math.floor((timeMs - firstDay * dayMs) / binMs)
    if (cell >= 0) raise(cells, cell, scores[index])
  })
  const lines = Array.from({ length: lastDay - firstDay + 1 }, (_, day) =>
    new Date((firstDay + day) * dayMs).toISOString().slice(0, 10),
  )
  const ticks = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) => ({ at: hour / 24, label: `${hour}:00` }))
  return { lines, ticks, columns, scores: cells, title }
}

/** One line a series over the whole time, the highest score of each column. */
export function seriesGrid(given: {
  readonly names: readonly string[]
  readonly timesMs: readonly number[]
  /** One list a series. */
  readonly scores: readonly (readonly (number | undefined)[])[]
  readonly title: string
}): ScoreGrid {
  const { names, timesMs, scores, title } = given
  const fromMs = timesMs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const spanMs = Math.max(1, timesMs.reduce((a, b) => Math.max(a, b), 0) - fromMs)
  const columns = Math.min(plotWidth, Math.max(1, timesMs.length))
  const cells = new Float32Array(names.length * columns).fill(Number.NaN)
  timesMs.forEach((timeMs, index) => {
    const column = Math.min(columns - 1, Math.floor(((timeMs - fromMs) / spanMs) * columns))
    scores.forEach((list, line) => raise(cells, line * columns + column, list[index]))
  })
  const ticks = [0, 0.2, 0.4, 0.6, 0.8].map((at) => ({ at, label: shortTime(fromMs + at * spanMs) }))
  return { lines: names, ticks, columns, scores: cells, title }
}

/** A PNG, 1260 pixels wide. */
export async function gridPng(grid: ScoreGrid): Promise<Uint8Array> {
  const { lines, columns, scores } = grid
  const lineHeight = Math.max(2, Math.min(24, Math.floor(1400 / Math.max(1, lines.length))))
  const [width, height] = [left + plotWidth + 16, top + lines.length * lineHeight + 16]
  const data = new Uint8Array(width * height * 3).fill(0xff)
  for (let y = 0; y < lines.length * lineHeight; y += 1) {
    const line = Math.floor(y / lineHeight) * columns
    for (let x = 0; x < plotWidth; x += 1) {
      const score = scores[line + Math.floor((x * columns) / plotWidth)] ?? Number.NaN
      const at = ((y + top) * width + left + x) * 3
      if (Number.isNaN(score)) data.fill(unread, at, at + 3)
      else data.set(heatColours.subarray(Math.round(score * 255) * 3, Math.round(score * 255) * 3 + 3), at)
    }
  }
  const labels = Buffer.from(labelsOf(grid, { width, height, lineHeight }))
  return sharpOfRgb({ data, width, height })
    .composite([{ input: labels, left: 0, top: 0 }])
    .png()
    .toBuffer()
}

function labelsOf(
  { lines, ticks, title }: ScoreGrid,
  { width, height, lineHeight }: { readonly width: number; readonly height: number; readonly lineHeight: number },
): string {
  const text = (x: number, y: number, label: string): string =>
    `<text x="${x}" y="${y}" font-family="sans-serif" font-size="12" fill="#222">${escaped(label)}</text>`
  const every = Math.ceil(14 / lineHeight)
  const named = lines.flatMap((label, line) =>
    line % every === 0 ? [text(6, top + line * lineHeight + Math.min(lineHeight, 14), label.slice(0, 14))] : [],
  )
  const marks = ticks.map(({ at, label }) => text(left + at * plotWidth, top - 6, label))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${text(6, 18, title)}${marks.join('')}${named.join('')}</svg>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function raise(cells: Float32Array, cell: number, score: number | undefined): void {
  if (score !== undefined && !(score <= (cells[cell] ?? Number.NaN))) cells[cell] = Math.min(1, Math.max(0, score))
}

function shortTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}
