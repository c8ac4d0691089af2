import { describe, expect, it } from 'vitest'
import { alarmMarks, flawMarks, gapMarks, marksWithin } from './marks.ts'

const title = { ja: '水位', en: 'Level' }
const alarm = { id: 'a', series: 'k/g/d:c', title, severity: 'warning' as const, raisedAt: 10, clearedAt: 20 }

describe('the marks of a chart', () => {
  it('are of its curves alone, each alarm once, one that lasts up to now', () => {
    const alarms = [
      alarm,
      { ...alarm, clearedAt: null },
      { ...alarm, id: 'b', series: 'k/g/d:other' },
      { ...alarm, id: 'c', series: null },
    ]
    expect(alarmMarks(alarms, ['k/g/d:x', 'k/g/d:c'], 99)).toEqual([
      { kind: 'alarm', trace: 1, title, severity: 'warning', fromMs: 10, toMs: 99, lasts: true },
    ])
  })

  it('are found by the span that they touch', () => {
    const flaws = flawMarks([{ from: 5, to: 7, quality: 'bad', count: 2, reason: 'timeout' }], 0)
    const marks = [...flaws, ...gapMarks([{ fromMs: 30, toMs: 40 }], 0)]
    expect(marksWithin(marks, { fromMs: 7, toMs: 8 })).toEqual(flaws)
    expect(marksWithin(marks, { fromMs: 35, toMs: 36 }).map(({ kind }) => kind)).toEqual(['gap'])
    expect(marksWithin(marks, { fromMs: 8, toMs: 29 })).toEqual([])
  })
})
