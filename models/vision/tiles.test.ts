import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTileCanvas, tileStarts } from './tiles.ts'

describe('tiles', () => {
  it('cover every pixel, stay inside the image and overlap by at least as much as was asked for', () => {
    const sides = fc.integer({ min: 1, max: 3000 })
    fc.assert(
      fc.property(sides, fc.integer({ min: 8, max: 600 }), fc.integer({ min: 0, max: 200 }), (side, tile, asked) => {
        const overlap = Math.min(asked, tile - 1)
        const starts = tileStarts(side, tile, overlap)
        expect(starts[0]).toBe(0)
        if (side > tile) expect(starts.at(-1)).toBe(side - tile)
        starts.forEach((start, index) => {
          if (index > 0) expect(start - (starts[index - 1] ?? 0)).toBeLessThanOrEqual(tile - overlap)
        })
      }),
    )
  })

  it('joined by a feathered mean give back what each of them saw, without seams', () => {
    const [width, height, tile, overlapPx] = [300, 200, 64, 16]
    const scene = (x: number, y: number): number => 0.5 + 0.4 * Math.sin(x / 40) * Math.cos(y / 30)
    const map = { channels: 1, width: tile, height: tile }
    const canvas = createTileCanvas({ image: { width, height }, tile: { width: tile, height: tile }, overlapPx, map })
    for (const top of tileStarts(height, tile, overlapPx)) {
      for (const left of tileStarts(width, tile, overlapPx)) {
        canvas.add(
          Float32Array.from({ length: tile * tile }, (_, at) => scene(left + (at % tile), top + Math.floor(at / tile))),
          left,
          top,
        )
      }
    }
    const joined = canvas.joined()
    expect([joined.width, joined.height]).toEqual([width, height])
    const worst = joined.values.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - scene(at % width, Math.floor(at / width)))),
      0,
    )
    expect(worst).toBeLessThan(1e-5)
  })

  it('of a huge image are joined into a coarser map of bounded size', () => {
    const tile = { width: 512, height: 512 }
    const map = { channels: 2, width: 128, height: 128 }
    const canvas = createTileCanvas({ image: { width: 40_000, height: 30_000 }, tile, overlapPx: 64, map })
    canvas.add(new Float32Array(2 * 128 * 128).fill(0.25), 39_488, 29_488)
    const { width, height, channels, values } = canvas.joined()
    expect(width * height * channels).toBeLessThanOrEqual(4.1e6)
    expect(values.at(-1)).toBeCloseTo(0.25)
  })
})
