import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globPattern } from '../inference/series-windows.ts'
import { matchesGlob } from './glob.ts'

describe('A glob of a flow', () => {
  it('means the same series as the globs of the models, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.', '*', '?'), maxLength: 8 })
    fc.assert(
      fc.property(text, text, (glob, name) => {
        expect(matchesGlob(glob, name)).toBe(globPattern(glob).test(name))
      }),
      { numRuns: 2000 },
    )
  })

  it('with many stars takes no longer than the lengths say', () => {
    expect(matchesGlob(`${'*a'.repeat(60)}*b`, 'a'.repeat(128))).toBe(false)
  })
})
