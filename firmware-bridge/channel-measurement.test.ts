import { describe, expect, it } from 'vitest'
import { measure } from './channel-measurement.ts'

describe('a measurement', () => {
  it('keeps a value that nothing is done to bit by bit as it came', () => {
    for (const value of [222.6333333333, 0.1 + 0.2, Math.PI, 1e-300, -0.000123456789012345]) {
      expect(measure({ id: 'power', unit: 'W' }, value).value).toBe(value)
      expect(measure({ id: 'power' }, value).value).toBe(value)
    }
  })

  it('is free of the noise that scaling and conversion add', () => {
    expect(measure({ id: 'moisture', scale: 0.1 }, 658).value).toBe(65.8)
    expect(measure({ id: 'moisture', unit: 'percent', scale: 0.1 }, 658).value).toBe(0.658)
  })
})
