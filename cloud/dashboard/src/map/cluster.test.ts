import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusterPlaced, layOutLabels } from './cluster.ts'
import type { Point } from './geometry.ts'

const point = fc.record({ x: fc.integer({ min: 0, max: 500 }), y: fc.integer({ min: 0, max: 500 }) })

const radius = (count: number): number => (count === 1 ? 13 : 20)
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

describe('clusters', () => {
  it('hold each site exactly once, and no two of their markers overlap, however the sites lie', () => {
    fc.assert(
      fc.property(fc.array(point), (points) => {
        const clusters = clusterPlaced(
          points.map((at, item) => ({ item, at })),
          radius,
        )
        const items = clusters.flatMap((cluster) => cluster.items)
        expect(items.toSorted((a, b) => a - b)).toEqual(points.map((_, index) => index))
        for (const [index, one] of clusters.entries()) {
          for (const other of clusters.slice(index + 1)) {
            const apart = radius(one.items.length) + radius(other.items.length)
            expect(distance(one.at, other.at)).toBeGreaterThanOrEqual(apart)
          }
        }
      }),
    )
  })

  it('join neighbours at their middle, in their order, and leave the rest alone', () => {
    const placed = [
      { item: 'a', at: { x: 0, y: 0 } },
      { item: 'c', at: { x: 100, y: 0 } },
      { item: 'b', at: { x: 10, y: 0 } },
    ]
    expect(clusterPlaced(placed, radius)).toEqual([
      { items: ['a', 'b'], at: { x: 5, y: 0 } },
      { items: ['c'], at: { x: 100, y: 0 } },
    ])
  })

  it('takes in a site that only the larger marker of the group would cover', () => {
    const placed = [0, 10, 36].map((x, item) => ({ item, at: { x, y: 0 } }))
    expect(clusterPlaced(placed, radius).map(({ items }) => items)).toEqual([[0, 1, 2]])
  })
})

describe('labels', () => {
  const label = (x: number, y: number) => ({ at: { x, y }, radius: 10, width: 60, height: 20 })

  it('stand to the right, to the left at the edge, and give way to each other', () => {
    const window = { width: 300, height: 100 }
    const sides = (...labels: readonly ReturnType<typeof label>[]) => layOutLabels(labels, [], window, []).sides
    expect(sides(label(50, 50))).toEqual(['right'])
    expect(sides(label(280, 50))).toEqual(['left'])
    expect(sides(label(100, 50), label(130, 50), label(100, 55))).toEqual(['left', 'right', 'hidden'])
  })

  it('leave a name out where a marker or its label stands', () => {
    const name = (x: number, y: number) => ({ at: { x, y }, width: 30, height: 16 })
    const centred = [name(50, 50), name(100, 52), name(250, 80), name(255, 82)]
    expect(layOutLabels([label(50, 50)], centred, { width: 300, height: 100 }, []).shown).toEqual([
      false,
      false,
      true,
      false,
    ])
  })
})
