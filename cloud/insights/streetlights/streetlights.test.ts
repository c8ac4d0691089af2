import { describe, expect, it } from 'vitest'
import { ask, cityHall, hoursUntil } from '../insight-fixture.ts'
import { lampOutlook, rankLamps } from './lamp-outlook.ts'
import { lampUse } from './lamp-use.ts'
import { hoursOfNight } from './night.ts'
import { nightCoverage } from './night-coverage.ts'

/** Sunset 16:38:41, sunrise 06:49:13 of the next day. */
const noonMs = Date.parse('2025-01-02T12:00:00+09:00')
const nights = (days = 1) => hoursOfNight(noonMs - days * 86_400_000, days * 24, cityHall)
type Hour = Parameters<typeof hoursUntil>[1][number]

/** A lamp of 60 W from sunset to sunrise, changed by `at` where it says so. */
function lamp(number: number, at: (index: number, night: number) => Hour | undefined = () => undefined, days = 1) {
  const values = nights(days).map(
    ({ night }, index): Hour =>
      at(index, night) ?? { mean: 60 * night, min: night < 1 ? 0 : 60, max: night > 0 ? 60 : 0 },
  )
  return { device: 'cabinet', channel: `lamp-${number}-power`, intervalS: 60, hours: hoursUntil(noonMs, values) }
}

describe('the use of lamps', () => {
  it('is as long as the night, costs what the tariff says, and says when nobody has checked the tariff', () => {
    const groups = { powers: [lamp(1), lamp(2)] }
    const settings = { tariff: { yenPerKwh: 30, source: 'a bill', verified: false } }
    const { values, parts, advice } = ask(lampUse, noonMs, { groups, settings })
    const night = 14 + 10 / 60 + 32 / 3600
    expect((values['burnt-time'] ?? 0) / 3600).toBeCloseTo(night, 1)
    expect((values['due-time'] ?? 0) / 3600).toBeCloseTo(night, 1)
    expect((values['energy'] ?? 0) / 3_600_000).toBeCloseTo((2 * 60 * night) / 1000, 2)
    expect(values['cost']).toBeCloseTo(((2 * 60 * night) / 1000) * 30, 0)
    expect(values['wasted-energy']).toBe(0)
    expect(parts?.map(({ part }) => part)).toEqual(['lamp-1', 'lamp-2'])
    expect(advice?.text.ja).toContain('単価は未確認')
    expect(ask(lampUse, noonMs, { groups }).advice?.text.ja).toContain('料金は未設定')
    expect(ask(lampUse, noonMs, { groups }).values['cost']).toBeUndefined()
  })

  it('names the lamp that burns by day, with the energy wasted', () => {
    const welded = lamp(2, (_, night) => (night < 1 ? { mean: 60 } : undefined))
    const { values, advice } = ask(lampUse, noonMs, { groups: { powers: [lamp(1), welded] } })
    // Four hours and a half before and after noon are surely day: 12 to 16 and 8 to 12 o'clock.
    expect(values['day-burnt-time']).toBe(8 * 3600)
    expect(values['wasted-energy']).toBe(8 * 60 * 3600)
    expect(advice).toMatchObject({ level: 'act', code: 'day-burning', number: { value: 8 } })
    expect(advice?.text.ja).toBe('点灯制御を確認してください。灯2が昼間に計8.0時間点いていました（むだ0.48kWh）。')
  })

  it('counts an hour that a flickering lamp burnt in part for its part', () => {
    const flickering = lamp(1, (index) => (index === 12 ? { mean: 15, min: 0, max: 60 } : undefined))
    const whole = ask(lampUse, noonMs, { groups: { powers: [lamp(1)] } }).values['burnt-time'] ?? 0
    const less = ask(lampUse, noonMs, { groups: { powers: [flickering] } }).values['burnt-time'] ?? 0
    expect((whole - less) / 3600).toBeCloseTo(0.75, 2)
  })

  it('is not told without lamps, or where too little was measured', () => {
    expect(ask(lampUse, noonMs, {}).advice?.code).toBe('unknown:powers')
    const silent = lamp(1, () => Number.NaN)
    expect(ask(lampUse, noonMs, { groups: { powers: [silent] } }).advice?.text.ja).toContain('測定値が足りません')
    expect(ask(nightCoverage, noonMs, { groups: { powers: [silent] } }).advice?.code).toBe('unknown:powers')
  })
})

describe('night coverage', () => {
  it('is the share of lamps and hours lit, and names what stayed dark', () => {
    const dark = lamp(3, () => 0.3)
    const { values, advice } = ask(nightCoverage, noonMs, { groups: { powers: [lamp(1), lamp(2), dark, lamp(4)] } })
    expect(values).toEqual({ coverage: 0.75, 'dark-lamps': 1 })
    expect(advice).toMatchObject({ level: 'act', code: 'dark' })
    expect(advice?.text.ja).toBe('灯具を点検してください。昨夜は灯3が点きませんでした（点灯率75%）。')
  })

  it('asks for the cabinet where every lamp is dark, and is content where all burnt', () => {
    const all = (make: (number: number) => ReturnType<typeof lamp>) => ({ powers: [1, 2, 3].map(make) })
    expect(ask(nightCoverage, noonMs, { groups: all((n) => lamp(n, () => 0)) }).advice).toMatchObject({
      level: 'urgent',
    })
    const well = ask(nightCoverage, noonMs, { groups: all((n) => lamp(n)) })
    expect(well.values['coverage']).toBe(1)
    expect(well.advice).toMatchObject({ level: 'fine', text: { ja: '昨夜は3灯すべてが点きました。' } })
  })
})

describe('lamps likely to fail next', () => {
  const days = 28
  const steady = (number: number) => lamp(number, undefined, days)
  const falling = lamp(
    2,
    (index, night) => (night === 1 && index > 20 * 24 ? { mean: 54, min: 54, max: 54 } : undefined),
    days,
  )
  const restarting = lamp(
    3,
    (index, night) => (night === 1 && index > 22 * 24 && index % 4 === 0 ? { mean: 50, min: 2, max: 60 } : undefined),
    days,
  )

  it('are those whose power fell against their neighbours, and those that dip by night; the reason is told', () => {
    const members = [steady(1), falling, restarting, steady(4)]
    const { parts, advice } = ask(lampOutlook, noonMs, { groups: { powers: members } })
    expect(
      parts
        ?.slice(0, 2)
        .map(({ part }) => part)
        .toSorted(),
    ).toEqual(['lamp-2', 'lamp-3'])
    expect(parts?.at(-1)?.values['risk']).toBe(0)
    expect(advice?.level).toBe('watch')
    expect(advice?.text.ja).toMatch(/次の巡回で灯[23]を点検してください。.*ほか1灯も。/)
    const alone = ask(lampOutlook, noonMs, { groups: { powers: [steady(1), falling, steady(4)] } })
    expect(alone.advice?.number?.value).toBeCloseTo(10, 0)
  })

  it('are none where all fall together, as when the mains sinks', () => {
    const sinking = (number: number) =>
      lamp(
        number,
        (index, night) =>
          night === 1 ? { mean: 60 - index / 300, min: 60 - index / 300, max: 60 - index / 300 } : undefined,
        days,
      )
    expect(ask(lampOutlook, noonMs, { groups: { powers: [1, 2, 3].map(sinking) } }).advice?.code).toBe('none')
  })

  it('are not told from a few nights', () => {
    expect(ask(lampOutlook, noonMs, { groups: { powers: [lamp(1, undefined, 5)] } }).advice?.code).toBe(
      'unknown:history',
    )
    expect(rankLamps([], [])).toEqual([])
  })
})
