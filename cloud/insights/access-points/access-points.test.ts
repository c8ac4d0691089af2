import { describe, expect, it } from 'vitest'
import { ask, hoursUntil } from '../insight-fixture.ts'
import { apAvailability, availabilityOf } from './ap-availability.ts'
import { apDemand, apUse, busiestHour } from './ap-use.ts'

const midnightMs = Date.parse('2026-11-24T00:00:00+09:00')
const day = (at: (hour: number) => Parameters<typeof hoursUntil>[1][number], hours = 25) =>
  hoursUntil(
    midnightMs,
    Array.from({ length: hours }, (_, index) => at(index)),
  )
const up = (hour: number) => ({
  mean: 1e6 + hour * 3600,
  min: 1e6 + hour * 3600 - 1800,
  max: 1e6 + hour * 3600 + 1800,
  count: 720,
})
const gateway = day(() => 0)

describe('the availability of an access point', () => {
  it('is the share of readings that came while the gateway looked', () => {
    const out = day((hour) =>
      hour >= 10 && hour < 13 ? Number.NaN : hour === 13 ? { ...up(hour), count: 360 } : up(hour),
    )
    const { values, advice } = ask(apAvailability, midnightMs, { series: { uptime: out, gateway } })
    expect(values['availability']).toBeCloseTo((24 - 3.5) / 24, 5)
    expect(values['down-time']).toBeCloseTo(3.5 * 3600, 3)
    expect(advice?.text.ja).toBe('電源とLANケーブルを確認してください。昨日は3.5時間止まっていました（稼働率85.4%）。')
  })

  it('does not blame it for hours in which the gateway itself was away', () => {
    const away = day((hour) => (hour >= 10 && hour < 15 ? Number.NaN : up(hour)))
    const gone = day((hour) => (hour >= 10 && hour < 15 ? Number.NaN : 0))
    expect(availabilityOf(away, undefined, gone)).toEqual({ measuredHours: 19, upHours: 19, restarts: 0 })
  })

  it('counts an uplink that is down, and restarts', () => {
    const link = day((hour) => (hour === 5 ? 0.25 : 1))
    expect(availabilityOf(day(up), link, gateway).upHours).toBeCloseTo(23.25, 5)
    const sinceS = (hour: number) => (hour < 8 ? 1e6 + hour * 3600 : (hour - 8) * 3600)
    const restarted = day((hour) => ({ mean: sinceS(hour) + 1800, min: sinceS(hour), max: sinceS(hour) + 3600 }))
    expect(availabilityOf(restarted, undefined, gateway).restarts).toBe(1)
  })

  it('takes another polling interval for no outage', () => {
    const changed = day((hour) => (hour < 12 ? { ...up(hour), count: 2 } : up(hour)))
    expect(availabilityOf(changed, undefined, gateway).upHours).toBe(24)
  })
})

describe('the use of an access point', () => {
  it('is client hours, the peak, traffic and the busiest hour', () => {
    const weeks = 28 * 24
    const clients = day(
      (index) => ({ mean: index % 24 === 8 ? 40 : 10, min: 0, max: index % 24 === 8 ? 55 : 20 }),
      weeks,
    )
    const rate = day(() => 8_000_000, 24)
    const { values, advice } = ask(apUse, midnightMs, { series: { clients, received: rate, sent: day(() => 0, 24) } })
    expect(values['client-time']).toBe((23 * 10 + 40) * 3600)
    expect(values['peak-clients']).toBe(55)
    expect(values['traffic']).toBe(24 * 3600 * 1e6)
    expect(values['busiest-hour']).toBe(8)
    expect(advice?.text.ja).toBe('昨日は延べ270台・時間、最大55台の利用でした（86.4GB）。よく混むのは8時台です。')
  })

  it('has no busiest hour where nobody ever came, or too few days are known', () => {
    expect(busiestHour(day(() => 0, 28 * 24))).toBeUndefined()
    expect(busiestHour(day(() => 5, 48))).toBeUndefined()
  })

  it('tells unmet demand only where the capacity is known', () => {
    const clients = day((index) => (index % 24 >= 8 && index % 24 < 10 ? { mean: 50, max: 58 } : 5), 28 * 24)
    expect(ask(apDemand, midnightMs, { series: { clients } }).advice?.code).toBe('unknown:capacity')
    const { values, advice } = ask(apDemand, midnightMs, { series: { clients }, settings: { capacityClients: 60 } })
    expect(values['full-time']).toBe(2 * 3600)
    expect(advice).toMatchObject({ level: 'act', code: 'too-few', number: { value: 14 } })
    expect(ask(apDemand, midnightMs, { series: { clients }, settings: { capacityClients: 90 } }).advice?.level).toBe(
      'fine',
    )
  })
})
