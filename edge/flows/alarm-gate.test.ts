import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlarmRule, createAlarmGate } from './alarm-gate.ts'

const rule: AlarmRule = { when: 'above', raiseAt: 2, clearAt: 1.5, onDelayS: 0, offDelayS: 0 }

function told(rule: AlarmRule, values: readonly (readonly [value: unknown, atS: number])[]) {
  const gate = createAlarmGate(rule)
  return values.map(([value, atS]) => gate.push(value, atS * 1000))
}

describe('An alarm gate', () => {
  it('raises at one threshold and clears at the other, and tells each change once', () => {
    const values = [[1, 0], [2, 1], [3, 2], [1.8, 3], [1.5, 4], [1.8, 5], [2, 6]] as const // prettier-ignore
    expect(told(rule, values)).toEqual(['cleared', 'raised', undefined, undefined, 'cleared', undefined, 'raised'])
  })

  it('works downwards for a level that must not fall', () => {
    const below = { ...rule, when: 'below', raiseAt: 0.2, clearAt: 0.3 } as const
    expect(told(below, [[1, 0], [0.2, 1], [0.25, 2], [0.3, 3]])).toEqual(['cleared', 'raised', undefined, 'cleared']) // prettier-ignore
  })

  it('waits until a change has held, and begins anew where it did not', () => {
    const slow = { ...rule, onDelayS: 10, offDelayS: 5 }
    const values = [[1, 0], [2, 1], [1, 9], [2, 10], [2, 19], [2, 20], [1, 21], [1, 26]] as const // prettier-ignore
    expect(told(slow, values)).toEqual([
      'cleared',
      undefined,
      undefined,
      undefined,
      undefined,
      'raised',
      undefined,
      'cleared',
    ])
  })

  it('raises by time alone when no further value comes', () => {
    const gate = createAlarmGate({ ...rule, onDelayS: 10 })
    gate.push(3, 0)
    expect(gate.tick(9999)).toBeUndefined()
    expect(gate.tick(10_000)).toBe('raised')
    expect(gate.tick(20_000)).toBeUndefined()
  })

  it('takes what is no number for no news', () => {
    expect(told(rule, [['much', 0], [null, 1], [Number.NaN, 2]])).toEqual([undefined, undefined, undefined]) // prettier-ignore
    const binary = { ...rule, when: 'true' } as const
    expect(told(binary, [[false, 0], [1, 1], [true, 2], [0, 3]])).toEqual(['cleared', 'raised', undefined, 'cleared']) // prettier-ignore
  })

  it('never tells the same state twice in a row, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 4, noNaN: true })),
        fc.integer({ min: 0, max: 5 }),
        (values, delayS) => {
          const gate = createAlarmGate({ ...rule, onDelayS: delayS, offDelayS: delayS })
          const states = values.flatMap((value, index) => gate.push(value, index * 1000) ?? [])
          for (const [index, state] of states.slice(1).entries()) expect(state).not.toBe(states[index])
        },
      ),
    )
  })
})
