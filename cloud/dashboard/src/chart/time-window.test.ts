import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jstMs } from './jst.ts'
import { brushed, dayMs, gridOf, lengthWindow, panned, zoomed } from './time-window.ts'

const nowMs = Date.parse('2026-11-23T05:00:00Z')

describe('the window of a chart', () => {
  it('ends now, and begins with the season on 1 April in Japan', () => {
    expect(lengthWindow('24h', nowMs)).toEqual({ fromMs: nowMs - dayMs, toMs: nowMs })
    expect(lengthWindow('season', nowMs).fromMs).toBe(jstMs(2026, 4, 1))
    expect(lengthWindow('season', jstMs(2027, 2, 1)).fromMs).toBe(jstMs(2026, 4, 1))
    expect(lengthWindow('season', jstMs(2026, 4, 1)).fromMs).toBe(jstMs(2026, 4, 1))
  })

  it('zooms about a time that stays where it is', () => {
    const window = { fromMs: nowMs - dayMs, toMs: nowMs }
    expect(zoomed(window, 0.5, nowMs - dayMs / 2, nowMs)).toEqual({
      fromMs: nowMs - 0.75 * dayMs,
      toMs: nowMs - 0.25 * dayMs,
    })
    expect(zoomed(window, 2, nowMs - dayMs / 2, nowMs)).toEqual({ fromMs: nowMs - 2 * dayMs, toMs: nowMs })
    expect(zoomed(window, 1e-9, nowMs, nowMs)).toEqual({ fromMs: nowMs - 60_000, toMs: nowMs })
  })

  it('pans by a share of itself, but not beyond now', () => {
    const window = { fromMs: nowMs - 2 * dayMs, toMs: nowMs - dayMs }
    expect(panned(window, -0.5, nowMs)).toEqual({ fromMs: nowMs - 2.5 * dayMs, toMs: nowMs - 1.5 * dayMs })
    expect(panned(window, 5, nowMs)).toEqual({ fromMs: nowMs - dayMs, toMs: nowMs })
  })

  it('is what was brushed, from either end', () => {
    expect(brushed(5 * dayMs, 3 * dayMs, nowMs)).toEqual({ fromMs: 3 * dayMs, toMs: 5 * dayMs })
    expect(brushed(dayMs, dayMs, nowMs)).toEqual({ fromMs: dayMs, toMs: dayMs + 60_000 })
  })
})

describe('the grid of a window', () => {
  it('covers it with few spans whose edges meet the midnights of Japan', () => {
    const windows = fc.record({
      fromMs: fc.integer({ min: 0, max: nowMs }),
      lengthMs: fc.integer({ min: 60_000, max: 900 * dayMs }),
      spans: fc.integer({ min: 100, max: 1000 }),
    })
    fc.assert(
      fc.property(windows, ({ fromMs, lengthMs, spans }) => {
        const grid = gridOf({ fromMs, toMs: fromMs + lengthMs }, spans)
        expect(grid.fromMs).toBeLessThanOrEqual(fromMs)
        expect(grid.toMs).toBeGreaterThanOrEqual(fromMs + lengthMs)
        expect((grid.toMs - grid.fromMs) % grid.widthMs).toBe(0)
        expect((grid.toMs - grid.fromMs) / grid.widthMs).toBeLessThanOrEqual(Math.max(spans + 2, lengthMs / dayMs + 2))
        expect((jstMs(2026, 3, 1) - grid.fromMs) % grid.widthMs).toBeCloseTo(0)
      }),
    )
  })

  it('takes the finest width that is not more than asked for', () => {
    expect(gridOf({ fromMs: nowMs - dayMs, toMs: nowMs }, 600).widthMs).toBe(5 * 60_000)
    expect(gridOf({ fromMs: nowMs - 3_600_000, toMs: nowMs }, 600).widthMs).toBe(10_000)
  })
})
