import { describe, expect, it } from 'vitest'
import type { CitizenReportItem } from '../api/city-api.ts'
import type { LatestItem, SiteItem } from '../api/shapes.ts'
import { csvText } from '../format/csv.ts'
import { anAlarm } from './alarm-fixture.ts'
import { cabinetsOf, reasonsOf, visitsOf } from './lamp-work.ts'

const label = { ja: 'x', en: 'x' }
const gateway = 'kimitsu/lights'

function cabinet(id: string): SiteItem {
  const position = { lat: 35, lon: 139 }
  return {
    id: `${gateway}/${id}`,
    kind: 'streetlight',
    name: label,
    position,
    gateway,
    state: 'good',
    openAlarms: 0,
  }
}

function item(site: string, device: string, channel: string, value: number): LatestItem {
  return {
    series: `${gateway}/${device}:${channel}`,
    gateway,
    device,
    channel,
    site: `${gateway}/${site}`,
    siteKind: 'streetlight',
    deviceLabel: label,
    label,
    unit: null,
    value,
    text: null,
    quality: 'good',
    reason: null,
    time: 1000,
  }
}

const series = [
  ...[1, 2, 3, 4].map((number) => item('c-1', 'box', `lamp-${number}-power`, 60)),
  item('c-1', '~c-1.night-coverage', 'coverage', 0.8),
  item('c-1', '~c-1.night-coverage', 'coverage.lamp-1', 1),
  item('c-1', '~c-1.night-coverage', 'coverage.lamp-2', 0.1),
  item('c-1', '~c-1.night-coverage', 'coverage.lamp-3', 0.5),
  item('c-1', '~c-1.lamp-outlook', 'risk.lamp-3', 2),
  item('c-1', '~c-1.lamp-use', 'burnt-time.lamp-1', 36_000),
]
const alarm = anAlarm({ id: 'a', gateway, series: `${gateway}/box:lamp-4-power`, severity: 'major', raisedAt: 500 })
const known = {
  sites: [cabinet('c-0'), cabinet('c-1')],
  seriesBySite: new Map([[`${gateway}/c-1`, series]]),
  alarms: [alarm],
}

describe('the lamps of the city', () => {
  it('are grouped by cabinet and circuit with what the night was, the cabinet with the most to do first', () => {
    const [first, second] = cabinetsOf(known)
    expect(first?.site.id).toBe(`${gateway}/c-1`)
    expect(first?.circuits.map(({ device, lamps }) => [device, lamps.length])).toEqual([['box', 4]])
    expect(first?.coverage).toBe(0.8)
    expect(first?.lamps.find(({ lamp }) => lamp.number === 1)).toMatchObject({
      burntS: 36_000,
      coverage: 1,
      risk: null,
    })
    expect(second?.lamps).toEqual([])
  })

  it('are visited for an alarm first, then for a dark night and what a citizen told, then for a sign', () => {
    const report = {
      id: 'r',
      kind: 'street-light',
      position: { lat: 1, lon: 2 },
      receivedAt: 2000,
    } as CitizenReportItem
    const road = { ...report, id: 'q', kind: 'road' } as CitizenReportItem
    const visits = visitsOf(cabinetsOf(known), [report, road], ({ site }) => site.position)
    expect(visits.map(({ priority, reasons, facts }) => [priority, reasons, facts?.lamp.number])).toEqual([
      [1, ['fault'], 4],
      [2, ['dark'], 2],
      [2, ['reported'], undefined],
      [3, ['partly', 'likely'], 3],
    ])
    const [well] = cabinetsOf(known)[0]?.lamps.filter(({ lamp }) => lamp.number === 1) ?? []
    expect(well === undefined ? undefined : reasonsOf(well)).toEqual([])
  })
})

describe('a table as CSV', () => {
  it('is marked as UTF-8, quotes what it must, and holds no formula', () => {
    expect(
      csvText([
        ['灯', 'a,b'],
        ['=1+1', -3],
        [null, 'say "x"'],
      ]),
    ).toBe('\uFEFF灯,"a,b"\r\n\'=1+1,-3\r\n,"say ""x"""\r\n')
  })
})
