import { parquetReadObjects } from 'hyparquet'
import fc from 'fast-check'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import type { StoredReading } from '../store/store.ts'
import { csvOf } from './csv-export.ts'
import { parquetOf } from './parquet-export.ts'
import { readingPages, type ReadingPage } from './reading-pages.ts'

const beginMs = Date.UTC(2026, 10, 23)
const keys = ['kimitsu/paddy/probe:level', 'kimitsu/paddy/probe:gate', '=cmd/x/y:z'] as const

/** A store that holds these readings, in time order per series. */
function storeOf(readings: readonly StoredReading[]) {
  return {
    readings: (query: { series: number; fromMs: number; toMs: number; limit: number }) => {
      const fits = (reading: StoredReading) =>
        reading.series === query.series && reading.timeMs >= query.fromMs && reading.timeMs < query.toMs
      const found = readings.filter(fits).toSorted((a, b) => a.timeMs - b.timeMs)
      return Promise.resolve(found.slice(0, query.limit))
    },
  }
}

const series = keys.map((key, id) => ({ id, key, unit: id === 0 ? 'm' : undefined }))
const span = { fromMs: beginMs, toMs: beginMs + 1_000_000 }

async function pagesOf(readings: readonly StoredReading[], rows: number): Promise<readonly ReadingPage[]> {
  const pages: ReadingPage[] = []
  for await (const page of readingPages(storeOf(readings), series, { ...span, rows })) pages.push(page)
  return pages
}

async function* given<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item)
}

const reading = fc.record({
  series: fc.integer({ min: 0, max: 2 }),
  timeMs: fc.integer({ min: 0, max: 30 }).map((offset) => beginMs + offset),
  value: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.constant(null),
  ),
  quality: fc.constantFrom(0, 1, 2),
  text: fc.oneof(fc.constant(null), fc.constantFrom('開', 'a,"b"\r\nc', '=1+1', '@x', '-3', 'plain')),
})

describe('an export of readings', () => {
  it('gives each reading once and in order, however small its pages and however many share an instant', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), async (readings, rows) => {
        const exported = (await pagesOf(readings, rows)).flatMap((page) => page.readings)
        const wanted = series.flatMap(({ id }) =>
          readings.filter((one) => one.series === id).toSorted((a, b) => a.timeMs - b.timeMs),
        )
        expect(exported).toEqual(wanted)
      }),
    )
  })

  it('is CSV that another reader understands, and no spreadsheet takes a text of it for a formula', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 40 }), async (readings) => {
        const pages = await pagesOf(readings, 5)
        let text = ''
        for await (const part of csvOf(given(pages), { bom: true })) text += part
        const rows: Record<string, string>[] = parse(text, { bom: true, columns: true })
        const flat = pages.flatMap((page) => page.readings.map((one) => ({ ...one, key: page.series })))
        expect(rows.map(({ time, value }) => [Date.parse(time ?? ''), value === '' ? null : Number(value)])).toEqual(
          flat.map(({ timeMs, value }) => [timeMs, value]),
        )
        for (const [place, { key, text: said }] of flat.entries()) {
          expect(rows[place]?.['series']).toBe(key.startsWith('=') ? `'${key}` : key)
          expect(rows[place]?.['text']).not.toMatch(/^[=+\-@]/)
          expect(rows[place]?.['text']?.endsWith(said ?? '')).toBe(true)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('is Parquet that another reader understands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 40 }), async (readings) => {
        const pages = await pagesOf(readings, 5)
        const chunks: Uint8Array[] = []
        for await (const chunk of parquetOf(given(pages))) chunks.push(chunk)
        const file = Uint8Array.from(Buffer.concat(chunks)).buffer
        const rows = await parquetReadObjects({ file })
        expect(rows).toEqual(
          pages.flatMap(({ series: key, unit, readings: page }) =>
            page.map(({ timeMs, value, quality, text }) => ({
              series: key,
              time: new Date(timeMs),
              value,
              unit: unit ?? null,
              quality: ['good', 'uncertain', 'bad'][quality],
              text,
            })),
          ),
        )
      }),
      { numRuns: 40 },
    )
  })
})
