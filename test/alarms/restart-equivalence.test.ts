import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHubDatabase, type HubDatabase } from '../../cloud/registry/hub-database.ts'
import { temporaryFolder } from '../cloud/running-cloud.ts'
import { createRig, type Rig } from './engine-rig.ts'

const texts = `title: { ja: 題, en: Title }, advice: { ja: 助言, en: Advice }`
const low = `{ id: low, kind: threshold, severity: minor, match: { channel: level }, below: 2, hysteresis: 2,
  onDelayS: 300, offDelayS: 300, ${texts} }`
const high = `{ id: high, kind: threshold, severity: major, match: { channel: flow }, above: 6, hysteresis: 2,
  onDelayS: 0, offDelayS: 0, ${texts} }`

/** `jumps`: may the hub's clock be put forward and back? A combination's delays run by it. */
const kinds: Readonly<Record<string, { readonly rules: string; readonly jumps: boolean }>> = {
  'threshold without delays': { rules: `[${high}]`, jumps: true },
  'threshold with delays and hysteresis': { rules: `[${low}]`, jumps: true },
  'threshold with a companion': {
    rules: `[{ id: fed, kind: threshold, severity: minor, match: { channel: level }, above: 5, hysteresis: 1,
      while: { channel: flow, below: 4 }, onDelayS: 300, offDelayS: 0, ${texts} }]`,
    jumps: true,
  },
  'threshold with limits by the time of day': {
    rules: `[{ id: dawn, kind: threshold, severity: minor, match: { channel: level }, below: 2, hysteresis: 1, onDelayS: 0,
      offDelayS: 300, schedule: [{ when: { time: { from: '12:20', to: '12:40' } }, below: 7 }], ${texts} }]`,
    jumps: true,
  },
  'rate of change': {
    rules: `[{ id: fast, kind: rate, severity: minor, match: { channel: level }, windowS: 300, perS: 60, above: 0.5,
      below: -0.5, hysteresis: 0.2, onDelayS: 0, offDelayS: 300, ${texts} }]`,
    jumps: true,
  },
  'dead man': {
    rules: `[{ id: silent, kind: dead-man, severity: minor, match: {}, intervals: 3, atLeastS: 60, ${texts} }]`,
    jumps: true,
  },
  'k bad events of the last n': {
    rules: `[{ id: parts, kind: event, event: anomaly, severity: minor, match: {}, count: { atLeast: 2, of: 4, clearBelow: 1,
      withinS: 1200 }, onDelayS: 0, offDelayS: 0, ${texts} }]`,
    jumps: true,
  },
  'raised and cleared events': {
    rules: `[{ id: model, kind: event, event: anomaly, severity: minor, match: {}, onDelayS: 0, offDelayS: 0, ${texts} }]`,
    jumps: true,
  },
  expression: {
    rules: `[{ id: both, kind: expression, by: site, severity: minor, match: {}, series: { level: 'a:level', flow: 'b:flow' },
      when: 'level < 3 && flow / level > 1.5', clearWhen: 'level > 5', onDelayS: 300, offDelayS: 0, ${texts} }]`,
    jumps: true,
  },
  'combination without hold times': {
    rules: `[${low}, ${high}, { id: either, kind: composite, by: site, severity: major,
      of: { any: [{ rule: low }, { all: [{ rule: high }, { not: { rule: low } }] }] }, onDelayS: 0, offDelayS: 0, ${texts} }]`,
    jumps: true,
  },
  'combination with hold times': {
    rules: `[${low}, ${high}, { id: either, kind: composite, by: site, severity: major,
      of: { all: [{ rule: high }, { not: { rule: low } }] }, onDelayS: 120, offDelayS: 60, ${texts} }]`,
    jumps: false,
  },
}

const devices = { a: ['level', 'flow'], b: ['level', 'flow'] }
const names = ['a:level', 'a:flow', 'b:level', 'b:flow']
const stepS = 30

/** What happens to one series in one step of half a minute. Behind: measured so long before it came. */
interface Told {
  readonly value: number | null
  readonly behindS: number
  readonly skip: boolean
}

interface Step {
  readonly told: readonly Told[]
  readonly event: { readonly bad: boolean; readonly behindS: number } | undefined
  readonly jumpMs: number
  readonly restart: boolean
}

const told: fc.Arbitrary<Told> = fc.record({
  value: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(0, 1, 3, 4, 5, 7, 9) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  behindS: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(20, 100, 400, 4_000)),
  skip: fc.boolean(),
})
const event = fc.option(fc.record({ bad: fc.boolean(), behindS: fc.constantFrom(0, 0, 0, 90, 500) }), {
  nil: undefined,
})
const steps = (jumps: boolean): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      told: fc.tuple(told, told, told, told),
      event,
      jumpMs: jumps
        ? fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(400_000, -400_000, 90_000, -90_000))
        : fc.constant(0),
      restart: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
    { minLength: 1, maxLength: 60 },
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

/** The same story with and without its restarts; both are told in event time, so that a jump of the hub's clock moves no reading. */
async function play(rules: string, story: readonly Step[], restarts: boolean): Promise<Rig> {
  const rig = await createRig(database, { rules, devices })
  let deviceMs = rig.nowMs
  for (const [index, step] of story.entries()) {
    rig.advance(stepS)
    deviceMs += stepS * 1000
    rig.jump(step.jumpMs)
    // No series is without a reading of its own time for longer than readings may take: what silence decides is told below.
    const isDue = (series: number) => (index + series) % 6 === 0
    rig.observe(
      step.told.flatMap(({ value, behindS, skip }, series) => {
        if (skip && !isDue(series)) return []
        const timeMs = deviceMs - (isDue(series) ? 0 : behindS * 1000)
        return [{ name: names[series] ?? '', timeMs, value }]
      }),
    )
    if (step.event !== undefined) {
      const state = step.event.bad ? 'raised' : 'cleared'
      rig.observeEvent({ source: 'camera', timeMs: deviceMs - step.event.behindS * 1000, state })
    }
    if (restarts && step.restart) await rig.restart(0)
  }
  return rig
}

describe('an engine that is restarted at any point', () => {
  it.each(Object.keys(kinds))(
    'ends where one goes that never stopped: %s',
    async (kind) => {
      const { rules, jumps } = kinds[kind]!
      const bySilence = kind === 'dead man'
      await fc.assert(
        fc.asyncProperty(steps(jumps), async (story) => {
          const uninterrupted = await play(rules, story, false)
          const restarted = await play(rules, story, true)
          if (!bySilence) expect(restarted.lasting()).toEqual(uninterrupted.lasting())
          // What is remembered only now and then is remembered when a hub stops.
          for (const rig of [uninterrupted, restarted]) await rig.restart(0)
          if (!bySilence) expect(restarted.memory()).toEqual(uninterrupted.memory())
          // What silence decides is decided later after a start, when gateways have had their time to come back: the alarms
          // are the same, and of those that hang on several others not since when.
          for (const rig of [uninterrupted, restarted]) settle(rig)
          const isTimed = !bySilence && !kind.startsWith('combination')
          const lasting = (rig: Rig) => (isTimed ? rig.lasting() : rig.lasting().map(withoutTime))
          expect(lasting(restarted)).toEqual(lasting(uninterrupted))
        }),
        { numRuns: 60 },
      )
    },
    60_000,
  )
})

/** Its gateway goes on with one series, so that the silence of the others is theirs. */
function settle(rig: Rig): void {
  for (let passedS = 0; passedS < 1_200; passedS += stepS) {
    rig.advance(stepS)
    rig.observe([{ name: 'c:level', timeMs: rig.nowMs, value: 4 }])
  }
}

/** Silence is noticed in hub time, after a start somewhat later. */
function withoutTime(line: string): string {
  return line.slice(0, line.lastIndexOf(' '))
}
