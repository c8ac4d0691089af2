import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noTaps, readTaps, settled, tapped, type Taps, unsent, withLot } from './tap-counter.ts'

describe('the taps of a counter', () => {
  it('reach the hub once each, whatever is lost and whenever the page is closed', () => {
    const act = fc.constantFrom('plus', 'minus', 'send', 'lose', 'reopen')
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const hub = new Map<string, number>()
        let taps: Taps = noTaps
        let [keys, people] = [0, 0]
        for (const next of acts) {
          if (next === 'plus' || next === 'minus') {
            people += next === 'plus' ? 1 : -1
            taps = tapped(taps, next === 'plus' ? 1 : -1)
          } else if (next === 'reopen') taps = readTaps(JSON.stringify(taps))
          else {
            taps = withLot(taps, () => `key-${(keys += 1)}`)
            if (taps.lot !== undefined) hub.set(taps.lot.key, taps.lot.change)
            // What is lost is the answer: the hub has counted.
            if (next === 'send') taps = settled(taps)
          }
        }
        const counted = [...hub.values()].reduce((sum, change) => sum + change, 0)
        const known = taps.lot !== undefined && hub.has(taps.lot.key) ? taps.lot.change : 0
        expect(counted + unsent(taps) - known).toBe(people)
      }),
    )
  })

  it('are none where nothing is understood', () => {
    for (const text of [null, '', 'null', '[]', '{"gathered":"7"}']) expect(readTaps(text)).toEqual(noTaps)
  })
})
