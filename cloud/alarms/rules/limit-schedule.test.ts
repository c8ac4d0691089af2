import { describe, expect, it } from 'vitest'
import { limitsAt, stageOn, type LimitPlan } from './limit-schedule.ts'
import { isTimeZone, localTime } from '../../calendar/local-time.ts'

const kimitsu = { position: { lat: 35.3304, lon: 139.9027 } }
const jst = (text: string) => Date.parse(`${text}+09:00`)
const plan = (schedule: LimitPlan['schedule'], more: Partial<LimitPlan> = {}): LimitPlan => ({
  below: 1,
  hysteresis: 0.1,
  schedule,
  ...more,
})

describe('limits that vary', () => {
  it('hold by the wall clock of Japan, over midnight too', () => {
    const night = plan([{ when: { time: { from: '22:00', to: '05:00' } }, below: 2 }])
    expect(limitsAt(night, {}, jst('2026-07-01T21:59:59.999')).below).toBe(1)
    expect(limitsAt(night, {}, jst('2026-07-01T22:00:00')).below).toBe(2)
    expect(limitsAt(night, {}, jst('2026-07-02T00:00:00')).below).toBe(2)
    expect(limitsAt(night, {}, jst('2026-07-02T04:59:59')).below).toBe(2)
    expect(limitsAt(night, {}, jst('2026-07-02T05:00:00')).below).toBe(1)
  })

  it('follow the clock of another zone through its change to summer time', () => {
    const morning = plan([{ when: { time: { from: '08:00', to: '09:00' } }, above: 5 }], { timeZone: 'Europe/Berlin' })
    expect(limitsAt(morning, {}, Date.parse('2026-03-28T07:30:00Z')).above).toBe(5)
    expect(limitsAt(morning, {}, Date.parse('2026-03-29T06:30:00Z')).above).toBe(5)
    expect(limitsAt(morning, {}, Date.parse('2026-03-29T07:30:00Z')).above).toBeUndefined()
  })

  it('hold in a season, both its days included, over the new year too', () => {
    const winter = plan([{ when: { season: { from: '12-01', to: '02-28' } }, below: 3 }])
    expect(limitsAt(winter, {}, jst('2026-11-30T23:59:59')).below).toBe(1)
    expect(limitsAt(winter, {}, jst('2026-12-01T00:00:00')).below).toBe(3)
    expect(limitsAt(winter, {}, jst('2027-02-28T23:59:59')).below).toBe(3)
    expect(limitsAt(winter, {}, jst('2027-03-01T00:00:00')).below).toBe(1)
  })

  it('follow the sun over the site, and do not hold where nobody knows where the site is', () => {
    const dark = plan([{ when: { sun: { below: -6 } }, below: 12 }])
    // Civil dusk at Kimitsu on 15 July 2025 is 19:24:46 JST (NOAA algorithm).
    expect(limitsAt(dark, kimitsu, jst('2025-07-15T19:22:00')).below).toBe(1)
    expect(limitsAt(dark, kimitsu, jst('2025-07-15T19:28:00')).below).toBe(12)
    expect(limitsAt(dark, {}, jst('2025-07-15T23:00:00')).below).toBe(1)
  })

  it('follow the growth stage of the place, and that of the rule where the place tells none', () => {
    const cold = plan([{ when: { stage: ['booting'] }, below: 15 }], { stages: [{ id: 'booting', from: '07-10' }] })
    const place = {
      stages: [
        { id: 'booting', from: '2026-07-20' },
        { id: 'ripening', from: '2026-08-10' },
      ],
    }
    expect(limitsAt(cold, place, jst('2026-07-19T23:00:00')).below).toBe(1)
    expect(limitsAt(cold, place, jst('2026-07-20T00:00:00')).below).toBe(15)
    expect(limitsAt(cold, place, jst('2026-08-10T00:00:00')).below).toBe(1)
    expect(limitsAt(cold, {}, jst('2026-07-10T00:00:00')).below).toBe(15)
    expect(limitsAt(plan(cold.schedule), {}, jst('2026-07-25T00:00:00')).below).toBe(1)
  })

  it('are those of the first entry that holds, all of whose conditions must', () => {
    const both = plan([
      {
        when: { time: { from: '06:00', to: '18:00' }, season: { from: '06-01', to: '08-31' } },
        above: 9,
        hysteresis: 1,
      },
      { when: { time: { from: '06:00', to: '18:00' } } },
    ])
    expect(limitsAt(both, {}, jst('2026-07-01T12:00:00'))).toEqual({ below: undefined, above: 9, hysteresis: 1 })
    expect(limitsAt(both, {}, jst('2026-10-01T12:00:00'))).toEqual({
      below: undefined,
      above: undefined,
      hysteresis: 0.1,
    })
    expect(limitsAt(both, {}, jst('2026-10-01T20:00:00')).below).toBe(1)
  })
})

describe('a growth stage', () => {
  const day = (text: string) => localTime(jst(`${text}T12:00:00`), 'Asia/Tokyo')

  it('without a year comes back every year, the last of the year before its first', () => {
    const stages = [
      { id: 'growing', from: '05-01' },
      { id: 'fallow', from: '10-01' },
    ]
    expect(stageOn(stages, day('2026-05-01'))).toBe('growing')
    expect(stageOn(stages, day('2026-12-31'))).toBe('fallow')
    expect(stageOn(stages, day('2027-01-01'))).toBe('fallow')
    expect(stageOn(stages, day('2027-04-30'))).toBe('fallow')
  })

  it('with a year is unknown before the first', () => {
    expect(stageOn([{ id: 'growing', from: '2026-05-01' }], day('2026-04-30'))).toBeUndefined()
  })
})

describe('local time', () => {
  it('is that of the zone at each quarter of an hour, and before 1970', () => {
    expect(localTime(jst('2026-01-01T00:00:00'), 'Asia/Tokyo')).toEqual({
      year: 2026,
      month: 1,
      day: 1,
      minuteOfDay: 0,
    })
    expect(localTime(Date.parse('1969-12-31T14:59:30Z'), 'Asia/Tokyo')).toEqual({
      year: 1969,
      month: 12,
      day: 31,
      minuteOfDay: 23 * 60 + 59.5,
    })
    expect(localTime(Date.parse('2026-01-01T00:00:00Z'), 'Asia/Kathmandu').minuteOfDay).toBe(5 * 60 + 45)
  })

  it('knows the zones of the database and no others', () => {
    expect(isTimeZone('Asia/Tokyo')).toBe(true)
    expect(isTimeZone('Asia/Kimitsu')).toBe(false)
  })
})
