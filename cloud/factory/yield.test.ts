import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usualSettings } from './factory-settings.ts'
import { groupings, type JudgedPart, shiftAt, YieldCount } from './yield.ts'

const timeZone = 'Asia/Tokyo'
const at = (text: string): number => Date.parse(`${text}+09:00`)

function part(timeMs: number, more: Partial<JudgedPart> = {}): JudgedPart {
  return { timeMs, verdict: 'pass', class: null, lot: null, correction: undefined, ...more }
}

function counted(parts: readonly JudgedPart[], by: (typeof groupings)[number] = 'hour') {
  const yieldCount = new YieldCount({ by, timeZone, shifts: usualSettings.shifts })
  for (const one of parts) yieldCount.add(one)
  return yieldCount.figures()
}

describe('yield', () => {
  it('counts what people said as the truth, beside what the model said', () => {
    const noon = at('2026-11-23T12:10:00')
    const { total } = counted([
      part(noon),
      part(noon, { verdict: 'reject', class: 'defect' }),
      part(noon, { verdict: 'reject', correction: { judgement: 'good', class: null } }),
      part(noon, { correction: { judgement: 'bad', class: 'dent' } }),
      part(noon, { correction: { judgement: 'good', class: null } }),
    ])
    expect(total).toEqual({ judged: 5, passed: 3, good: 3, corrected: 3, falseRejects: 1, falsePasses: 1 })
  })

  it('counts kinds of defect by the word of people before that of the model, most frequent first', () => {
    const bad = (name: string | null) => ({ judgement: 'bad' as const, class: name })
    const { defects } = counted([
      part(0, { verdict: 'reject', class: 'defect' }),
      part(0, { verdict: 'reject', class: 'defect', correction: bad('dent') }),
      part(0, { correction: bad('dent') }),
      part(0, { correction: bad(null) }),
      part(0, { verdict: 'reject', class: 'defect', correction: { judgement: 'good', class: null } }),
    ])
    expect(defects).toEqual([
      { class: 'dent', count: 2 },
      { class: 'defect', count: 1 },
      { class: null, count: 1 },
    ])
  })

  it('begins hours where the clocks of the factory do', () => {
    const { groups } = counted([part(at('2026-11-23T12:59:59.999')), part(at('2026-11-23T13:00:00'))])
    expect(groups.map(({ from, to, judged }) => [from, to, judged])).toEqual([
      [at('2026-11-23T12:00:00'), at('2026-11-23T13:00:00'), 1],
      [at('2026-11-23T13:00:00'), at('2026-11-23T14:00:00'), 1],
    ])
  })

  it('counts the hours after midnight to the night shift of the evening before', () => {
    const night = { from: at('2026-11-22T20:00:00'), to: at('2026-11-23T08:00:00'), name: 'night' }
    expect(shiftAt(at('2026-11-23T03:00:00'), usualSettings.shifts, timeZone)).toEqual(night)
    expect(shiftAt(at('2026-11-22T20:00:00'), usualSettings.shifts, timeZone)).toEqual(night)
    expect(shiftAt(at('2026-11-23T08:00:00'), usualSettings.shifts, timeZone).name).toBe('day')
    const short = [{ id: 'early', name: { ja: '早番', en: 'Early' }, from: '06:00', to: '14:00' }]
    expect(shiftAt(at('2026-11-23T15:00:00'), short, timeZone).name).toBe(null)
  })

  it('counts each part once whatever it is grouped by', () => {
    const parts = fc.array(
      fc.record({
        timeMs: fc.integer({ min: at('2026-03-01T00:00:00'), max: at('2026-03-03T00:00:00') }),
        verdict: fc.constantFrom('pass' as const, 'reject' as const),
        class: fc.constantFrom(null, 'defect'),
        lot: fc.constantFrom(null, 'a', 'b'),
        correction: fc.constantFrom(undefined, { judgement: 'good' as const, class: null }),
      }),
    )
    fc.assert(
      fc.property(parts, fc.constantFrom(...groupings), (list, by) => {
        const { total, groups, defects } = counted(list, by)
        expect(total.judged).toBe(list.length)
        expect(groups.reduce((sum, { judged }) => sum + judged, 0)).toBe(list.length)
        expect(groups.reduce((sum, { good }) => sum + good, 0)).toBe(total.good)
        expect(defects.reduce((sum, { count }) => sum + count, 0)).toBe(total.judged - total.good)
      }),
    )
  })
})
