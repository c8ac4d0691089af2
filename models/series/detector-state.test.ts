import { serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStates, encodeStates } from './detector-state.ts'
import { newDetectorState } from './series-detector.ts'

describe('states of series on a disk', () => {
  it('come back as they were', () => {
    const state = newDetectorState()
    state.level = 3.5
    state.week.means[7] = 2
    const back = decodeStates('d', encodeStates('d', [['ap-1:rx-rate', state]]))
    expect(back?.get('ap-1:rx-rate')).toEqual(state)
  })

  it('are refused whole for another definition and one by one for another form', () => {
    const good = newDetectorState()
    const { level, ...without } = newDetectorState()
    const short = { ...newDetectorState(), recurrence: new Float32Array(3) }
    expect(level).toBe(0)
    expect(decodeStates('other', encodeStates('d', [['a', good]]))).toBeUndefined()
    const bytes = serialize({
      format: 1,
      definition: 'd',
      series: [['a', good], ['b', without], ['c', short], 'no entry'],
    })
    expect([...(decodeStates('d', bytes) ?? new Map()).keys()]).toEqual(['a'])
  })

  it('are refused, never thrown over, when the bytes are damaged', () => {
    const bytes = encodeStates('d', [['a', newDetectorState()]])
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(bytes.length),
        (at, byte, length) => {
          const damaged = Uint8Array.from(bytes.subarray(0, length))
          if (at < damaged.length) damaged[at] = byte
          const states = decodeStates('d', damaged)
          expect(states === undefined || states.size <= 1).toBe(true)
        },
      ),
    )
  })
})
