import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRules } from '../../cloud/alarms/rules/rule-file.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { temporaryFolder } from '../cloud/running-cloud.ts'
import { createRig, startMs, type Rig } from './engine-rig.ts'

const texts = `title: { ja: 題, en: Title }, advice: { ja: 助言, en: Advice }`
const none = `onDelayS: 0, offDelayS: 0, severity: minor, ${texts}`
const low = `{ id: low, kind: threshold, match: { channel: level }, below: 2, hysteresis: 1, ${none} }`
const high = `{ id: high, kind: threshold, match: { channel: flow }, above: 6, hysteresis: 1, ${none} }`

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let database: HubDatabase

beforeAll(async () => {
  temporary = await temporaryFolder()
  database = await openHubDatabase(join(temporary.folder, 'hub.sqlite'))
})

afterAll(async () => {
  await database.destroy()
  await temporary.remove()
})

const rigOf = (rules: string) =>
  createRig(database, { rules: `[${rules}]`, devices: { a: ['level', 'flow'], b: ['level', 'flow'] } })

/** Now, all in one message. */
function send(rig: Rig, values: Readonly<Record<string, number | null>>): void {
  rig.observe(Object.entries(values).map(([name, value]) => ({ name, value, timeMs: rig.nowMs })))
}

const what = (rig: Rig) => rig.lasting().map((line) => line.slice(0, line.lastIndexOf(' ')))

describe('a group of readings', () => {
  it('is judged reading by reading, and not by its newest alone', async () => {
    const rig = await rigOf(low)
    rig.observe([1, 2.5].map((value, index) => ({ name: 'a:level', value, timeMs: rig.nowMs + index })))
    expect(rig.lasting()).toEqual(['low kimitsu/gw/a:level 0'])
  })
})

describe('a rule of a device profile', () => {
  it('holds for each device of it, with what a place sets otherwise', async () => {
    const places = `places: [{ match: { device: a }, set: { below: 5 } }, { match: { site: '*/place', device: b }, set: { disabled: true } }]`
    const rig = await rigOf(
      `{ id: low, kind: threshold, match: { profile: level-probe, channel: level }, below: 2, ${places}, ${none} },
       { id: other, kind: threshold, match: { profile: level-probe-2, channel: level }, below: 9, ${none} }`,
    )
    send(rig, { 'a:level': 4, 'b:level': 0 })
    expect(what(rig)).toEqual(['low kimitsu/gw/a:level'])
  })
})

describe('limits by the time of day', () => {
  it('are those of the time of the reading', async () => {
    const schedule = `schedule: [{ when: { time: { from: '12:10', to: '12:20' } }, below: 8 }]`
    const rig = await rigOf(`{ id: low, kind: threshold, match: { channel: level }, below: 2, ${schedule}, ${none} }`)
    send(rig, { 'a:level': 5 })
    expect(what(rig)).toEqual([])
    rig.advance(600)
    send(rig, { 'a:level': 5 })
    expect(what(rig)).toEqual(['low kimitsu/gw/a:level'])
    rig.advance(600)
    send(rig, { 'a:level': 5 })
    expect(what(rig)).toEqual([])
  })
})

describe('a rate rule', () => {
  const rule = `{ id: fast, kind: rate, match: { channel: level }, windowS: 600, perS: 3600, above: 6, hysteresis: 2, ${none} }`

  it('raises for a rise that lasts through its window, and clears when it levels off', async () => {
    const rig = await rigOf(rule)
    for (let minute = 0; minute < 20; minute += 1) {
      send(rig, { 'a:level': minute * 0.2, 'b:level': minute * 0.05 })
      rig.advance(60)
    }
    expect(what(rig)).toEqual(['fast kimitsu/gw/a:level'])
    for (let minute = 0; minute < 10; minute += 1) {
      send(rig, { 'a:level': 4 })
      rig.advance(60)
    }
    expect(what(rig)).toEqual([])
  })

  it('says nothing of a jump over a gap, nor of a bad reading', async () => {
    const rig = await rigOf(rule)
    send(rig, { 'a:level': 0 })
    rig.advance(590)
    send(rig, { 'a:level': 50 })
    send(rig, { 'a:level': null })
    expect(rig.changes).toEqual([])
  })
})

describe('an event rule', () => {
  const parts = `{ id: parts, kind: event, event: anomaly, match: { source: 'cam-*' }, bad: { states: [reject] },
    count: { atLeast: 3, of: 5, clearBelow: 2 }, ${none} }`
  const judge = (rig: Rig, verdicts: string, source = 'cam-1') => {
    for (const verdict of verdicts) {
      rig.advance(1)
      rig.observeEvent({ source, timeMs: rig.nowMs, state: verdict === 'x' ? 'reject' : 'pass' })
    }
  }

  it('raises for three bad of the last five of one source, and clears when fewer than two are left', async () => {
    const rig = await rigOf(parts)
    judge(rig, 'x.x..x.')
    judge(rig, 'xx', 'cam-2')
    judge(rig, 'xxx', 'belt')
    expect(what(rig)).toEqual([])
    judge(rig, 'xx')
    expect(what(rig)).toEqual(['parts event:kimitsu/gw/cam-1'])
    judge(rig, '..')
    expect(what(rig)).toEqual(['parts event:kimitsu/gw/cam-1'])
    judge(rig, '..')
    expect(what(rig)).toEqual([])
  })

  it('counts parts in their own order, and raises nothing for what comes an hour late', async () => {
    const rig = await rigOf(parts)
    rig.observeEvent({ source: 'cam-1', timeMs: startMs - 3_600_000, state: 'reject' })
    rig.observeEvent({ source: 'cam-1', timeMs: startMs - 3_599_000, state: 'reject' })
    rig.observeEvent({ source: 'cam-1', timeMs: startMs - 3_598_000, state: 'reject' })
    expect(what(rig)).toEqual([])
    const ordered = await rigOf(`{ id: lamp, kind: event, event: anomaly, match: {}, ${none} }`)
    ordered.observeEvent({ source: 'lamp:power', timeMs: startMs, state: 'cleared' })
    ordered.observeEvent({ source: 'lamp:power', timeMs: startMs - 1_000, state: 'raised' })
    expect(what(ordered)).toEqual([])
    ordered.observeEvent({ source: 'lamp:power', timeMs: startMs + 1_000, state: 'raised' })
    expect(what(ordered)).toEqual(['lamp event:kimitsu/gw/lamp:power'])
  })
})

describe('a combination', () => {
  it('holds where its parts stand together, for as long as it must', async () => {
    const both = `{ id: both, kind: composite, by: device, of: { all: [{ rule: low }, { not: { rule: high } }] },
      onDelayS: 60, offDelayS: 30, severity: major, ${texts} }`
    const rig = await rigOf(`${low}, ${high}, ${both}`)
    send(rig, { 'a:level': 1, 'a:flow': 1, 'b:level': 1, 'b:flow': 9 })
    rig.advance(59)
    expect(what(rig).filter((line) => line.startsWith('both'))).toEqual([])
    rig.advance(2)
    expect(what(rig).filter((line) => line.startsWith('both'))).toEqual(['both device:kimitsu/gw/a'])
    send(rig, { 'a:flow': 9 })
    rig.advance(20)
    expect(what(rig)).toContain('both device:kimitsu/gw/a')
    rig.advance(11)
    expect(what(rig)).not.toContain('both device:kimitsu/gw/a')
  })

  it('made while its parts last holds at once', async () => {
    const rig = await rigOf(low)
    send(rig, { 'a:level': 1 })
    const either = `{ id: any, kind: composite, by: site, of: { any: [{ rule: low }, { rule: high }] }, ${none} }`
    rig.setRules(parseRules(`[${low}, ${high}, ${either}]`, 'rules'))
    rig.advance(1)
    expect(what(rig)).toContain('any site:kimitsu/gw/place')
  })
})

describe('an expression', () => {
  const rule = `{ id: leak, kind: expression, by: site, match: {}, series: { level: 'a:level', flow: 'b:flow' },
    when: 'flow / level > 3', ${none} }`

  it('joins series of a site, and lets nothing unknown raise or clear', async () => {
    const rig = await rigOf(rule)
    send(rig, { 'b:flow': 9 })
    expect(what(rig)).toEqual([])
    send(rig, { 'a:level': 0 })
    expect(what(rig)).toEqual([])
    send(rig, { 'a:level': 2 })
    expect(what(rig)).toEqual(['leak site:kimitsu/gw/place'])
    send(rig, { 'a:level': null })
    expect(what(rig)).toEqual(['leak site:kimitsu/gw/place'])
    send(rig, { 'a:level': 9 })
    expect(what(rig)).toEqual([])
  })

  it('takes a value that lags far behind the others for unknown', async () => {
    const rig = await rigOf(rule)
    send(rig, { 'b:flow': 9 })
    rig.advance(301)
    send(rig, { 'a:level': 2 })
    expect(what(rig)).toEqual([])
    send(rig, { 'b:flow': 9 })
    expect(what(rig)).toEqual(['leak site:kimitsu/gw/place'])
  })

  it('is judged again only where its place is, when rules are replaced', async () => {
    const rig = await rigOf(rule)
    send(rig, { 'a:level': 2, 'b:flow': 9 })
    rig.setRules(parseRules(`[${rule.replace('> 3', '> 5')}]`, 'rules'))
    expect(what(rig)).toEqual([])
    rig.setRules([])
    expect(what(rig)).toEqual([])
  })
})

describe('rules of a file', () => {
  it('are refused with every fault at once', () => {
    const text = `
- { id: a, kind: threshold, match: {}, ${none} }
- { id: a, kind: composite, by: site, of: { not: { rule: x } }, ${none} }
- { id: c, kind: expression, by: site, match: {}, series: { a: level, b: flow }, when: a > 1, ${none} }
- { id: d, kind: event, event: anomaly, match: {}, count: { atLeast: 4, of: 3, clearBelow: 9 }, ${none} }
- { id: e, kind: threshold, match: {}, below: 1, timeZone: Asia/Nowhere, schedule: [{ when: {} }], ${none} }
- { id: f, kind: rate, match: {}, windowS: 60, perS: 60, ${none} }
`
    const faults = [
      '/0: a threshold rule has "below" or "above"',
      '/1/of: must not hold where no alarm lasts',
      '/1/id: "a" is used twice',
      '/2/series: nothing names b',
      '/3/count/atLeast: cannot be more than "of"',
      '/3/count/clearBelow: cannot be more than "atLeast"',
      '/4/schedule/0/when: names time, season, sun or stage',
      '/4/timeZone: nobody knows "Asia/Nowhere"',
      '/5: a rate rule has "above" or "below"',
    ]
    for (const fault of faults) expect(() => parseRules(text, 'rules')).toThrow(fault)
    const named = `[{ id: g, kind: composite, by: site, of: { rule: gone }, ${none} }]`
    expect(() => parseRules(named, 'rules')).toThrow('there is no rule "gone"')
  })
})
