import { describe, expect, it } from 'vitest'
import type { LatestItem } from '../api/shapes.ts'
import { chartKinds, hasCurve } from './chart-kinds.ts'

const item = (channel: string, ja: string, en: string, more: Partial<LatestItem> = {}): LatestItem => ({
  series: `k/g/${more.device ?? 'd'}:${channel}`,
  gateway: 'k/g',
  device: 'd',
  channel,
  site: 'k/g/s',
  deviceLabel: { ja: '盤', en: 'Cabinet' },
  siteKind: 'streetlight',
  label: { ja, en },
  unit: 'W',
  value: 1,
  text: null,
  quality: 'good',
  reason: null,
  time: 1,
  ...more,
})

describe('the kinds of charts', () => {
  it('are one for all lamps of a cabinet, named by what their labels share', () => {
    const kinds = chartKinds([
      item('lamp-10-power', '灯10 電力', 'Lamp 10 power'),
      item('lamp-2-power', '灯2 電力', 'Lamp 2 power'),
    ])
    expect(kinds.map(({ name }) => name)).toEqual([{ ja: '電力', en: 'Power' }])
    expect(kinds[0]?.choices.map(({ name }) => name)).toEqual([
      { ja: '灯2', en: 'Lamp 2' },
      { ja: '灯10', en: 'Lamp 10' },
    ])
  })

  it('tell the same quantity of several devices apart by the device', () => {
    const kinds = chartKinds([
      item('level', '水位', 'Level', { device: 'b', deviceLabel: { ja: '乙', en: 'B' } }),
      item('level', '水位', 'Level', { device: 'a', deviceLabel: { ja: '甲', en: 'A' } }),
    ])
    expect(kinds[0]?.name.ja).toBe('水位')
    expect(kinds[0]?.choices.map(({ name }) => name.ja)).toEqual(['甲', '乙'])
  })

  it('keep different quantities apart, switches last', () => {
    const kinds = chartKinds([
      item('lamp-1-relay', '灯1 開閉', 'Lamp 1 relay', { unit: '/' }),
      item('lamp-1-power', '灯1 電力', 'Lamp 1 power'),
      item('supply-voltage', '供給電圧', 'Supply voltage', { unit: 'V' }),
    ])
    expect(kinds.map(({ name }) => name.ja)).toEqual(['灯1 電力', '供給電圧', '灯1 開閉'])
  })

  it('of a whole and of its parts are told apart where both are called the same', () => {
    const kinds = chartKinds([
      item('energy', '電力量', 'Energy', { unit: 'J' }),
      item('energy.lamp-1', '灯1 電力量', 'Lamp 1 energy', { unit: 'J' }),
      item('energy.lamp-2', '灯2 電力量', 'Lamp 2 energy', { unit: 'J' }),
    ])
    expect(kinds.map(({ name, isOfParts }) => [name.ja, isOfParts])).toEqual([
      ['電力量', undefined],
      ['電力量', true],
    ])
  })

  it('have no curve of texts, or of what was never received', () => {
    expect(hasCurve(item('a', 'a', 'a'))).toBe(true)
    expect(hasCurve(item('a', 'a', 'a', { value: null, text: 'scratch' }))).toBe(false)
    expect(hasCurve(item('a', 'a', 'a', { value: null, quality: 'bad', reason: 'timeout' }))).toBe(true)
    expect(hasCurve(item('a', 'a', 'a', { time: null }))).toBe(false)
  })
})
