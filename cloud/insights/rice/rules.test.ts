import { describe, expect, it } from 'vitest'
import { hourMs, type Hours, type InsightInput } from '../insight.ts'
import { coldDegreeDays, weekRisk } from './cold.ts'
import { fieldSeason } from './field-season.ts'
import { harvest, harvestRules } from './harvest.ts'
import { heading } from './heading.ts'
import { startOfDayMs } from '../../calendar/japan-days.ts'
import { dayText, parseDay } from './local-days.ts'
import { ripeningRisk } from './ripening-heat.ts'
import { hourlyFallMm, hoursToEmpty, leakOf, nightFallsMmDay } from './water-balance.ts'
import { waterTarget, type WaterConditions } from './water-target.ts'

const unknown = Number.NaN
const summer: WaterConditions = {
  stage: 'tillering',
  daysToHeading: 60,
  hour: 10,
  sevenDayMeanC: 24,
  forecastMinC: unknown,
  lastMinC: 22,
}

describe('the depth of water', () => {
  it.each([
    [{ stage: 'rooting', hour: 10 }, 3],
    [{ stage: 'rooting', hour: 22 }, 5],
    [{ stage: 'tillering' }, 2],
    [{ stage: 'mid-drainage' }, 0],
    [{ stage: 'panicle-formation' }, 4],
    [{ stage: 'booting' }, 6],
    [{ stage: 'heading' }, 6],
    [{ stage: 'booting', lastMinC: 20 }, 10],
    [{ stage: 'booting', lastMinC: 17 }, 15],
    [{ stage: 'panicle-formation', forecastMinC: 17 }, 15],
    [{ stage: 'panicle-formation', sevenDayMeanC: 19.5 }, 10],
    [{ stage: 'panicle-formation', sevenDayMeanC: 21.9 }, 10],
    [{ stage: 'panicle-formation', sevenDayMeanC: 16.8 }, 15],
    [{ stage: 'tillering', lastMinC: 12 }, 2],
    [{ stage: 'late-ripening' }, 0],
  ] as const)('with %o is at least %i cm', (change, lowCm) => {
    expect(waterTarget({ ...summer, ...change })?.lowCm).toBe(lowCm)
  })

  it('goes by the forecast where there is one, and else by the night before', () => {
    expect(waterTarget({ ...summer, stage: 'booting', forecastMinC: 23, lastMinC: 16 })?.isForCold).toBe(false)
    expect(waterTarget({ ...summer, stage: 'booting', forecastMinC: unknown, lastMinC: 16 })?.isForCold).toBe(true)
  })

  it('is nobody’s business before transplanting and after harvest', () => {
    expect(waterTarget({ ...summer, stage: 'before' })).toBeUndefined()
    expect(waterTarget({ ...summer, stage: 'after' })).toBeUndefined()
  })
})

describe('warnings of temperature', () => {
  it.each([
    [17, 'heavy'],
    [17.1, 'damage'],
    [20, 'damage'],
    [21.9, 'prevent'],
    [22, 'none'],
  ])('a week at %f °C is %s', (meanC, risk) => {
    expect(weekRisk(meanC)).toBe(risk)
  })

  it.each([
    [25.9, 'none'],
    [26, 'caution'],
    [26.9, 'caution'],
    [27, 'warning'],
  ])('twenty days after heading at %f °C are %s', (meanC, risk) => {
    expect(ripeningRisk(meanC)).toBe(risk)
  })
})

const transplanted = '2026-05-03'

/** Hourly temperatures from 1 April to the start of `day`. */
function temperatures(day: string, meanC: (day: string) => number): Hours {
  const fromMs = startOfDayMs(parseDay('2026-04-01')!)
  const hours = (startOfDayMs(parseDay(day)!) - fromMs) / hourMs
  const mean = Float32Array.from({ length: hours }, (_, hour) =>
    meanC(dayText(parseDay('2026-04-01')! + Math.floor(hour / 24))),
  )
  return {
    fromMs,
    mean,
    min: mean.map((value) => value - 4),
    max: mean.map((value) => value + 4),
    count: mean.map(() => 1),
  }
}

function inputOn(
  day: string,
  settings: InsightInput['settings'],
  meanC: (day: string) => number = () => 22,
): InsightInput {
  const place = { id: 'kimitsu/gw/field', name: { ja: '田', en: 'field' }, lat: 35.33, lon: 139.9 }
  const series = { temperature: temperatures(day, meanC) }
  return { place, timeMs: startOfDayMs(parseDay(day)!), settings: { transplanted, ...settings }, series, groups: {} }
}

describe('the season of a field', () => {
  const seasonOn = (day: string, settings: InsightInput['settings'], meanC?: (day: string) => number) => {
    const input = inputOn(day, settings, meanC)
    const found = fieldSeason(input.settings, {
      timeMs: input.timeMs,
      latDeg: 35.33,
      temperature: input.series['temperature']!,
    })
    if ('because' in found) throw new Error(found.because.en)
    return found
  }

  it('has its stages in order, and heading within its range', () => {
    const days = [
      '2026-05-10',
      '2026-06-01',
      '2026-06-15',
      '2026-07-05',
      '2026-07-20',
      '2026-08-01',
      '2026-08-12',
      '2026-08-21',
      '2026-08-26',
      '2026-10-01',
    ]
    const stages = days.map((day) => seasonOn(day, { cultivar: 'koshihikari' }).stage)
    const order = [
      'rooting',
      'tillering',
      'mid-drainage',
      'panicle-formation',
      'booting',
      'heading',
      'ripening',
      'late-ripening',
      'drained',
      'after',
    ]
    expect(
      stages.every((stage, index) => index === 0 || order.indexOf(stage) >= order.indexOf(stages[index - 1] ?? '')),
    ).toBe(true)
    const early = seasonOn('2026-06-01', { cultivar: 'koshihikari' })
    const final = seasonOn('2026-07-20', { cultivar: 'koshihikari' })
    expect(Math.abs(early.headingDay - final.headingDay)).toBeLessThanOrEqual(early.headingRangeDays)
    expect(final.headingRangeDays).toBeLessThan(early.headingRangeDays)
  })

  it('moves heading by what was seen in past years', () => {
    const past = { transplanted: '2025-05-03', headed: '2025-07-20', modelled: '2025-07-24' }
    const plain = seasonOn('2026-06-20', { cultivar: 'koshihikari' })
    const corrected = seasonOn('2026-06-20', { cultivar: 'koshihikari', pastHeadings: [past] })
    expect(corrected.headingDay - plain.headingDay).toBe(-4)
  })

  it('cannot tell the heading of ふさおとめ without any date that was seen', () => {
    const { advice } = heading.compute(inputOn('2026-06-20', { cultivar: 'fusaotome' }))
    expect(advice?.code).toBe('unknown:parameters')
  })

  it('cannot tell with too many days without readings', () => {
    const { advice } = heading.compute(
      inputOn('2026-06-20', { cultivar: 'koshihikari' }, (day) => (day < '2026-05-20' ? unknown : 22)),
    )
    expect(advice?.code).toBe('unknown:temperature')
  })

  it('adds cold up only around booting: max(22 − mean, 0)', () => {
    const season = seasonOn('2026-08-10', { cultivar: 'koshihikari' }, (day) =>
      day >= '2026-07-15' && day <= '2026-07-17' ? 18 : 22,
    )
    expect(coldDegreeDays(season)).toBeCloseTo(12, 4)
  })

  it.each([
    ['fusaotome', 33],
    ['fusakogane', 37],
    ['koshihikari', 38],
  ] as const)('of %s is harvested %i days after heading', (cultivar, days) => {
    expect(harvestRules[cultivar]?.days).toBe(days)
    const headed = '2026-07-25'
    const due = dayText(parseDay(headed)! + days)
    const { values, advice } = harvest.compute(inputOn(due, { cultivar, headed }))
    expect(values).toMatchObject({ 'days-to-harvest': 0 })
    expect(advice?.code).toBe('now')
    expect((values as Record<string, number>)['degree-days']).toBeCloseTo((days - 1) * 22, 2)
  })
})

describe('the balance of the water', () => {
  const fromMs = Date.parse('2026-06-01T00:00:00+09:00')
  const levels = (levelMm: (hour: number) => number, hours = 24 * 6): Hours => {
    const mean = Float32Array.from({ length: hours }, (_, hour) => levelMm(hour) / 1000)
    return { fromMs, mean, min: mean, max: mean, count: mean.map(() => 1) }
  }
  /** Filled to 70 mm at six each morning, and falling by 0.5 mm an hour. */
  const usual = (hour: number) => 70 - ((hour + 18) % 24) * 0.5
  const leakOfLevels = (level: Hours) => {
    const fall = hourlyFallMm(level, undefined, 0)
    return leakOf(fall, nightFallsMmDay(level, fall))
  }

  it('loses 12 mm a day where it falls by half a millimetre an hour by night', () => {
    const level = levels(usual)
    const nights = nightFallsMmDay(level, hourlyFallMm(level, undefined, 0))
    expect(nights.length).toBe(5)
    for (const night of nights) expect(night).toBeCloseTo(12, 1)
    expect(leakOfLevels(level)).toBeUndefined()
  })

  it('sees a leak in the hours in which it falls fast, and in a night that loses twice what is usual', () => {
    const sudden = levels((hour) => (hour < 140 ? usual(hour) : usual(140) - (hour - 139) * 6))
    expect(leakOfLevels(sudden)).toMatchObject({ isSudden: true })
    const slow = levels((hour) => (hour < 115 ? usual(hour) : 70 - (hour - 115) * 1.5))
    const leak = leakOfLevels(slow)
    expect(leak?.isSudden).toBe(false)
    expect(leak?.mmDay).toBeCloseTo(36, 0)
    expect(leak?.usualMmDay).toBeCloseTo(12, 0)
  })

  it('lasts for its depth divided by its rate', () => {
    const level = levels((hour) => 60 - hour * 0.5, 24)
    const found = hoursToEmpty(hourlyFallMm(level, undefined, 0), 0.048)
    expect(found?.hours).toBeCloseTo(96, 1)
    expect(
      hoursToEmpty(
        hourlyFallMm(
          levels(() => 50, 24),
          undefined,
          0,
        ),
        0.05,
      ),
    ).toBeUndefined()
  })
})
