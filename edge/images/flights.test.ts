import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ImageToSort, sortIntoFlights } from './flights.ts'

const rule = { gapMs: 600_000, distanceM: 2000 }
const camera = { make: 'DJI', model: 'M3M', serial: 'A1' }
const start = Date.UTC(2026, 6, 22)

function shot(key: number, minute: number, lat = 35.33, serial = 'A1'): ImageToSort {
  const position = { lat, lon: 139.9 }
  return { key, facts: { timeMs: start + minute * 60_000, position, camera: { ...camera, serial } } }
}

describe('flights', () => {
  it('end at a long pause, at a far jump, and with the camera', () => {
    const images = [shot(1, 0), shot(2, 5), shot(3, 30), shot(4, 31, 35.4), shot(5, 1, 35.33, 'B2')]
    const { flightOf, flights } = sortIntoFlights(images, [], rule)
    expect(flightOf.get(1)).toBe(flightOf.get(2))
    expect(new Set(flightOf.values()).size).toBe(4)
    expect(flights.find(({ id }) => id === flightOf.get(1))).toMatchObject({ firstMs: start, lastMs: start + 300_000 })
  })

  it('take the rest of a card that is imported later, before or after what is known', () => {
    const first = sortIntoFlights([shot(1, 5), shot(2, 8)], [], rule)
    const rest = sortIntoFlights([shot(3, 0), shot(4, 12)], first.flights, rule)
    expect(new Set([...first.flightOf.values(), ...rest.flightOf.values()]).size).toBe(1)
    expect(rest.flights).toMatchObject([{ firstMs: start, lastMs: start + 720_000 }])
  })

  it('have the same ids whatever the order in which a card is read', () => {
    const cards = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(cards, fc.infiniteStream(fc.nat()), (minutes, order) => {
        const images = minutes.map((minute, key) => shot(key, minute))
        const shuffled = images
          .map((image) => ({ image, at: Number(order.next().value) }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ image }) => image)
        const flights = (from: readonly ImageToSort[]) =>
          [...sortIntoFlights(from, [], rule).flightOf].toSorted(([a], [b]) => a - b)
        expect(flights(shuffled)).toEqual(flights(images))
      }),
    )
  })
})
