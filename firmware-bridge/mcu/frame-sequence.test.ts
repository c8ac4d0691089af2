import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameSequence } from './frame-sequence.ts'

const modulus = 0x1_0000

describe('The numbers of frames', () => {
  it('make a frame new once, whatever order and repetition it comes in within what a board keeps', () => {
    const orders = fc
      .tuple(fc.integer({ min: 0, max: modulus - 1 }), fc.integer({ min: 1, max: 60 }))
      .chain(([first, count]) =>
        fc.tuple(
          fc.constant(first),
          fc.constant(count),
          fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 200 }),
        ),
      )
    fc.assert(
      fc.property(orders, ([first, count, order]) => {
        const sequence = new FrameSequence()
        sequence.arrive(first, true)
        const all = [...order, ...Array.from({ length: count }, (_, index) => index)]
        const fresh = all.filter((index) => !sequence.arrive((first + index) % modulus, true).isRepeated)
        expect([...new Set(fresh)]).toHaveLength(fresh.length)
        expect(fresh.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count - 1 }, (_, index) => index + 1))
      }),
    )
  })

  it('show a loss at once where nothing is sent again', () => {
    const sequence = new FrameSequence()
    sequence.arrive(65_534, false)
    expect(sequence.arrive(65_535, false).lost).toBe(0)
    expect(sequence.arrive(3, false).lost).toBe(3)
  })

  it('show a loss only when it is too old to be sent again, where it may be', () => {
    const sequence = new FrameSequence()
    sequence.arrive(10, true)
    expect(sequence.arrive(12, true).lost).toBe(0)
    expect(sequence.arrive(70, true).lost).toBe(0)
    const later = Array.from({ length: 30 }, (_, index) => sequence.arrive(71 + index, true).lost)
    // 11, then 13 … 36, have fallen behind frame 100 − 63.
    expect(later.reduce((sum, lost) => sum + lost, 0)).toBe(1 + (36 - 13 + 1))
  })

  it('take a frame again that could not be kept', () => {
    const sequence = new FrameSequence()
    sequence.arrive(5, true)
    sequence.forget(5)
    expect(sequence.arrive(5, true).isRepeated).toBe(false)
    expect(sequence.arrive(5, true).isRepeated).toBe(true)
  })
})
