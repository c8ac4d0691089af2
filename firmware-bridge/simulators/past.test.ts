import { describe, expect, it } from 'vitest'
import { fieldSeed } from './kimitsu.ts'
import { fieldPast } from './past.ts'

const toMs = Date.parse('2026-11-24T06:10:00+09:00')
const past = (fromMs: number) => [...fieldPast({ seed: fieldSeed, fromMs, toMs })]

describe('the past of the simulated field', () => {
  const stretches = past(toMs - 36 * 3_600_000)
  const samples = stretches.flatMap((stretch) => stretch.samples)

  it('is of three gateways, in order, and ends before the present', () => {
    expect(stretches.map(({ gateway }) => gateway)).toEqual([
      'paddy-koito',
      'streetlight-center',
      'wifi-city',
      'paddy-koito',
      'streetlight-center',
      'wifi-city',
    ])
    expect(Math.max(...samples.map(({ timeMs }) => timeMs))).toBeLessThan(toMs)
    expect(samples.every(({ value }) => typeof value === 'number' && Number.isFinite(value))).toBe(true)
  })

  it('has lamps that burn by night alone, one that restarts, and an access point that was away', () => {
    const powers = samples.filter(({ name }) => name === 'cabinet-1-controller:lamp-1-power')
    const at = (time: string) => powers.find(({ timeMs }) => timeMs === Date.parse(`${time}:00+09:00`))?.value
    expect(at('2026-11-23T12:00')).toBe(0)
    expect(at('2026-11-24T00:00')).toBeGreaterThan(50)
    const worn = samples.filter(({ name, value }) => name === 'cabinet-2-controller:lamp-5-power' && Number(value) > 0)
    expect(Math.min(...worn.map(({ value }) => Number(value)))).toBeLessThan(10)
    const ofPoint = samples.filter(({ name }) => name === 'ap-17:clients').map(({ timeMs }) => timeMs)
    const cut = ofPoint.filter(
      (ms) => ms >= Date.parse('2026-11-23T09:00+09:00') && ms < Date.parse('2026-11-23T13:00+09:00'),
    )
    expect(cut).toEqual([])
    expect(ofPoint.length).toBeGreaterThan(50)
  })
})
