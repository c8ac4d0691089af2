import { describe, expect, it } from 'vitest'
import type { LatestItem } from '../api/shapes.ts'
import { foundSeries, type Findable } from './find-series.ts'

const series = (channel: string, ja: string, unit: string): Findable => ({
  item: {
    series: `k/g/probe-1:${channel}`,
    gateway: 'k/g',
    device: 'probe-1',
    channel,
    site: 'k/g/s',
    deviceLabel: { ja: '水位計', en: 'Probe' },
    siteKind: 'paddy',
    label: { ja, en: channel },
    unit,
    value: 1,
    text: null,
    quality: 'good',
    reason: null,
    time: 1,
  } satisfies LatestItem,
  place: { ja: '小糸 1号田', en: 'Koito paddy 1' },
})
const all = [series('water-temperature', '水温', 'Cel'), series('water-level', '水位', 'm')]
const channels = (search: string, axes: readonly string[] = []): readonly string[] =>
  foundSeries(all, search, axes).map(({ item }) => item.channel)

describe('a search for a series', () => {
  it('finds by place, device, quantity and id, in either language, with every word', () => {
    expect(channels('水温')).toEqual(['water-temperature'])
    expect(channels('koito LEVEL')).toEqual(['water-level'])
    expect(channels('probe-1')).toHaveLength(2)
    expect(channels('水温 水位計 3号')).toEqual([])
  })

  it('takes wide letters and spaces for what they mean', () => {
    expect(channels('小糸　１号　水位計')).toHaveLength(2)
  })

  it('has what shares an axis first', () => {
    expect(channels('小糸')).toEqual(['water-temperature', 'water-level'])
    expect(channels('小糸', ['m cm'])).toEqual(['water-level', 'water-temperature'])
  })
})
