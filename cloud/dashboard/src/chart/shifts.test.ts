import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromJstStamp, jstDate, jstMs, jstStamp } from './jst.ts'
import { fitsWindow, leapDayLeftOut, shiftedParts } from './shifts.ts'
import { dayMs } from './time-window.ts'

const days = (fromMs: number, toMs: number): number => (toMs - fromMs) / dayMs

describe('a time laid over another', () => {
  it('lays yesterday and last week whole', () => {
    const window = { fromMs: 10 * dayMs, toMs: 11 * dayMs }
    expect(shiftedParts(window, 'day')).toEqual([{ ...window, byMs: dayMs }])
    expect(shiftedParts(window, 'week')).toEqual([{ ...window, byMs: 7 * dayMs }])
  })

  it('lays a year upon a year of the same length as one part', () => {
    const window = { fromMs: jstMs(2026, 1, 1), toMs: jstMs(2027, 1, 1) }
    expect(shiftedParts(window, 'year-1')).toEqual([{ ...window, byMs: 365 * dayMs }])
    expect(leapDayLeftOut(window, 'year-1')).toBeUndefined()
  })

  it('leaves a gap on a 29 February that the other year has not', () => {
    const window = { fromMs: jstMs(2028, 2, 1), toMs: jstMs(2028, 4, 1) }
    const parts = shiftedParts(window, 'year-1')
    expect(parts.map(({ fromMs, toMs }) => days(fromMs, toMs))).toEqual([28, 31])
    expect(parts.map(({ fromMs, byMs }) => jstDate(fromMs - byMs))).toEqual([
      { year: 2027, month: 2, day: 1 },
      { year: 2027, month: 3, day: 1 },
    ])
    expect(leapDayLeftOut(window, 'year-1')).toBeUndefined()
  })

  it('says which 29 February of the other year finds no place', () => {
    const window = { fromMs: jstMs(2029, 2, 1), toMs: jstMs(2029, 4, 1) }
    const parts = shiftedParts(window, 'year-1')
    expect(parts.map(({ fromMs, byMs }) => jstDate(fromMs - byMs).month)).toEqual([2, 3])
    expect(leapDayLeftOut(window, 'year-1')).toBe(2028)
  })

  it('changes over at midnight in Japan, not in Greenwich', () => {
    const window = { fromMs: jstMs(2029, 2, 28), toMs: jstMs(2029, 3, 2) }
    const [before, after] = shiftedParts(window, 'year-1')
    expect(new Date(before?.toMs ?? 0).toISOString()).toBe('2029-02-28T15:00:00.000Z')
    expect(after?.fromMs).toBe(before?.toMs)
  })

  it('keeps date upon date and the time of day, at any time of any year', () => {
    const windows = fc.record({
      fromMs: fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2030-01-01') }),
      lengthMs: fc.integer({ min: 60_000, max: 366 * dayMs }),
      shift: fc.constantFrom('year-1' as const, 'year-2' as const, 'year-3' as const),
    })
    fc.assert(
      fc.property(windows, ({ fromMs, lengthMs, shift }) => {
        for (const part of shiftedParts({ fromMs, toMs: fromMs + lengthMs }, shift)) {
          for (const timeMs of [part.fromMs, Math.floor((part.fromMs + part.toMs) / 2), part.toMs - 1]) {
            if (timeMs < part.fromMs || timeMs >= part.toMs) continue
            const [drawn, measured] = [jstDate(timeMs), jstDate(timeMs - part.byMs)]
            expect(measured).toEqual({ ...drawn, year: drawn.year - Number(shift.at(-1)) })
          }
          expect(part.byMs % dayMs).toBe(0)
        }
      }),
    )
  })

  it('is offered only where it says something', () => {
    const window = { fromMs: 0, toMs: 30 * dayMs }
    expect(['day', 'week', 'year-1', 'none'].map((shift) => fitsWindow(shift as 'day', window))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})

describe('a stamp of time', () => {
  it('is in Japan, and read back', () => {
    const timeMs = Date.parse('2026-11-22T15:30:05Z')
    expect(jstStamp(timeMs)).toBe('20261123-003005')
    expect(fromJstStamp('20261123-003005')).toBe(timeMs)
    expect(fromJstStamp('20261332-003005')).toBeUndefined()
    expect(fromJstStamp('20270229-000000')).toBeUndefined()
    expect(fromJstStamp('yesterday')).toBeUndefined()
  })
})
