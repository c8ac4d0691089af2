import { describe, expect, it } from 'vitest'
import type { AdviceItem, AlarmItem, LatestItem, SiteItem } from '../api/shapes.ts'
import { anAlarm } from './alarm-fixture.ts'
import { byNeed, paddyOf, type PaddyFacts } from './paddies.ts'

const nowMs = Date.parse('2026-07-20T05:00:00+09:00')
const hourMs = 3_600_000
const text = { ja: '文', en: 'text' }

function site(name: string, state: SiteItem['state'] = 'good'): SiteItem {
  const id = `kimitsu/koito/${name}`
  return {
    id,
    kind: 'paddy',
    name: text,
    position: { lat: 35, lon: 140 },
    gateway: 'kimitsu/koito',
    state,
    openAlarms: 0,
  }
}

function reading(device: string, channel: string, value: number | null, over: Partial<LatestItem> = {}): LatestItem {
  return {
    series: `kimitsu/koito/${device}:${channel}`,
    gateway: 'kimitsu/koito',
    device,
    channel,
    site: 'kimitsu/koito/one',
    siteKind: 'paddy',
    deviceLabel: text,
    label: text,
    unit: 'm',
    value,
    text: null,
    quality: 'good',
    reason: null,
    time: nowMs - 60_000,
    ...over,
  }
}

function advice(insight: string, level: AdviceItem['level'], code: string, number?: number): AdviceItem {
  return {
    site: 'kimitsu/koito/one',
    siteName: text,
    insight,
    title: text,
    level,
    code,
    text,
    number: number === undefined ? null : { value: number, unit: 'cm', label: text },
    since: nowMs,
    time: nowMs,
    version: 1,
    source: '',
    sourceText: { ja: '', en: '' },
  }
}

const water = (levelM: number | null, lowM: number, highM: number, over: Partial<LatestItem> = {}, name = 'one') => [
  reading('probe', 'water-level', levelM, over),
  reading(`~${name}.water-depth`, 'target-low', lowM),
  reading(`~${name}.water-depth`, 'target-high', highM),
]

const facts = (over: Partial<PaddyFacts> = {}): PaddyFacts => ({
  site: site('one'),
  series: water(0.04, 0.06, 0.1),
  advice: [advice('water-depth', 'act', 'fill:booting', 4)],
  alarms: [],
  settings: { depthZeroM: 0 },
  nowMs,
  ...over,
})

describe('what to do about a paddy', () => {
  it('is how much water to let in, by the level as it is now and the zero of the probe', () => {
    const paddy = paddyOf(facts())
    expect(paddy).toMatchObject({ need: 'today', act: { kind: 'fill', cm: 2 }, stage: 'booting' })
    expect(paddyOf(facts({ settings: { depthZeroM: 0.01 } })).act).toMatchObject({ kind: 'fill', cm: 3 })
  })

  it('is to close the inlet as soon as the water has reached its target, though the advice is of the hour before', () => {
    expect(paddyOf(facts({ series: water(0.061, 0.06, 0.1) }))).toMatchObject({ need: 'now', act: { kind: 'stop' } })
    expect(paddyOf(facts({ advice: [advice('water-depth', 'watch', 'deep:booting', 15)] })).act.kind).toBe('stop')
  })

  it('is to fill to the highest where irrigation is intermittent, and to drain where no water should stand', () => {
    const dry = facts({ series: water(0.005, 0, 0.04), advice: [advice('water-depth', 'act', 'fill:ripening', 0.5)] })
    expect(paddyOf(dry).act).toMatchObject({ kind: 'fill', cm: 4 })
    const wet = facts({ series: water(0.03, 0, 0), advice: [advice('water-depth', 'act', 'drain:mid-drainage', 3)] })
    expect(paddyOf(wet).act).toMatchObject({ kind: 'drain', cm: 3 })
  })

  it('is nothing where the hub says that the water is fine, and silence where it says nothing at all', () => {
    expect(paddyOf(facts({ advice: [advice('water-depth', 'fine', 'fine:heading-cold', 8)] }))).toMatchObject({
      need: 'fine',
      act: { kind: 'nothing' },
      stage: 'heading',
    })
    expect(paddyOf(facts({ advice: [] }))).toMatchObject({ need: 'fine', act: { kind: 'silent' }, stage: undefined })
  })

  it.each([
    ['no probe', { series: [] }, 'no-probe'],
    ['no reading yet', { series: water(null, 0.06, 0.1, { time: null }) }, 'no-reading'],
    ['an old reading', { series: water(0.04, 0.06, 0.1, { time: nowMs - 3 * hourMs }) }, 'old-reading'],
    [
      'a gateway that is away',
      { site: site('one', 'offline'), series: water(0.04, 0.06, 0.1, { time: nowMs - 3 * hourMs }) },
      'offline',
    ],
    ['a bad reading', { series: water(null, 0.06, 0.1, { quality: 'bad', reason: 'timeout' }) }, 'bad-reading'],
  ] as const)('cannot be told with %s, whatever was advised before, and somebody must look', (_, over, why) => {
    expect(paddyOf(facts(over))).toMatchObject({ need: 'look', act: { kind: 'unknown', why } })
  })

  it('cannot be told where the hub cannot, which needs nobody in the field', () => {
    const untold = facts({ advice: [advice('water-depth', 'unknown', 'unknown:depth-zero')], settings: {} })
    expect(paddyOf(untold)).toMatchObject({ need: 'watch', act: { kind: 'unknown', why: 'advice' }, stage: undefined })
  })

  it('is what is more urgent than water, and water first where both are as urgent', () => {
    const blast = advice('leaf-blast', 'urgent', 'spray')
    const fill = advice('water-depth', 'act', 'fill:booting', 4)
    expect(paddyOf(facts({ advice: [fill, blast] }))).toMatchObject({
      need: 'now',
      act: { kind: 'other', advice: blast },
      besides: [fill],
    })
    const cold = advice('water-depth', 'urgent', 'fill-cold-6', 4)
    expect(paddyOf(facts({ advice: [blast, cold] }))).toMatchObject({ act: { kind: 'fill', cm: 2 }, besides: [blast] })
  })

  it('is another urgent thing also while the level is not known', () => {
    const series = water(0.04, 0.06, 0.1, { time: nowMs - 3 * hourMs })
    const blast = advice('leaf-blast', 'urgent', 'spray')
    expect(paddyOf(facts({ series, advice: [blast] })).act).toMatchObject({ kind: 'other', advice: blast })
  })

  it('is a severe alarm that nobody looks after where nothing else presses', () => {
    const fine = [advice('water-depth', 'fine', 'fine:booting', 8)]
    const leak: AlarmItem = anAlarm({ severity: 'major' })
    expect(paddyOf(facts({ advice: fine, alarms: [leak] }))).toMatchObject({ need: 'now', act: { kind: 'alarm' } })
    const handled = anAlarm({ severity: 'major', acknowledged: true })
    expect(paddyOf(facts({ advice: fine, alarms: [handled] }))).toMatchObject({ need: 'fine', alarms: [] })
  })
})

describe('the order of paddies', () => {
  it('is by need, then by how far the water is from its target, then by number', () => {
    const named = (name: string, over: Partial<PaddyFacts>) =>
      paddyOf(facts({ site: site(name), series: water(0.04, 0.06, 0.1, {}, name), ...over }))
    const fine = { advice: [advice('water-depth', 'fine', 'fine:booting', 8)] }
    const list = [
      named('p10', { ...fine, series: water(0.08, 0.06, 0.1, {}, 'p10') }),
      named('p2', { ...fine, series: water(0.08, 0.06, 0.1, {}, 'p2') }),
      named('watched', { advice: [advice('water-depth', 'watch', 'deep:booting', 8)] }),
      named('dry', { series: water(0.01, 0.06, 0.1, {}, 'dry') }),
      named('low', {}),
      named('silent', { series: [] }),
      named('urgent', { advice: [advice('leaf-blast', 'urgent', 'spray')] }),
    ]
    expect(byNeed(list).map((paddy) => paddy.site.id.split('/')[2])).toEqual([
      'urgent',
      'dry',
      'low',
      'silent',
      'watched',
      'p2',
      'p10',
    ])
  })
})
