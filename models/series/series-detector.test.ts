import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noHolidays } from './calendar.ts'
import { SeriesDetector, type DetectorDefinition } from './series-detector.ts'

const minuteMs = 60_000
const dayMs = 1440 * minuteMs
const startMs = Date.UTC(2026, 0, 5)
const definition: DetectorDefinition = {
  transform: { kind: 'none' },
  stepS: 300,
  utcOffsetMin: 540,
  residualSteps: 12,
  levelSteps: 128,
  shortSteps: 32,
  longSteps: 2000,
  power: 3,
  fadeShare: 0.2,
  maxFadeSteps: 1000,
  recurrenceFactor: 1.5,
  recurrenceRate: 0.35,
}

/** A day's course with noise that repeats exactly from run to run. */
function usual(timeMs: number): number {
  const step = Math.round(timeMs / (5 * minuteMs))
  const noise = ((step * 7919) % 1009) / 1009 + ((step * 104_729) % 997) / 997 - 1
  return 100 + 30 * Math.sin((2 * Math.PI * timeMs) / dayMs) + 3 * noise
}

/** Highest surprise of each day. */
function daily(days: number, value: (timeMs: number) => number, detector = detectorOf()): readonly number[] {
  return Array.from({ length: days }, (_, day) => {
    let highest = 0
    for (let minute = 0; minute < 1440; minute += 5) {
      const timeMs = startMs + day * dayMs + minute * minuteMs
      const result = detector.push(timeMs, value(timeMs))
      if (typeof result === 'object') highest = Math.max(highest, result.surprise)
    }
    return highest
  })
}

function detectorOf(changes: Partial<DetectorDefinition> = {}): SeriesDetector {
  return new SeriesDetector({ ...definition, ...changes }, noHolidays)
}

const on = (day: number, hour: number): number => startMs + day * dayMs + hour * 12 * 5 * minuteMs
const alarm = 4

describe('a series detector', () => {
  it('leaves a usual day in peace and finds a spike, a drop at the wrong hour, a lasting shift and a value that stopped', () => {
    const faults: readonly ((timeMs: number) => number)[] = [
      (timeMs) => (timeMs === on(12, 9) ? 200 : usual(timeMs)),
      (timeMs) => (timeMs >= on(12, 6) && timeMs < on(12, 9) ? 72 : usual(timeMs)),
      (timeMs) => (timeMs >= on(12, 3) ? usual(timeMs) + 25 : usual(timeMs)),
      (timeMs) => (timeMs >= on(12, 3) ? usual(on(12, 3)) : usual(timeMs)),
    ]
    expect(Math.max(...daily(13, usual).slice(2))).toBeLessThan(alarm)
    for (const fault of faults) expect(daily(13, fault)[12]).toBeGreaterThan(alarm)
  })

  it('stops telling of what happens every day at the same hour', () => {
    const isBackup = (timeMs: number): boolean => timeMs >= on(4, 0) && timeMs % dayMs === 3_600_000
    const days = daily(16, (timeMs) => (isBackup(timeMs) ? 250 : usual(timeMs)))
    expect(days[4]).toBeGreaterThan(alarm)
    expect(Math.max(...days.slice(10))).toBeLessThan(alarm)
  })

  it('goes on after a restart exactly as if there had been none', () => {
    const spiked = (timeMs: number): number => usual(timeMs) + (timeMs === on(6, 5) ? 90 : 0)
    const [whole, before] = [detectorOf(), detectorOf()]
    daily(5, spiked, whole)
    daily(5, spiked, before)
    const after = new SeriesDetector(definition, noHolidays, structuredClone(before.state))
    for (let minute = 0; minute < 3 * 1440; minute += 5) {
      const timeMs = on(5, 0) + minute * minuteMs
      expect(after.push(timeMs, spiked(timeMs))).toEqual(whole.push(timeMs, spiked(timeMs)))
    }
  })

  it('makes steps of samples that come faster and takes slower ones as they come', () => {
    const fast = detectorOf()
    const results = Array.from({ length: 60 }, (_, minute) => fast.push(startMs + minute * minuteMs, 1))
    expect(results.filter((result) => typeof result === 'object')).toHaveLength(12)
    const slow = detectorOf()
    expect(slow.push(startMs, 1)).toBeTypeOf('object')
    expect(slow.push(startMs + 600_000, 1)).toBeTypeOf('object')
    expect(slow.push(startMs + 600_000, 2)).toBe('stale')
  })

  it('keeps its memory, and gives no number that is not one, whatever it is fed', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
      fc.constant(0),
      fc.integer({ min: 0, max: 3 }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.integer({ min: 1, max: 90_000 })), { maxLength: 300 }), (samples) => {
        const detector = detectorOf({ stepS: 0, transform: { kind: 'log1p', unit: 10 } })
        let timeMs = startMs
        for (const [sample, gapS] of samples) {
          const result = detector.push((timeMs += gapS * 1000), sample)
          expect(typeof result === 'object' && Number.isFinite(result.surprise) && result.surprise >= 0).toBe(true)
        }
        expect(detector.state.week.means).toHaveLength(168)
        expect(detector.state.tails.every(({ bins }) => bins.length === 64)).toBe(true)
      }),
    )
  })
})
