import { describe, expect, it } from 'vitest'
import { dayLevel, healthOf, shareText } from './availability.ts'

const name = { ja: 'x', en: 'x' }
const item = (id: string, ...days: readonly (number | null)[]) => ({
  id,
  name,
  class: 'wifi' as const,
  days: [...days],
})

describe('the health of a class', () => {
  it('is the mean of its things today, of lights in the last night that is told of, and over all days', () => {
    const report = {
      days: ['2026-11-21', '2026-11-22', '2026-11-23'],
      items: [item('a', null, 1, 1), item('b', 0.5, 0.5, 0.5), { ...item('c', 0, 0, 0), class: 'weather' as const }],
    }
    expect(healthOf(report, 'wifi')).toMatchObject({ things: 2, newest: 0.75, whole: 0.75, days: 3 })
    expect(healthOf(report, 'wifi').worst.map(({ item: { id } }) => id)).toEqual(['b'])
    const lights = { ...report, items: [{ ...item('d', 1, 0.9, null), class: 'streetlight' as const }] }
    expect(healthOf(lights, 'streetlight').newest).toBe(0.9)
    expect(healthOf(report, 'gateway')).toEqual({
      class: 'gateway',
      things: 0,
      newest: null,
      whole: null,
      days: 0,
      worst: [],
    })
  })

  it('is never rounded up to the whole', () => {
    expect(shareText(1)).toBe('100%')
    expect(shareText(0.99996)).toBe('99.9%')
    expect(shareText(null)).toBeNull()
    expect([1, 0.98, 0.5, null].map(dayLevel)).toEqual(['up', 'partly', 'down', 'none'])
  })
})
