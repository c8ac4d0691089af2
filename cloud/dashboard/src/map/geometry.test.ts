import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundsOf, fitView, mercator, toScreen, worldPxOf, zoomAbout, zoomOf } from './geometry.ts'

const size = { width: 800, height: 400 }
const lat = fc.double({ min: 30, max: 46, noNaN: true })
const lon = fc.double({ min: 127, max: 147, noNaN: true })
const positions = fc.array(fc.record({ lat, lon }), { minLength: 1, maxLength: 30 })

describe('map geometry', () => {
  it('agrees with the Web Mercator definition at known points', () => {
    expect(mercator({ lat: 0, lon: 0 })).toEqual({ x: 0.5, y: 0.5 })
    expect(mercator({ lat: 85.0511287798066, lon: 180 }).y).toBeCloseTo(0, 9)
  })

  it('fits every site into the window, inside the padding', () => {
    fc.assert(
      fc.property(positions, (sites) => {
        const view = fitView(boundsOf(sites)!, size, 40, worldPxOf(14))
        for (const site of sites) {
          const { x, y } = toScreen(mercator(site), view, size)
          expect(x).toBeGreaterThan(39)
          expect(x).toBeLessThan(761)
          expect(y).toBeGreaterThan(39)
          expect(y).toBeLessThan(361)
        }
      }),
    )
  })

  it('zooms about a point that stays under the finger', () => {
    const view = fitView({ west: 139, south: 35, east: 140, north: 36 }, size, 0, worldPxOf(14))
    const place = mercator({ lat: 35.2, lon: 139.9 })
    const before = toScreen(place, view, size)
    const after = toScreen(place, zoomAbout(view, size, before, 2), size)
    expect(after.x).toBeCloseTo(before.x)
    expect(after.y).toBeCloseTo(before.y)
  })

  it('counts zoom as MapLibre does', () => {
    expect(zoomOf(512)).toBe(0)
    expect(zoomOf(worldPxOf(11.5))).toBeCloseTo(11.5)
  })
})
