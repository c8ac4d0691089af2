import { describe, expect, it } from 'vitest'
import type { AlarmRule, ThresholdRule } from '../alarms/rules/rule.ts'
import type { SeriesFacts } from '../registry/series-directory.ts'
import { limitsOf } from './rule-limits.ts'

const text = { ja: '水位', en: 'Level' }
const facts: SeriesFacts = {
  id: 0,
  key: 'k/g/d:water-level',
  gateway: 'k/g',
  device: 'd',
  deviceLabel: text,
  channel: 'water-level',
  profile: undefined,
  site: 'k/g/s',
  siteKind: 'paddy',
  label: text,
  unit: 'm',
  intervalS: 60,
  calibration: undefined,
  described: true,
}
const hourMs = 3_600_000
/** 20:00 in Japan. */
const span = { fromMs: Date.parse('2026-06-15T11:00:00Z'), toMs: Date.parse('2026-06-15T15:00:00Z') }
const low = (more: Partial<ThresholdRule> = {}): ThresholdRule => ({
  id: 'low',
  severity: 'warning',
  title: text,
  advice: text,
  kind: 'threshold',
  match: { channel: 'water-level' },
  below: 0.03,
  hysteresis: 0,
  onDelayS: 0,
  offDelayS: 0,
  ...more,
})

describe('the limits of a series', () => {
  it('are those of the rules that judge it, worst first', () => {
    const rules: readonly AlarmRule[] = [
      low(),
      low({ id: 'high', severity: 'critical', below: undefined as never, above: 0.1 }),
      low({ id: 'other-channel', match: { channel: 'air-*' } }),
      low({ id: 'other-unit', unit: 'mm' }),
      low({ id: 'off', disabled: true }),
      { ...low({ id: 'of-another' }), scope: { tenant: 'x' } },
    ]
    const found = limitsOf(rules, facts, {}, span)
    expect(found.map(({ rule, side }) => [rule, side])).toEqual([
      ['high', 'above'],
      ['low', 'below'],
    ])
    expect(found[1]?.steps).toEqual([{ from: span.fromMs, to: span.toMs, value: 0.03 }])
  })

  it('are those of the place, where it sets its own', () => {
    const rule = low({ places: [{ match: { site: 'k/g/s' }, set: { below: 0.05 } }] })
    expect(limitsOf([rule], facts, {}, span)[0]?.steps[0]?.value).toBe(0.05)
  })

  it('change with the schedule, and are absent where it switches them off', () => {
    const rule = low({
      schedule: [
        { when: { time: { from: '21:00', to: '22:00' } }, below: 0.1 },
        { when: { time: { from: '22:00', to: '23:00' } } },
      ],
    })
    const [limit] = limitsOf([rule], facts, {}, span)
    expect(
      limit?.steps.map(({ from, to, value }) => [(from - span.fromMs) / hourMs, (to - span.fromMs) / hourMs, value]),
    ).toEqual([
      [0, 1, 0.03],
      [1, 2, 0.1],
      [3, 4, 0.03],
    ])
  })
})
