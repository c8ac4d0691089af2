import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEdgeDetector } from './edge-detector.ts'

describe('An edge detector', () => {
  it('tells an edge when the new level has held, with the time at which it began', () => {
    const detector = createEdgeDetector({ edge: 'rising', debounceMs: 10 })
    const told = [false, true, false, true, true, true, true].map((level, at) => detector.sample(level, at * 5))
    expect(told).toEqual([undefined, undefined, undefined, undefined, undefined, 15, undefined])
  })

  it('with no debounce tells each edge at once, of the direction that is asked for', () => {
    const detector = createEdgeDetector({ edge: 'falling', debounceMs: 0 })
    const told = [true, false, true, false].map((level, at) => detector.sample(level, at))
    expect(told).toEqual([undefined, 1, undefined, 3])
  })

  it('takes the first level after a gap for where things stand', () => {
    const detector = createEdgeDetector({ edge: 'rising', debounceMs: 0 })
    detector.sample(false, 0)
    detector.reset()
    expect(detector.sample(true, 1)).toBeUndefined()
  })

  it('never tells two edges nearer than two debounce times, whatever the contact does', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (levels, debounceMs) => {
        const detector = createEdgeDetector({ edge: 'rising', debounceMs })
        const edges = levels.flatMap((level, at) => detector.sample(level, at) ?? [])
        for (const [index, edge] of edges.slice(1).entries()) {
          expect(edge - (edges[index] ?? 0)).toBeGreaterThanOrEqual(2 * debounceMs)
        }
      }),
    )
  })
})
