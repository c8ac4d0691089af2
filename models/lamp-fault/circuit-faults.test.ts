import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CircuitFaults, type DiagnosedLamp } from './circuit-faults.ts'

const lamp = (fault?: string, dark = fault !== undefined): DiagnosedLamp => ({ fault, score: 0.9, dark })
const circuit = (...faults: (string | undefined)[]): DiagnosedLamp[] => faults.map((fault) => lamp(fault))

describe('the faults of a circuit', () => {
  it('make one cable fault of a run of lamps, also of those that are recognised later', () => {
    const faults = new CircuitFaults()
    const first = [lamp(), lamp(), lamp(undefined, true), lamp('cable-fault'), lamp(undefined, true)]
    expect(faults.update(first)).toEqual([{ state: 'raised', fault: 'cable-fault', lamps: [2, 3, 4], score: 0.9 }])
    expect(faults.update(circuit(undefined, undefined, 'cable-fault', 'cable-fault', 'cable-fault'))).toEqual([])
    expect(faults.update(circuit(undefined, undefined, undefined, undefined, 'cable-fault'))).toEqual([])
    expect(faults.update(circuit(undefined, undefined, undefined, undefined, undefined))).toEqual([
      { state: 'cleared', fault: 'cable-fault', lamps: [2, 3, 4], score: null },
    ])
  })

  it('end the wrong name before the right one begins', () => {
    const faults = new CircuitFaults()
    faults.update(circuit(undefined, 'lamp-out'))
    expect(faults.update(circuit(undefined, 'cycling')).map(({ state, fault }) => `${state} ${fault}`)).toEqual([
      'cleared lamp-out',
      'raised cycling',
    ])
  })

  it('join lamps that begin to burn by day in the same step, and keep apart those that do so later', () => {
    const faults = new CircuitFaults()
    expect(faults.update(circuit('day-burning', 'day-burning', undefined))).toHaveLength(1)
    expect(faults.update(circuit('day-burning', 'day-burning', 'day-burning'))).toEqual([
      { state: 'raised', fault: 'day-burning', lamps: [2], score: 0.9 },
    ])
  })

  it('clear exactly what they raised, whatever the lamps do', () => {
    const step = fc.array(fc.constantFrom(undefined, 'lamp-out', 'cable-fault', 'cycling'), {
      minLength: 5,
      maxLength: 5,
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const faults = new CircuitFaults()
        const all = [...steps, [undefined, undefined, undefined, undefined, undefined]].flatMap((names) =>
          faults.update(circuit(...names)),
        )
        const told = (state: string): string[] =>
          all
            .filter((change) => change.state === state)
            .map(({ fault, lamps }) => `${fault} ${lamps.join()}`)
            .toSorted()
        expect(told('cleared')).toEqual(told('raised'))
        expect(faults.open).toEqual([])
      }),
    )
  })
})
