import * as suncalc from 'suncalc'
import { describe, expect, it } from 'vitest'
import { sunElevationDeg } from './sun-elevation.ts'

describe('sun elevation', () => {
  const place = { latDeg: 35.3304, lonDeg: 139.9027 }
  it('is at the equinox nearly 90° less the latitude at noon, and zero about six hours later', () => {
    const noonMs = Date.UTC(2026, 2, 20, 2, 48)
    expect(sunElevationDeg(noonMs, place)).toBeCloseTo(90 - place.latDeg, 0)
    expect(Math.abs(sunElevationDeg(noonMs + 6 * 3_600_000, place))).toBeLessThan(1)
  })

  it('agrees with suncalc within half a degree over two years', () => {
    for (let hour = 0; hour < 2 * 8760; hour += 7) {
      const timeMs = Date.UTC(2026, 0, 1) + hour * 3_600_000
      const { altitude } = suncalc.getPosition(new Date(timeMs), place.latDeg, place.lonDeg)
      expect(Math.abs(sunElevationDeg(timeMs, place) - altitude)).toBeLessThan(0.5)
    }
  })
})
