import { describe, expect, it } from 'vitest'
import { ruleFaultCodes } from '../../../alarms/rules/rule-fault.ts'
import { ruleFaults } from '../../../alarms/rules/rule-faults.ts'
import type { RuleItem } from '../api/rule-api.ts'
import { language } from '../text/language.ts'
import { faultText } from './fault-words.ts'

const rules = [
  { id: 'low', rule: { title: { ja: '水位が低い', en: 'Low water' } } },
  { id: 'dry', rule: { title: { ja: '渇水', en: 'Drought' } } },
] as unknown as readonly RuleItem[]
const texts = { title: { ja: 'あ', en: 'a' }, advice: { ja: 'い', en: 'i' } }
const common = { id: 'mine', severity: 'minor', ...texts, onDelayS: 0, offDelayS: 0 }
const said = (rule: object): readonly string[] => ruleFaults(rule).map((fault) => faultText(fault, rules))

describe('faults of a rule in words', () => {
  it.each([
    [
      { ...common, kind: 'threshold', match: {}, hysteresis: 0 },
      '「これ未満で鳴らす」か「これを超えたら鳴らす」を入れてください',
    ],
    [{ ...common, kind: 'threshold', match: {}, hysteresis: -1, above: 1 }, '戻り幅: 0 以上にしてください'],
    [
      { ...common, kind: 'threshold', match: {}, hysteresis: 0, above: 1, onDelayS: 1e9 },
      '続いたら鳴らす: 720時間 以下にしてください',
    ],
    [
      { ...common, kind: 'dead-man', match: { channel: '' }, intervals: 1, atLeastS: 0 },
      '送信間隔の何倍待つか: 1.5 以上にしてください',
    ],
    [
      { ...common, kind: 'composite', by: 'site', of: { all: [] } },
      '組み合わせる規則: 組み合わせる規則を1つ以上選んでください',
    ],
    [
      { ...common, kind: 'expression', by: 'site', match: {}, series: { a: 'level' }, when: 'a <' },
      '鳴らす式: 4文字目のあたりで式が読めません',
    ],
    [
      { ...common, kind: 'expression', by: 'site', match: {}, series: { a: 'level' }, when: 'a < b' },
      '鳴らす式: 「b」が「式で使う値」にありません',
    ],
  ])('say %j in Japanese', (rule, words) => {
    language.value = 'ja'
    expect(said(rule)).toContain(words)
  })

  it('name a rule by its title, and the rule that the fault is in', () => {
    language.value = 'ja'
    const fault = { path: 'dry /of', message: '', code: 'part-missing', values: { part: 'low', rule: 'dry' } }
    expect(faultText(fault, rules)).toBe('規則「渇水」の組み合わせる規則: 規則「水位が低い」がありません')
  })

  it('are told as the hub wrote them where a newer hub has another code', () => {
    expect(faultText({ path: '/below', message: 'is odd', code: 'odd' }, rules)).toContain('is odd')
  })

  it.each(['ja', 'en'] as const)('have words for every code in %s', (chosen) => {
    language.value = chosen
    const spoken = ruleFaultCodes.map((code) => faultText({ path: '', message: 'as the hub wrote it', code }, rules))
    expect(spoken).not.toContain('as the hub wrote it')
    expect(new Set(spoken).size).toBe(ruleFaultCodes.length)
  })
})
