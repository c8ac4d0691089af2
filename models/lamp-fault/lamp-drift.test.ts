import { describe, expect, it } from 'vitest'
import { LampDrift } from './lamp-drift.ts'

const stepS = 300

function after(drift: LampDrift, hours: number, watts: number): LampDrift {
  for (let step = 0; step < (hours * 3600) / stepS; step += 1) drift.update(watts, 50, stepS)
  return drift
}

describe('the drift of a lamp', () => {
  it('follows watts down and up, over a night slower than over hours', () => {
    for (const share of [0.8, 1.25]) {
      const drift = after(new LampDrift(), 4, 50 * share)
      expect(Math.abs(drift.overHours - 1)).toBeGreaterThan(Math.abs(drift.overNight - 1))
      expect(after(drift, 100, 50 * share).overNight).toBeCloseTo(share, 3)
    }
  })

  it('remembers a step as a jump, and takes a slow fall for none', () => {
    const stepped = after(new LampDrift(), 8, 40).jump
    const slow = new LampDrift()
    for (let night = 0; night < 20; night += 1) after(slow, 10, 50 - night / 2)
    expect(slow.overNight).toBeLessThan(0.85)
    expect(Math.abs(slow.jump)).toBeLessThan(Math.abs(stepped) / 4)
  })

  it('stands still while nothing steady is known, but forgets the jump', () => {
    const drift = after(new LampDrift(), 8, 40)
    const { overHours, jump } = drift
    for (let step = 0; step < 4 * 288; step += 1) drift.update(0, undefined, stepS)
    expect(drift.overHours).toBe(overHours)
    expect(drift.jump).toBeCloseTo(jump / Math.E, 5)
  })
})
