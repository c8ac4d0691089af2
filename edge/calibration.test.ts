import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyCalibration, type Calibration, calibrationFaults, describeCalibration } from './calibration.ts'

const twoPoints: Calibration = {
  points: [
    { measured: 0.02, reference: 0 },
    { measured: 1.52, reference: 1.5 },
  ],
}
const table: Calibration = {
  table: [
    { measured: 0, reference: 0 },
    { measured: 1, reference: 1.1 },
    { measured: 2, reference: 2.5 },
  ],
}

describe('A calibration', () => {
  it('by scale and offset gives value × scale + offset', () => {
    expect(applyCalibration({ scale: 2, offset: -0.5 }, 3)).toEqual({ value: 5.5, isOutside: false })
  })

  it('by two points is the line through both, and goes on beyond them', () => {
    expect(applyCalibration(twoPoints, 0.02)).toEqual({ value: 0, isOutside: false })
    expect(applyCalibration(twoPoints, 1.52)).toEqual({ value: 1.5, isOutside: false })
    expect(applyCalibration(twoPoints, 0.77).value).toBeCloseTo(0.75, 12)
    expect(applyCalibration(twoPoints, 3.02).value).toBeCloseTo(3, 12)
    expect(applyCalibration(twoPoints, 3.02).isOutside).toBe(false)
  })

  it('by a table goes in lines from point to point; outside it the value is doubtful', () => {
    expect(applyCalibration(table, 0.5).value).toBeCloseTo(0.55, 12)
    expect(applyCalibration(table, 1)).toEqual({ value: 1.1, isOutside: false })
    expect(applyCalibration(table, 1.5).value).toBeCloseTo(1.8, 12)
    expect(applyCalibration(table, 2)).toEqual({ value: 2.5, isOutside: false })
    expect(applyCalibration(table, 2.1)).toEqual({ value: expect.closeTo(2.64, 12) as number, isOutside: true })
    expect(applyCalibration(table, -1)).toEqual({ value: expect.closeTo(-1.1, 12) as number, isOutside: true })
  })

  it('is judged by its limits after its law', () => {
    expect(applyCalibration({ ...twoPoints, max: 2 }, 3.02).isOutside).toBe(true)
    expect(applyCalibration({ ...twoPoints, min: 0 }, 0.01).isOutside).toBe(true)
  })

  it('by a table of any rising points meets each of them and never leaves the points on both sides', () => {
    const points = fc
      .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 })
      .chain((measured) =>
        fc.tuple(
          fc.constant(measured.toSorted((a, b) => a - b)),
          fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: measured.length, maxLength: measured.length }),
        ),
      )
      .map(([measured, reference]) => measured.map((at, index) => ({ measured: at, reference: reference[index] ?? 0 })))
    fc.assert(
      fc.property(points, fc.double({ min: 0, max: 1, noNaN: true }), (rising, share) => {
        for (const [index, { measured, reference }] of rising.entries()) {
          expect(applyCalibration({ table: rising }, measured)).toEqual({ value: reference, isOutside: false })
          const next = rising[index + 1]
          if (next === undefined) continue
          const between = applyCalibration({ table: rising }, measured + share * (next.measured - measured)).value
          expect(between).toBeGreaterThanOrEqual(Math.min(reference, next.reference) - 1e-9)
          expect(between).toBeLessThanOrEqual(Math.max(reference, next.reference) + 1e-9)
        }
      }),
    )
  })

  it('is described by its law, its day and the day on which it is due, over the end of a leap February', () => {
    expect(describeCalibration({ offset: 1 })).toEqual({ method: 'linear' })
    expect(describeCalibration({ ...table, date: '2026-04-01' })).toEqual({ method: 'table', date: '2026-04-01' })
    expect(describeCalibration({ ...twoPoints, date: '2028-02-28', validDays: 2 })).toEqual({
      method: 'two-point',
      date: '2028-02-28',
      due: '2028-03-01',
    })
  })

  it('has all its faults named at once, with path and example', () => {
    const faults = calibrationFaults(
      {
        scale: 2,
        points: [
          { measured: 1, reference: 2 },
          { measured: 1, reference: 2 },
        ],
        table: [
          { measured: 0, reference: 0 },
          { measured: 2, reference: 1 },
          { measured: 2, reference: 3 },
        ],
        min: 5,
        max: 1,
        date: '2026-02-30',
      },
      '/at',
    )
    expect(faults.map(({ path }) => path)).toEqual([
      '/at',
      '/at/points/1/measured',
      '/at/points/1/reference',
      '/at/table/2/measured',
      '/at/min',
      '/at/date',
    ])
    expect(faults[1]?.message).toContain('e.g. points: [{ measured: 0.02')
    expect(calibrationFaults({ offset: 1, validDays: 10 }, '/at')).toEqual([
      { path: '/at/date', message: expect.stringContaining('validDays counts from it') as string },
    ])
    expect(calibrationFaults({ ...table, date: '2026-04-01', validDays: 365 }, '/at')).toEqual([])
  })
})
