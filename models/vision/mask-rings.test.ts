import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskBytes } from '../../broker/contract/event-codec.ts'
import { maskRings, type Ring } from './mask-rings.ts'

/** The pixels whose centres lie inside the rings under the even-odd rule. */
function filled(rings: readonly Ring[], width: number, height: number): number[] {
  return Array.from({ length: width * height }, (_, at) => {
    const [px, py] = [((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height]
    const crossings = rings.map((ring) => crossed(ring, px, py)).reduce((sum, count) => sum + count, 0)
    return crossings % 2
  })
}

function crossed(ring: Ring, px: number, py: number): number {
  let count = 0
  for (let index = 0; index < ring.length; index += 2) {
    const [x0, y0] = [ring[index] ?? 0, ring[index + 1] ?? 0]
    const [x1, y1] = [ring[(index + 2) % ring.length] ?? 0, ring[(index + 3) % ring.length] ?? 0]
    if (y0 > py !== y1 > py && px < x0 + ((py - y0) / (y1 - y0)) * (x1 - x0)) count += 1
  }
  return count
}

function disc(width: number, height: number, radius: number, hole = 0): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const distance = Math.hypot((at % width) - width / 2, Math.floor(at / width) - height / 2)
    return distance < radius && distance >= hole ? 1 : 0
  })
}

describe('the rings of a mask', () => {
  it('cover a disc with a hole to within two hundredths of its area, with few points', () => {
    const inside = disc(120, 90, 40, 12)
    const rings = maskRings(inside, { width: 120, height: 90 })
    expect(rings).toHaveLength(2)
    const found = filled(rings, 120, 90)
    const wrong = found.filter((value, at) => value !== inside[at]).length
    expect(wrong / inside.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.02)
    expect(maskBytes([...rings])).toBeLessThan(1500)
  })

  it('give pixels that touch by a corner rings of their own', () => {
    const rings = maskRings(Uint8Array.from([1, 0, 0, 1]), { width: 2, height: 2 })
    expect(rings.map((ring) => ring.length)).toEqual([8, 8])
  })

  it('fit into an event and lie inside the frame, whatever the mask', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer(),
        (width, height, seed) => {
          const inside = Uint8Array.from(
            { length: width * height },
            (_, at) => (Math.imul(at + 1, seed | 1) >>> 13) & 1,
          )
          const rings = maskRings(inside, { width, height })
          expect(maskBytes([...rings])).toBeLessThanOrEqual(8000)
          for (const ring of rings) {
            expect(ring.length % 2).toBe(0)
            for (const value of ring) expect(value >= 0 && value <= 1).toBe(true)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
