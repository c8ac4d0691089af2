import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileExpression } from './expression.ts'

const names = ['a', 'b', 'c']
const evaluate = (source: string, values: Record<string, number>) => compileExpression(source, names).evaluate(values)

describe('an expression', () => {
  it('compares and calculates over whole and other numbers alike', () => {
    expect(evaluate('a < 2 && b > 1.5', { a: 1, b: 2 })).toBe(true)
    expect(evaluate('a * 2 + 1 > b - 3', { a: 1, b: 5 })).toBe(true)
    expect(evaluate('2 * (a + b) / 4 == 1.5', { a: 1, b: 2 })).toBe(true)
    expect(evaluate('(a - b) / (c + 1) > 0.4', { a: 3, b: 1, c: 3 })).toBe(true)
    expect(evaluate('1 / 2 == 0.5', {})).toBe(true)
    expect(evaluate('abs(a) > max(b, 2) ? a < 0 : false', { a: -3, b: 1 })).toBe(true)
    expect(evaluate('!(a > 1)', { a: 1 })).toBe(true)
    expect(evaluate('-a > 0.5', { a: -1 })).toBe(true)
    expect(evaluate('a > -1 && a < 1e3 && a != 2', { a: 0 })).toBe(true)
  })

  it('is unknown only where what is unknown decides', () => {
    expect(evaluate('a < 2 && b > 1', { a: 1 })).toBeUndefined()
    expect(evaluate('a < 2 && b > 1', { a: 3 })).toBe(false)
    expect(evaluate('b > 1 && a < 2', { a: 3 })).toBe(false)
    expect(evaluate('b > 1 || a < 2', { a: 1 })).toBe(true)
    expect(evaluate('!(b > 1)', { a: 1 })).toBeUndefined()
    expect(evaluate('a > 0 ? b > 1 : c > 1', { a: 1, b: 2 })).toBe(true)
    expect(evaluate('a == a', { a: Number.NaN, b: 1 })).toBeUndefined()
    expect(evaluate('a > 1', { a: Number.POSITIVE_INFINITY, b: 1 })).toBeUndefined()
    expect(evaluate('a > 1', {})).toBeUndefined()
  })

  it('takes a division by zero for unknown, and not for false', () => {
    expect(evaluate('a / b > 1', { a: 0, b: 0 })).toBeUndefined()
    expect(evaluate('a / b > 1', { a: 1, b: 0 })).toBeUndefined()
    expect(evaluate('!(a / (b - 1) > 1)', { a: 1, b: 1 })).toBeUndefined()
    expect(evaluate('b == 0 || a / b > 1', { a: 1, b: 0 })).toBe(true)
  })

  it.each([
    ['a <', 'Unexpected token'],
    ['a < 2 &&& b', 'Unexpected'],
    ['a', 'gives double'],
    ['d > 1', 'there is no value "d"'],
    ['a.constructor', 'not part of the language'],
    ['a["constructor"]', 'not part of the language'],
    ['constructor', 'there is no value "constructor"'],
    ['__proto__ == 1', 'Reserved identifier'],
    ['"x".matches("(x+)+$")', 'not part of the language'],
    ['a == "x"', 'only numbers'],
    ['[a].exists(x, x > 1)', 'not part of the language|Exceeded'],
    ['size("abc") > 1', 'there is no function'],
    ['timestamp("2026-01-01T00:00:00Z") == a', 'there is no function'],
    ['a in [1]', 'not part of the language|Exceeded'],
    ['a && b', 'requires bool|no such overload|Logical'],
    [`${'('.repeat(100)}a > 1${')'.repeat(100)}`, 'Exceeded'],
    [`${'a + '.repeat(300)}a > 1`, 'Exceeded'],
    [`${'!'.repeat(300)}(a > 1)`, 'Exceeded'],
  ])('refuses %s and says why', (source, why) => {
    expect(() => compileExpression(source, names)).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringMatching(why) }),
    )
  })

  it('gives the same with all values known as the same arithmetic in JavaScript', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(number, number, number, (a, b, c) => {
        const values = { a, b, c }
        expect(evaluate('a + b * c - a > b && !(c < a) || a >= b', values)).toBe(
          (a + b * c - a > b && !(c < a)) || a >= b,
        )
      }),
    )
  })

  it('never turns from true to false, or back, when more becomes known', () => {
    const value = fc.option(fc.double({ min: -3, max: 3, noNaN: true }), { nil: Number.NaN })
    const expression = compileExpression('(a > 0 || b < 1) && !(c > 2 && a < b) || b / c > 1', names)
    fc.assert(
      fc.property(value, value, value, fc.double({ min: -3, max: 3, noNaN: true }), (a, b, c, more) => {
        const before = expression.evaluate({ a, b, c })
        const all = {
          a: Number.isNaN(a) ? more : a,
          b: Number.isNaN(b) ? more : b,
          c: Number.isNaN(c) ? more : c,
        }
        if (before !== undefined) expect(expression.evaluate(all)).toBe(before)
      }),
    )
  })
})
