import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDigit, isOrganisationCode, repairCode } from './organisation-code.ts'

const own = '122254'

describe('the code of a local government', () => {
  it.each([
    ['13101', '131016'],
    ['09201', '092011'],
    ['01100', '011002'],
    ['12225', '122254'],
  ])('%s has its check digit in %s', (five, six) => {
    expect(five + checkDigit(five)).toBe(six)
    expect(isOrganisationCode(six)).toBe(true)
  })

  it.each([
    ['122254', '122254', 'ok'],
    ['92011', '092011', 'leading-zero'],
    ['13101', '131016', 'check-digit-missing'],
    ['12225', '122254', 'check-digit-missing'],
    ['9201', '092011', 'check-digit-missing'],
    ['11002', '011002', 'leading-zero'],
    ['122255', '122255', 'wrong'],
    ['992016', '992016', 'wrong'],
    ['12', '12', 'wrong'],
  ])('%s becomes %s: %s', (given, code, outcome) => {
    expect(repairCode(given, own)).toEqual({ code, outcome })
  })

  it('finds every code again that lost its zero or its check digit, or says that two are possible', () => {
    const code = fc
      .tuple(fc.integer({ min: 1, max: 47 }), fc.oneof(fc.constant(0), fc.integer({ min: 100, max: 799 })))
      .map(([prefecture, municipality]) => `${prefecture}`.padStart(2, '0') + `${municipality}`.padStart(3, '0'))
    fc.assert(
      fc.property(code, (five) => {
        const six = five + checkDigit(five)
        const withoutZero = String(Number(six))
        const withoutDigit = String(Number(five))
        for (const damaged of [withoutZero, withoutDigit]) {
          const { code: found, outcome } = repairCode(damaged, own)
          if (outcome !== 'ambiguous') expect(found).toBe(six)
        }
      }),
    )
  })
})
