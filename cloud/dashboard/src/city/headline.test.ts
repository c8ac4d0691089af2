import { describe, expect, it } from 'vitest'
import type { LatestItem } from '../api/shapes.ts'
import { headlinesOf, trendsOf } from './headline.ts'

const series = (channel: string, value: number | null, unit = 'W'): LatestItem => ({
  series: `k/g/d:${channel}`,
  gateway: 'k/g',
  device: 'd',
  channel,
  site: 'k/g/s',
  deviceLabel: { ja: '機器', en: 'Device' },
  siteKind: 'other',
  label: { ja: channel, en: channel },
  unit,
  value,
  text: null,
  quality: value === null ? 'bad' : 'good',
  reason: null,
  time: 1,
})

describe('headlines', () => {
  it('answer for a paddy with its water first', () => {
    const all = [series('soil-moisture', 0.3), series('water-temperature', 20), series('water-level', 0.05)]
    expect(headlinesOf('paddy', all).map(({ item }) => item.channel)).toEqual(['water-level', 'water-temperature'])
  })

  it('answer for a factory with its last part, before the rate of its camera', () => {
    const all = [series('frame-rate', 2), series('parts', 40), series('pass', 1)]
    expect(headlinesOf('factory', all).map(({ item }) => item.channel)).toEqual(['pass', 'parts'])
  })

  it('add up the lamps of a cabinet, leaving out what is not measured', () => {
    const [total] = headlinesOf('streetlight', [
      series('lamp-1-power', 40),
      series('lamp-2-power', null),
      series('lamp-3-power', 38),
    ])
    expect(total).toMatchObject({ labelKey: 'headline.power', item: { value: 78 } })
  })

  it('do not show nothing measured as zero', () => {
    expect(headlinesOf('streetlight', [series('lamp-1-power', null)])[0]?.item.value).toBeNull()
  })

  it('fall back to the first series of a site of which nothing is known', () => {
    expect(headlinesOf('other', [series('x', 1), series('y', 2)]).map(({ item }) => item.channel)).toEqual(['x'])
    expect(headlinesOf('other', [])).toEqual([])
  })

  it('choose the series of the first charts by kind', () => {
    expect(trendsOf('wifi', [series('uptime', 1), series('clients', 2)]).map(({ channel }) => channel)).toEqual([
      'clients',
    ])
    expect(trendsOf('factory', [series('x', 1)])).toEqual([])
  })
})
