import { describe, expect, it } from 'vitest'
import { clipRing } from './clip.ts'

const box = { west: 0, south: 0, east: 10, north: 10 }

describe('clipRing', () => {
  it('leaves a ring inside the box as it is', () => {
    const ring = [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 1],
    ]
    expect(new Set(clipRing(ring, box)?.map(String))).toEqual(new Set(ring.map(String)))
  })

  it('drops a ring outside the box', () => {
    const ring = [
      [11, 1],
      [12, 1],
      [12, 2],
      [11, 1],
    ]
    expect(clipRing(ring, box)).toBeUndefined()
  })

  it('cuts a ring at the border and closes it again', () => {
    const ring = [
      [5, 5],
      [15, 5],
      [15, 8],
      [5, 8],
      [5, 5],
    ]
    const clipped = clipRing(ring, box) ?? []
    expect(clipped.at(0)).toEqual(clipped.at(-1))
    expect(new Set(clipped.map(String))).toEqual(new Set(['5,5', '10,5', '10,8', '5,8']))
  })
})
