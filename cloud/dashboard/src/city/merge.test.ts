import { describe, expect, it } from 'vitest'
import type { LatestItem, SiteItem } from '../api/shapes.ts'
import { anAlarm } from './alarm-fixture.ts'
import { mergeAlarm, mergeLoaded, mergeReadings, needsAction, sortSites, worstState } from './merge.ts'

const item: LatestItem = {
  series: 'k/g/d:level',
  gateway: 'k/g',
  device: 'd',
  channel: 'level',
  site: 'k/g/s',
  deviceLabel: { ja: '機器', en: 'Device' },
  siteKind: 'paddy',
  label: { ja: '水位', en: 'Level' },
  unit: 'm',
  value: 0.05,
  text: null,
  quality: 'good',
  reason: null,
  time: 1000,
}
const reading = { series: item.series, value: 0.06, text: null, quality: 'good', reason: null, time: 2000 } as const
const latest = new Map([[item.series, item]])

const alarm = anAlarm({ id: 'a', severity: 'warning', raisedAt: 1 })

describe('merging readings', () => {
  it('shows a newer reading and keeps what describes the series', () => {
    const merged = mergeReadings(latest, [reading]).latest.get(item.series)
    expect(merged).toMatchObject({ value: 0.06, time: 2000, unit: 'm', label: item.label })
  })

  it('ignores a reading from a backlog that is older than what is shown', () => {
    expect(mergeReadings(latest, [{ ...reading, time: 999 }]).latest.get(item.series)).toEqual(item)
  })

  it('asks for the lists when a series is not known yet', () => {
    expect(mergeReadings(latest, [{ ...reading, series: 'other' }]).unknownSeries).toBe(true)
    expect(mergeReadings(latest, [reading]).unknownSeries).toBe(false)
  })

  it('does not let a list that was overtaken by the stream turn a value back', () => {
    const shown = mergeReadings(latest, [reading]).latest
    expect(mergeLoaded(shown, [item]).get(item.series)?.value).toBe(0.06)
    expect(mergeLoaded(latest, [{ ...item, time: 3000, value: 1 }]).get(item.series)?.value).toBe(1)
  })
})

describe('merging alarms', () => {
  it('keeps an alarm that cleared unseen until somebody acknowledges it', () => {
    const cleared = { ...alarm, state: 'cleared', clearedAt: 5 } as const
    expect(mergeAlarm([alarm], cleared)).toEqual([cleared])
    expect(mergeAlarm([cleared], { ...cleared, acknowledged: true })).toEqual([])
  })

  it('puts first what needs a person: not acknowledged, then severe, then new', () => {
    const handled = { ...alarm, id: 'h', severity: 'critical', acknowledged: true } as const
    const severe = { ...alarm, id: 's', severity: 'critical' } as const
    const newer = { ...alarm, id: 'n', raisedAt: 9 }
    const order = [handled, severe, newer].reduce(mergeAlarm, [alarm]).map(({ id }) => id)
    expect(order).toEqual(['s', 'n', 'a', 'h'])
  })
})

describe('needing action', () => {
  it('is what lasts, matters and is looked after by nobody', () => {
    expect(needsAction(alarm)).toBe(true)
    expect(needsAction({ ...alarm, state: 'cleared' })).toBe(false)
    expect(needsAction({ ...alarm, acknowledged: true })).toBe(false)
    expect(needsAction({ ...alarm, severity: 'info' })).toBe(false)
  })
})

describe('the order of sites', () => {
  const site = (id: string, state: SiteItem['state']): SiteItem => ({
    id,
    kind: 'wifi',
    name: { ja: id, en: id },
    position: { lat: 35, lon: 139 },
    gateway: 'k/g',
    state,
    openAlarms: 0,
  })

  it('is worst first, then by number', () => {
    const sites = [site('ap-10', 'good'), site('ap-2', 'good'), site('x', 'offline'), site('y', 'critical')]
    expect(sortSites(sites).map(({ id }) => id)).toEqual(['y', 'x', 'ap-2', 'ap-10'])
  })

  it('takes the worst state for a group', () => {
    expect(worstState(['good', 'warning', 'offline'])).toBe('warning')
    expect(worstState([])).toBe('good')
  })
})
