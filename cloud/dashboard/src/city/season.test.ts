import { describe, expect, it } from 'vitest'
import type { LatestItem } from '../api/shapes.ts'
import { seasonMarks } from './season.ts'

const nowMs = Date.parse('2026-07-10T05:00:00+09:00')
const text = { ja: '', en: '' }

function result(
  insight: string,
  channel: string,
  value: number,
  time = Date.parse('2026-07-10T00:00:00+09:00'),
): LatestItem {
  const device = `~one.${insight}`
  return {
    series: `kimitsu/g/${device}:${channel}`,
    gateway: 'kimitsu/g',
    device,
    channel,
    site: 'kimitsu/g/one',
    siteKind: 'paddy',
    deviceLabel: text,
    label: text,
    unit: 'd',
    value,
    text: null,
    quality: 'good',
    reason: null,
    time,
  }
}

const said = (marks: ReturnType<typeof seasonMarks>) =>
  marks.map(({ step, daysAway, isExpected }) => [step, daysAway, isExpected])

describe('the season of a field', () => {
  it('is what was told and what is expected in order of time, with today among it', () => {
    const series = [result('heading', 'days-to-heading', 14), result('heading', 'days-to-maturity', 50)]
    const settings = { transplanted: '2026-05-03', midDrainage: { from: '2026-06-10', to: '2026-06-20' } }
    expect(said(seasonMarks(settings, series, nowMs))).toEqual([
      ['transplanted', -68, false],
      ['drainage-from', -30, false],
      ['drainage-to', -20, false],
      ['today', 0, false],
      ['headed', 14, true],
      ['mature', 50, true],
    ])
  })

  it('takes a heading that was seen in place of the expected one, and expects nothing after the harvest', () => {
    const series = [
      result('heading', 'days-to-heading', 2),
      result('heading', 'days-to-maturity', 30),
      result('harvest', 'days-to-harvest', 36),
    ]
    expect(said(seasonMarks({ headed: '2026-07-09' }, series, nowMs))).toEqual([
      ['headed', -1, false],
      ['today', 0, false],
      ['mature', 30, true],
      ['harvest-due', 36, true],
    ])
    expect(said(seasonMarks({ harvested: '2026-07-10' }, series, nowMs)).map(([step]) => step)).toEqual([
      'harvested',
      'today',
      'headed',
    ])
  })

  it('is nothing without a date, and does not count on results of an older season', () => {
    expect(seasonMarks({}, [], nowMs)).toEqual([])
    const old = result('heading', 'days-to-heading', 5, nowMs - 300 * 86_400_000)
    expect(seasonMarks({}, [old], nowMs)).toEqual([])
  })
})
