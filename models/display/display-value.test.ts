import { describe, expect, it } from 'vitest'
import { displaySettings } from './display-settings.ts'
import { displayValue } from './display-value.ts'
import { displayAlphabet, readLine } from './line-text.ts'

const sure = (text: string) => ({ text, confidence: 0.9 })
const meter = displaySettings({ digits: 5, decimals: 1, counter: true, maxRatePerS: 0.1, unit: 'm3' })

describe('the value of a display', () => {
  it('takes the decimals that are configured, whether the point was seen or not', () => {
    expect(displayValue(sure('12345'), meter, undefined, 0.5)).toMatchObject({ value: 1234.5, quality: 'good' })
    expect(displayValue(sure('123.45'), meter, undefined, 0.5)).toMatchObject({ value: 1234.5, quality: 'good' })
  })

  it('is bad where the line is not sure or has another number of digits', () => {
    expect(displayValue({ text: '12345', confidence: 0.2 }, meter, undefined, 0.5).fault).toBe('unreadable')
    expect(displayValue(sure('1234'), meter, undefined, 0.5).fault).toBe('digits')
  })

  it('is uncertain where a counter goes back or faster than it can, and good where it rolls over', () => {
    expect(displayValue(sure('12344'), meter, { value: 1234.5, agoS: 10 }, 0.5).fault).toBe('backwards')
    expect(displayValue(sure('12945'), meter, { value: 1234.5, agoS: 10 }, 0.5).fault).toBe('rate')
    expect(displayValue(sure('00002'), meter, { value: 9999.9, agoS: 10 }, 0.5).quality).toBe('good')
  })

  it('refuses settings that mean nothing', () => {
    expect(() => displaySettings({ digit: 5 })).toThrow('digit is not known')
    expect(() => displaySettings({ region: { x: 0.9, y: 0, width: 0.5, height: 1 } })).toThrow('region')
  })
})

describe('a line of a recogniser', () => {
  it('joins equal neighbours, parts them at blanks, and sees no other characters', () => {
    const alphabet = displayAlphabet(['a', '0', '1'].join('\n'))
    const column = (...values: number[]): number[] => values
    const columns = Float32Array.from([
      ...column(0.1, 0, 0.9, 0, 0),
      ...column(0.1, 0, 0.8, 0, 0),
      ...column(0.9, 0, 0.1, 0, 0),
      ...column(0, 0, 0.7, 0.1, 0),
      ...column(0, 0.9, 0, 0.1, 0),
    ])
    expect(readLine(columns, alphabet)).toEqual({ text: '001', confidence: expect.closeTo(0.1) as number })
  })
})
