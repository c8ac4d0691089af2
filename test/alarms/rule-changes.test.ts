import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { RuleBook } from '../../cloud/alarms/rules/rule-book.ts'
import { parseRules } from '../../cloud/alarms/rules/rule-file.ts'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { temporaryFolder } from '../cloud/running-cloud.ts'
import { createRig, type Rig } from './engine-rig.ts'

const texts = { title: { ja: '題', en: 'Title' }, advice: { ja: '助言', en: 'Advice' } }
const at = (onDelayS: number, offDelayS: number) => ({ ...texts, severity: 'minor', onDelayS, offDelayS })
const low = { ...at(300, 300), kind: 'threshold', match: { channel: 'level' }, below: 2, hysteresis: 2 }
const silent = { ...texts, severity: 'minor', kind: 'dead-man', match: {}, intervals: 3, atLeastS: 60 }
const site = 'kimitsu/gw/place'
const expression = {
  ...at(0, 0),
  kind: 'expression',
  by: 'site',
  match: {},
  series: { level: 'a:level', flow: 'b:flow' },
}
const either = { ...at(0, 0), kind: 'composite', by: 'site' }
const anomaly = { ...at(0, 0), kind: 'event', event: 'anomaly', match: {}, count: { atLeast: 2, of: 4, clearBelow: 1 } }

/** Rules of the file, and by id what a tenant may write in their place or besides. */
const ofFile = { low, silent, either: { ...either, of: { any: [{ rule: 'low' }, { rule: 'parts' }] } }, parts: anomaly }
const written: Readonly<Record<string, readonly object[]>> = {
  low: [
    { ...low, below: 4 },
    { ...low, match: { channel: 'level', site }, onDelayS: 0 },
    { ...low, disabled: true },
  ],
  silent: [
    { ...silent, intervals: 6 },
    { ...silent, match: { device: 'a' } },
  ],
  either: [{ ...either, of: { all: [{ rule: 'low' }, { not: { rule: 'parts' } }] } }],
  parts: [{ ...anomaly, count: { atLeast: 1, of: 2 } }],
  quiet: [
    { ...silent, match: { device: 'b' } },
    { ...silent, match: { channel: 'flow' } },
  ],
  leak: [
    { ...expression, when: 'flow / level > 1.5' },
    { ...expression, when: 'flow > level', offDelayS: 300 },
  ],
  fast: [
    { ...at(0, 300), kind: 'rate', match: { channel: 'level' }, windowS: 300, perS: 60, above: 0.5, hysteresis: 0.2 },
  ],
}

const devices = { a: ['level', 'flow'], b: ['level', 'flow'] }
const names = ['a:level', 'a:flow', 'b:level', 'b:flow']
const stepS = 30

interface Step {
  readonly values: readonly (number | null | undefined)[]
  readonly bad: boolean | undefined
  /** Undefined in `which`: the tenant takes back what it wrote. */
  readonly change: { readonly id: string; readonly which: number | undefined } | undefined
}

const value = fc.constantFrom(undefined, null, 0, 1, 3, 4, 5, 7, 9)
const story: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    values: fc.tuple(value, value, value, value),
    bad: fc.constantFrom(undefined, true, false),
    change: fc.option(
      fc.record({ id: fc.constantFrom(...Object.keys(written)), which: fc.constantFrom(undefined, 0, 1, 2) }),
      { nil: undefined },
    ),
  }),
  { minLength: 1, maxLength: 50 },
)

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

const fileText = JSON.stringify(Object.entries(ofFile).map(([id, rule]) => ({ ...rule, id })))

/** The same story with the rules changed while the engine runs, or by restarts. */
async function play(steps: readonly Step[], byRestart: boolean): Promise<Rig> {
  await database.deleteFrom('alarm_rules').execute()
  const rig = await createRig(database, { rules: fileText, devices })
  const book = new RuleBook({ database, fileRules: parseRules(fileText, 'rules'), clock: systemClock, log: silentLog })
  rig.leaveRules(book.inForce())
  await rig.restart(0)
  book.onChange((change) => (byRestart ? rig.leaveRules(book.inForce()) : rig.changeRules(change, book.inForce())))
  for (const [index, { values, bad, change }] of steps.entries()) {
    rig.advance(stepS)
    if (change !== undefined) {
      await write(book, change)
      if (byRestart) await rig.restart(0)
    }
    rig.observe(
      values.flatMap((given, series) => {
        // No series is without a reading for long: what silence decides is told below.
        const isDue = (index + series) % 6 === 0
        return given === undefined && !isDue
          ? []
          : [{ name: names[series] ?? '', timeMs: rig.nowMs, value: given ?? 4 }]
      }),
    )
    if (bad !== undefined) {
      rig.observeEvent({ source: 'camera', timeMs: rig.nowMs, state: bad ? 'raised' : 'cleared' })
    }
  }
  return rig
}

async function write(book: RuleBook, { id, which }: NonNullable<Step['change']>): Promise<void> {
  const change = { tenant: 'kimitsu', id, by: 'test', comment: undefined }
  const seen = book.list(() => true).find((rule) => rule.tenant !== undefined && rule.rule.id === id)?.revision ?? 0
  const rule = which === undefined ? undefined : written[id]?.[which]
  if (rule !== undefined) await book.put({ ...change, seen }, rule)
  else if (seen > 0) await book.delete({ ...change, seen })
}

/** Its gateway goes on with one series, so that the silence of the others is theirs. */
function settle(rig: Rig): void {
  for (let passedS = 0; passedS < 1_200; passedS += stepS) {
    rig.advance(stepS)
    rig.observe([{ name: 'c:level', timeMs: rig.nowMs, value: 4 }])
  }
}

const withoutTime = (line: string) => line.slice(0, line.lastIndexOf(' '))

describe('rules that are changed while the engine runs', () => {
  it('leave it where a restart with the new rules would', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const changed = await play(steps, false)
        const restarted = await play(steps, true)
        // Combinations look at their parts with the next tick.
        for (const rig of [changed, restarted]) rig.advance(2)
        const judged = (rig: Rig) =>
          rig
            .lasting()
            .filter((line) => !/^(silent|quiet) /.test(line))
            .map(withoutTime)
        expect(judged(changed)).toEqual(judged(restarted))
        for (const rig of [changed, restarted]) settle(rig)
        expect(changed.lasting().map(withoutTime)).toEqual(restarted.lasting().map(withoutTime))
      }),
      { numRuns: 60 },
    )
  })

  it('end what combinations make of them', async () => {
    const rules = parseRules(fileText, 'rules').map((rule) => (rule.id === 'low' ? { ...rule, onDelayS: 0 } : rule))
    const rig = await createRig(database, { rules: '[]', devices })
    rig.setRules(rules)
    rig.observe([{ name: 'a:level', timeMs: rig.nowMs, value: 1 }])
    rig.advance(2)
    expect(rig.lasting().map(withoutTime)).toEqual([`either site:${site}`, 'low kimitsu/gw/a:level'])
    const [first] = rules
    if (first === undefined) throw new Error('no rule')
    rig.changeRules({ gone: [first], fresh: [{ ...first, disabled: true }], rescoped: [] }, rules)
    rig.advance(2)
    expect(rig.lasting()).toEqual([])
  })

  it('call nothing silent that was heard of before they were there', async () => {
    const rig = await createRig(database, { rules: '[]', devices })
    rig.advance(3_600)
    const rules = parseRules(JSON.stringify([{ ...silent, id: 'silent' }]), 'rules')
    rig.observe(names.map((name) => ({ name, timeMs: rig.nowMs, value: 4 })))
    rig.advance(20)
    rig.setRules(rules)
    rig.observe([{ name: 'c:level', timeMs: rig.nowMs, value: 4 }])
    rig.advance(5)
    expect(rig.lasting()).toEqual([])
    for (let passedS = 0; passedS < 120; passedS += 10) {
      rig.advance(10)
      rig.observe([{ name: 'c:level', timeMs: rig.nowMs, value: 4 }])
    }
    expect(rig.lasting().map(withoutTime)).toEqual(['silent device:kimitsu/gw/a', 'silent device:kimitsu/gw/b'])
  })
})
