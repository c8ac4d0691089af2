import { describe, expect, it } from 'vitest'
import { standingOf, whyWorse } from './comparison.ts'
import type { HeldScore } from './head-file.ts'

function scores(good: readonly number[], bad: readonly number[]): HeldScore[] {
  const named = (isBad: boolean) => (heldScore: number, index: number) => ({
    name: `${isBad}${index}`,
    isBad,
    heldScore,
  })
  return [...good.map(named(false)), ...bad.map(named(true))]
}

describe('the comparison of two heads', () => {
  it('weighs rejected good and passed bad examples the same, whatever their numbers', () => {
    expect(standingOf(scores([0.1, 0.2, 0.3, 0.9], [0.8, 0.2])).error).toBe((1 / 4 + 1 / 2) / 2)
  })

  it('gives the share of ordered pairs, ties half', () => {
    expect(standingOf(scores([0.1, 0.5], [0.5, 0.9])).auroc).toBe(3.5 / 4)
  })

  it('refuses a head that judges more examples wrong, even if it orders them better', () => {
    expect(whyWorse({ error: 0.2, auroc: 1 }, { error: 0.1, auroc: 0.8 })).toContain('judged wrong')
  })

  it('refuses a head with as many errors that tells good and bad apart less', () => {
    expect(whyWorse({ error: 0.1, auroc: 0.8 }, { error: 0.1, auroc: 0.9 })).toContain('told apart less')
  })

  it('takes an equal or a better head', () => {
    expect(whyWorse({ error: 0.1, auroc: 0.9 }, { error: 0.1, auroc: 0.9 })).toBeUndefined()
    expect(whyWorse({ error: 0.05, auroc: 0.7 }, { error: 0.1, auroc: 0.9 })).toBeUndefined()
  })
})
