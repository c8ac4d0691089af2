import { describe, expect, it } from 'vitest'
import type { LatestItem, SiteItem } from '../api/shapes.ts'
import { accessPointsOf, busyHours } from './access-points.ts'

const site = (id: string, state: SiteItem['state']) => ({ id: `k/w/${id}`, kind: 'wifi', state }) as SiteItem
const item = (device: string, channel: string, value: number, quality: LatestItem['quality'] = 'good') =>
  ({ device, channel, value, quality }) as LatestItem

describe('access points', () => {
  it('come with what they carry now and what their days were, those that need somebody first', () => {
    const series = new Map([
      [
        'k/w/ap-1',
        [item('ap-1', 'clients', 3), item('ap-1', 'rx-rate', 100), item('~ap-1.ap-use', 'busiest-hour', 17)],
      ],
      ['k/w/ap-2', [item('ap-2', 'clients', 9), item('ap-2', 'rx-rate', 5, 'bad')]],
    ])
    const found = accessPointsOf([site('ap-1', 'good'), site('ap-2', 'good'), site('ap-3', 'offline')], series)
    expect(found.map(({ site: { id } }) => id)).toEqual(['k/w/ap-3', 'k/w/ap-2', 'k/w/ap-1'])
    expect(found[1]).toMatchObject({ clients: 9, rate: null, busiestHour: null })
    expect(found[2]).toMatchObject({ clients: 3, rate: 100, busiestHour: 17 })
  })

  it('are busy by the hour in Japan', () => {
    const nine = Date.parse('2026-11-23T09:00:00+09:00')
    const hours = busyHours([nine, nine + 86_400_000, nine + 3_600_000], [2, 4, Number.NaN])
    expect(hours[9]).toBe(3)
    expect(hours[10]).toBeNull()
  })
})
