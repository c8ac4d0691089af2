import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createScoreGate } from './score-gate.ts'

const changes = (scores: readonly number[], medianOf = 5): readonly (string | undefined)[] => {
  const gate = createScoreGate({ medianOf, raise: 0.6, clear: 0.4 })
  return scores.map((score) => gate.push(score))
}

describe('the gate of a watched score', () => {
  it('does not open for one frame, nor for two of five', () => {
    expect(changes([0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])).not.toContain('raised')
  })

  it('opens once when most of the frames are over, and closes once when most are clearly under', () => {
    const found = changes([0, 0, 0, 0, 0, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1])
    expect(found.filter((change) => change !== undefined)).toEqual(['raised', 'cleared'])
    expect(found.indexOf('raised')).toBe(7)
    expect(found.indexOf('cleared')).toBe(15)
  })

  it('says nothing before there are enough frames', () => {
    expect(changes([1, 1, 1, 1])).toEqual([undefined, undefined, undefined, undefined])
  })

  it('always tells raised and cleared in turn', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true })),
        fc.integer({ min: 1, max: 9 }),
        (scores, medianOf) => {
          const told = changes(scores, medianOf).filter((change) => change !== undefined)
          told.forEach((change, index) => expect(change).toBe(index % 2 === 0 ? 'raised' : 'cleared'))
        },
      ),
    )
  })
})
