import { describe, expect, it } from 'vitest'
import type { GatewayItem, LatestItem, SiteItem } from '../api/shapes.ts'
import { searchMarks, sortMarks } from '../map/marks.ts'
import { cityMarks, indexPlaces, type PublicPlace } from './map-marks.ts'

const label = (ja: string) => ({ ja, en: ja })
const gateway = 'kimitsu/lights'
const at = (lat: number, lon: number) => ({ lat, lon })

const site = (id: string, kind: SiteItem['kind'], position: SiteItem['position']) =>
  ({
    id: `${gateway}/${id}`,
    kind,
    name: label(id),
    position,
    gateway,
    state: 'good',
    openAlarms: 0,
    series: [],
  }) as SiteItem

function power(number: number, value: number | null): LatestItem {
  return {
    series: `${gateway}/box:lamp-${number}-power`,
    gateway,
    device: 'box',
    channel: `lamp-${number}-power`,
    site: `${gateway}/cabinet-1`,
    siteKind: 'streetlight',
    deviceLabel: label('box'),
    label: label('power'),
    unit: 'W',
    value,
    text: null,
    quality: 'good',
    reason: null,
    time: 1,
  }
}

const place = (id: string, kind: PublicPlace['kind'], position: PublicPlace['position']): PublicPlace => ({
  id: `kimitsu/${kind}/${id}`,
  kind,
  name: id,
  position,
})

const words = {
  lamp: (number: number) => `lamp ${number}`,
  name: (text: SiteItem['name']) => text.en,
  site: (id: string) => `#/site/${id}`,
  gateway: (id: string) => `#/gateway/${id}`,
}

const marks = cityMarks(
  {
    sites: [
      site('cabinet-1', 'streetlight', at(35, 139)),
      site('ap-1', 'wifi', at(35.2, 139)),
      site('koito', 'paddy', at(36, 140)),
    ],
    seriesBySite: new Map([[`${gateway}/cabinet-1`, [power(1, 60), power(2, null)]]]),
    alarms: [],
    gateways: [{ id: gateway, label: label('box of lights'), state: 'offline', reason: 'lost' } as GatewayItem],
    places: indexPlaces([
      place('demo-cabinet-1-1', 'streetlight', at(35.01, 139.01)),
      place('17', 'streetlight', at(35.3, 139.3)),
      place('demo-ap-1', 'wifi', at(35.2, 139)),
      place('school', 'shelter', at(35.4, 139.4)),
      place('hall', 'facility', at(35.5, 139.5)),
      place('nowhere', 'shelter', null),
    ]),
  },
  words,
)
const named = (text: string) => marks.find(({ name }) => name === text)

describe('the marks of the city', () => {
  it('are each lamp where the list of lights has it, else at its cabinet, each with its own state', () => {
    expect(named('cabinet-1 lamp 1')).toMatchObject({
      state: 'good',
      position: { lat: 35.01 },
      hash: expect.any(String),
    })
    expect(named('cabinet-1 lamp 2')).toMatchObject({ state: 'offline', position: { lat: 35 } })
  })

  it('are public places that nothing watches, once, and no places without a position or a layer', () => {
    expect(named('17')).toMatchObject({ layer: 'streetlight', state: 'info', hash: undefined })
    expect(named('demo-ap-1')).toBeUndefined()
    expect(named('school')?.layer).toBe('shelter')
    expect(marks.map(({ name }) => name)).not.toContain('hall')
    expect(marks.filter(({ layer }) => layer === 'shelter')).toHaveLength(1)
  })

  it('are gateways in the middle of their sites, in the state of their connection', () => {
    expect(named('box of lights')).toMatchObject({ layer: 'gateway', state: 'critical' })
    expect(named('box of lights')?.position.lat).toBeCloseTo((35 + 35.2 + 36) / 3)
  })

  it('are listed worst first and found by words of any width', () => {
    expect(sortMarks(marks).map(({ state }) => state)).toEqual(['critical', 'offline', 'good', 'good', 'info', 'info'])
    expect(searchMarks(marks, 'ＬＡＭＰ　2').map(({ name }) => name)).toEqual(['cabinet-1 lamp 2'])
    expect(searchMarks(marks, ' ')).toBe(marks)
  })
})
