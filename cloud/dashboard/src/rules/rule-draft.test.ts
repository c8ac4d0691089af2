import { describe, expect, it } from 'vitest'
import { combinationOf, completed, flatOf, newRule, valueAt, withValue } from './rule-draft.ts'

describe('a rule that is being written', () => {
  it('is changed at one place, and an empty field is gone', () => {
    const rule = withValue(newRule('threshold'), '/match/site', 'kimitsu/g/paddy-1')
    expect(valueAt(rule, '/match/site')).toBe('kimitsu/g/paddy-1')
    expect(withValue(rule, '/match/site', '')).toEqual(newRule('threshold'))
    const scheduled = withValue(rule, '/schedule', [{ when: {} }, { when: {} }])
    expect(valueAt(withValue(scheduled, '/schedule/1/below', 2), '/schedule')).toEqual([
      { when: {} },
      { when: {}, below: 2 },
    ])
  })

  it('shows a combination that is flat, and leaves a nested one as it is', () => {
    const flat = { all: [{ rule: 'low' }, { not: { rule: 'dry' } }] }
    expect(combinationOf(flatOf(flat)!)).toEqual(flat)
    expect(flatOf({ any: [{ all: [{ rule: 'low' }] }] })).toBeUndefined()
  })

  it('speaks the one language in both where nobody wrote the other', () => {
    const rule = completed(withValue(newRule('rate'), '/title/ja', '急な低下'))
    expect(rule).toMatchObject({ title: { ja: '急な低下', en: '急な低下' } })
  })
})
