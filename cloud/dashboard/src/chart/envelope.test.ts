import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayUnit } from '../format/units.ts'
import { alignColumns, columnsOf, extentOf, inDisplayUnit } from './drawn-columns.ts'
import { bucketAt, bucketNear, envelopeOf, gapsOf, spliced, withReading, type Envelope } from './envelope.ts'
import { gridOf, type Grid } from './time-window.ts'

const minute = 60_000
const grid: Grid = { fromMs: 0, toMs: 100 * minute, widthMs: minute }
const at = (minutes: readonly number[]): Envelope =>
  minutes.map((place) => ({ fromMs: place * minute, toMs: (place + 1) * minute, min: 1, mean: 2, max: 3, count: 1 }))

interface Raw {
  readonly timeMs: number
  readonly value: number
}

/** What the hub answers for a grid, by its definition: aggregates over equal spans, empty ones left out. */
function hubAnswer(raw: readonly Raw[], { fromMs, toMs, widthMs }: Grid): Envelope {
  const inside = raw.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs)
  const spans = Map.groupBy(inside, ({ timeMs }) => fromMs + Math.floor((timeMs - fromMs) / widthMs) * widthMs)
  const sorted = [...spans]
    .toSorted(([a], [b]) => a - b)
    .map(([time, readings]) => ({ time, values: readings.map(({ value }) => value) }))
  return envelopeOf(
    {
      from: fromMs,
      to: toMs,
      time: sorted.map(({ time }) => time),
      min: sorted.map(({ values }) => Math.min(...values)),
      mean: sorted.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length),
      max: sorted.map(({ values }) => Math.max(...values)),
      count: sorted.map(({ values }) => values.length),
    },
    widthMs,
  )
}

const spanMs = 3 * 3_600_000
const raws = fc.array(
  fc.record({ timeMs: fc.integer({ min: 0, max: spanMs }), value: fc.double({ min: -1e6, max: 1e6, noNaN: true }) }),
  { minLength: 1, maxLength: 200 },
)

describe('the drawn envelope', () => {
  it('holds every reading, whatever came live, whatever was zoomed into, at any width', () => {
    const cuts = fc.record({
      raw: raws,
      loadedMs: fc.integer({ min: 0, max: spanMs }),
      zoomMs: fc.tuple(fc.integer({ min: 0, max: spanMs }), fc.integer({ min: 60_000, max: spanMs })),
      spans: fc.tuple(fc.integer({ min: 5, max: 400 }), fc.integer({ min: 5, max: 400 })),
    })
    fc.assert(
      fc.property(cuts, ({ raw, loadedMs, zoomMs: [zoomFrom, zoomLength], spans: [coarse, fine] }) => {
        const whole = gridOf({ fromMs: 0, toMs: spanMs + 1 }, coarse)
        const zoom = gridOf({ fromMs: zoomFrom, toMs: zoomFrom + zoomLength }, fine)
        const stored = raw.filter(({ timeMs }) => timeMs < loadedMs)
        const live = raw.filter(({ timeMs }) => timeMs >= loadedMs)
        const detail = live
          .filter(({ timeMs }) => timeMs >= zoom.fromMs && timeMs < zoom.toMs)
          .reduce((envelope, reading) => withReading(envelope, reading, zoom), hubAnswer(stored, zoom))
        const overview = live.reduce(
          (envelope, reading) => withReading(envelope, reading, whole),
          hubAnswer(stored, whole),
        )
        const shown = spliced(overview, detail, zoom)
        for (const { timeMs, value } of raw) {
          const bucket = bucketAt(shown, timeMs)
          expect(bucket?.min).toBeLessThanOrEqual(value)
          expect(bucket?.max).toBeGreaterThanOrEqual(value)
        }
        const [time, , min, max] = alignColumns([columnsOf(shown)])
        expect(time.length).toBe(new Set(time).size)
        const values = raw.map(({ value }) => value)
        const drawn = (column: typeof min): number[] => (column ?? []).filter((value) => typeof value === 'number')
        expect(Math.min(...drawn(min))).toBe(Math.min(...values))
        expect(Math.max(...drawn(max))).toBe(Math.max(...values))
      }),
    )
  })

  it('is in order and never overlaps, whatever the order of arrival', () => {
    fc.assert(
      fc.property(raws, fc.integer({ min: 5, max: 400 }), (raw, spans) => {
        const whole = gridOf({ fromMs: 0, toMs: spanMs + 1 }, spans)
        const envelope = raw.reduce<Envelope>((known, reading) => withReading(known, reading, whole), [])
        for (const [index, bucket] of envelope.slice(1).entries()) {
          expect(bucket.fromMs).toBeGreaterThanOrEqual(envelope[index]?.toMs ?? Infinity)
        }
        expect(envelope.reduce((sum, { count }) => sum + count, 0)).toBe(raw.length)
      }),
    )
  })
})

describe('an envelope', () => {
  it('takes a reading into its bucket, or opens one on the grid', () => {
    const [first, second] = withReading(
      withReading(at([0]), { timeMs: 30_000, value: 9 }, grid),
      { timeMs: 90_000, value: 4 },
      grid,
    )
    expect(first).toEqual({ fromMs: 0, toMs: minute, min: 1, mean: 5.5, max: 9, count: 2 })
    expect(second).toEqual({ fromMs: minute, toMs: 2 * minute, min: 4, mean: 4, max: 4, count: 1 })
  })

  it('keeps both ends of a coarse bucket around finer ones', () => {
    const [coarse] = at([0])
    if (coarse === undefined) throw new Error('no bucket')
    const fine = [{ ...coarse, fromMs: 20_000, toMs: 30_000 }]
    const shown = spliced([coarse], fine, { fromMs: 20_000, toMs: 40_000 })
    expect(shown.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 20_000],
      [20_000, 30_000],
      [40_000, minute],
    ])
  })

  it('has a gap where it is silent for longer than it usually is', () => {
    expect(gapsOf(at([0, 1, 2, 60]))).toEqual([{ fromMs: 3 * minute, toMs: 60 * minute }])
    expect(gapsOf(at([0, 10, 20]))).toEqual([])
    const readMoreOften = at([0, 10, 20, 30, 31, 32, 33, 34, 35, 36, 37, 38])
    // Only the last of the long steps, which could as well be a silence.
    expect(gapsOf(readMoreOften)).toEqual([{ fromMs: 21 * minute, toMs: 30 * minute }])
    expect(gapsOf(at([0, 1, 2, 30, 60, 61, 62])).map(({ fromMs }) => fromMs / minute)).toEqual([3, 31])
    expect(columnsOf(at([0, 1, 60])).mean).toEqual([2, 2, null, 2])
  })

  it('has the nearest reading at a time, as long as the time lies in no gap', () => {
    const slow = at([0, 30, 60, 600])
    const near = (minutes: number): number | undefined => {
      const found = bucketNear(slow, minutes * minute, gapsOf(slow))
      return found === undefined ? undefined : found.fromMs / minute
    }
    expect([0, 14, 20, 62, 200, 560, 700].map(near)).toEqual([0, 0, 30, undefined, undefined, undefined, undefined])
  })

  it('tells its extent by the least and the greatest, and its mean by the readings', () => {
    const [one, other] = at([0, 1])
    if (one === undefined || other === undefined) throw new Error('no bucket')
    expect(extentOf([one, { ...other, mean: 3, max: 9, count: 3 }])).toEqual({ min: 1, mean: 2.75, max: 9 })
    expect(extentOf([])).toBeUndefined()
  })
})

describe('columns', () => {
  it('of several traces share one column of times: undefined where only another has a point, null in a gap', () => {
    const [time, one, , , other] = alignColumns([columnsOf(at([0, 1, 9])), columnsOf(at([0, 5]))])
    expect(time).toEqual([30, 90, 330, 570])
    expect(one).toEqual([2, 2, null, 2])
    expect(other).toEqual([2, undefined, 2, undefined])
  })

  it('convert to display units and keep gaps', () => {
    const display = displayUnit({ unit: 'm', channel: 'water-level', magnitude: 1 })
    expect(inDisplayUnit(columnsOf(at([0, 1, 60])), display).mean).toEqual([200, 200, null, 200])
  })
})
