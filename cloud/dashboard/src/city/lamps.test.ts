import { describe, expect, it } from 'vitest'
import type { AlarmItem, LatestItem } from '../api/shapes.ts'
import { anAlarm } from './alarm-fixture.ts'
import { countLamps, lampsOf } from './lamps.ts'

const base = {
  gateway: 'k/g',
  device: 'c',
  site: 'k/g/s',
  deviceLabel: { ja: '盤', en: 'Cabinet' },
  siteKind: 'streetlight',
  label: { ja: '灯', en: 'Lamp' },
  text: null,
  quality: 'good',
  reason: null,
  time: 1000,
} as const

const series = (channel: string, unit: string, value: number | null, more: Partial<LatestItem> = {}): LatestItem => ({
  ...base,
  series: `k/g/c:${channel}`,
  channel,
  unit,
  value,
  ...more,
})
const lamp = (number: number, powerW: number | null, relay: number, more: Partial<LatestItem> = {}): LatestItem[] => [
  series(`lamp-${number}-power`, 'W', powerW, more),
  series(`lamp-${number}-relay`, '/', relay),
  series(`lamp-${number}-power.score`, '/', 0),
]
const alarmOf = (about: string, severity: AlarmItem['severity'], state: AlarmItem['state'] = 'open'): AlarmItem =>
  anAlarm({ id: about, series: about, severity, state })

describe('the lamps of a cabinet', () => {
  it('come in the order of need: severe alarm, alarm, no value, fed but dark, lit, off', () => {
    const all = [
      ...lamp(1, 0.2, 0),
      ...lamp(2, 60, 1),
      ...lamp(3, 0.2, 1),
      ...lamp(4, null, 1, { quality: 'bad', reason: 'timeout' }),
      ...lamp(5, 60, 1),
      ...lamp(6, 0.2, 1),
      ...lamp(10, 60, 1),
      series('supply-voltage', 'V', 101),
    ]
    const alarms = [alarmOf('k/g/c:lamp-5-power.score', 'warning'), alarmOf('k/g/c:lamp-6-power', 'critical')]
    const found = lampsOf(all, alarms)
    expect(found.map(({ number, state }) => `${number} ${state}`)).toEqual([
      '6 alarm',
      '5 alarm',
      '4 unknown',
      '3 checking',
      '2 lit',
      '10 lit',
      '1 off',
    ])
    expect(countLamps(found)).toEqual({ all: 7, lit: 2, off: 1, faulty: 2, unknown: 1, checking: 1 })
  })

  it('are not faulty for an alarm that has ended, or for one of another lamp', () => {
    const alarms = [alarmOf('k/g/c:lamp-1-power', 'critical', 'cleared'), alarmOf('k/g/c:lamp-11-power', 'critical')]
    expect(lampsOf(lamp(1, 60, 1), alarms).map(({ state }) => state)).toEqual(['lit'])
  })

  it('are none where no channel is a lamp’s power, or the site is none of streetlights', () => {
    expect(lampsOf([series('active-power', 'W', 60)], [])).toEqual([])
    expect(lampsOf([series('lamp-1-power', 'W', 60, { siteKind: 'other' })], [])).toEqual([])
  })
})
