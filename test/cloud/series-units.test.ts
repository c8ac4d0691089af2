// A series that comes back in another unit: stored as uncertain at first, then in its new unit, with rules told and a record kept.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import type { RawReadings, SeriesItem } from '../../cloud/http/schemas.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import {
  birth,
  eventually,
  gatewayTopic,
  levelSeries,
  runCloud,
  telemetry,
  temporaryFolder,
  type RunningCloud,
} from './running-cloud.ts'

const rules = (more = '', below = 0.02) => `
- id: low
  kind: threshold
  severity: warning
  match: { channel: water-level }
  below: ${below}
  ${more}
  onDelayS: 0
  offDelayS: 0
  title: { ja: '低', en: 'Low' }
  advice: { ja: '見る', en: 'Look' }
`

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let running: RunningCloud
let clock: ManualClock
let seq: number

beforeEach(async () => {
  temporary = await temporaryFolder()
  clock = createManualClock()
  seq = 0
  running = await runCloud(temporary.folder, { clock, rules: rules() })
})

afterEach(async () => {
  await running.stop()
  await temporary.remove()
})

async function restart(rulesNow: string): Promise<void> {
  await running.stop()
  running = await runCloud(temporary.folder, { clock, rules: rulesNow })
}

/** One reading a second. */
async function send(unit: string, values: readonly number[], timeMs = clock.now()): Promise<void> {
  for (const [index, value] of values.entries()) {
    seq += 1
    const name = 'probe-1:water-level'
    const sample = { name, value, timeMs: timeMs + index, unit, quality: 'good', reason: undefined } as const
    void running.cloud.tap({ topic: gatewayTopic('telemetry'), payload: telemetry(seq, [sample]) })
    await clock.advance(1_000)
    await eventually(() => expect(running.acks.at(-1)?.through).toBe(seq))
  }
}

async function describeIn(unit: string): Promise<void> {
  const label = { ja: '水位', en: 'Level' }
  const series = [{ name: 'probe-1:water-level', unit, intervalS: 10, label }]
  const devices = [{ id: 'probe-1', profile: 'p', label, series }]
  void running.cloud.tap({ topic: gatewayTopic('status'), payload: birth({ devices, sites: [], timeMs: clock.now() }) })
  await clock.advance(10)
}

async function qualities(): Promise<readonly string[]> {
  const path = `/api/v1/series/${encodeURIComponent(levelSeries)}/readings?from=0&limit=1000`
  return ((await running.get(path)).body as RawReadings).quality
}

async function unitAtHub(): Promise<string | null | undefined> {
  const { items } = (await running.get('/api/v1/series')).body as { items: SeriesItem[] }
  return items.find(({ series }) => series === levelSeries)?.unit
}

async function openAlarms(): Promise<readonly string[]> {
  const { items } = (await running.get('/api/v1/alarms')).body as { items: AlarmItem[] }
  return items.filter(({ state }) => state === 'open').map(({ title }) => title.en)
}

async function records(): Promise<readonly string[]> {
  const { items } = (await running.get('/api/v1/dead-letters')).body as { items: { code: string; reason: string }[] }
  return items.filter(({ code }) => code === 'series.unit').map(({ reason }) => reason)
}

const faulty = 'An alarm rule is written in another unit than its series'
const ten = (value: number) => Array.from({ length: 10 }, () => value)

describe('a series in another unit', () => {
  it('has the new unit after ten readings in a row, which is recorded, and a rule in the old one is called faulty', async () => {
    await send('m', [0.1])
    await send('mm', ten(100).slice(1))
    expect(await unitAtHub()).toBe('m')
    await send('mm', [100, 101, 5])
    expect(await unitAtHub()).toBe('mm')
    expect(await qualities()).toEqual([
      'good',
      ...ten(0)
        .slice(1)
        .map(() => 'uncertain'),
      'good',
      'good',
      'good',
    ])
    expect(await records()).toEqual([expect.stringMatching(/is measured in mm instead of m .*10 readings in a row/)])
    expect(await openAlarms()).toEqual([faulty])
    const metrics = await (await fetch(`${running.url}/metrics`)).text()
    expect(metrics).toContain('musubi_series_unit_changes_total 1')
  })

  it('keeps its new unit and the faulty rule over a restart, until the rule is corrected', async () => {
    await send('m', [0.1])
    await send('mm', ten(10))
    await restart(rules())
    expect(await unitAtHub()).toBe('mm')
    await send('mm', [0.001])
    expect(await openAlarms()).toEqual([faulty])
    await restart(rules('unit: mm', 20))
    expect(await openAlarms()).toEqual(['Low'])
    await restart(rules('', 0.0005))
    await send('mm', [10])
    expect(await openAlarms()).toEqual([])
  })

  it('has the new unit from a birth that says so, and late readings in the old one do not bring it back', async () => {
    await describeIn('m')
    await send('m', [0.1])
    const beforeMs = clock.now() - 500
    await describeIn('mm')
    expect(await unitAtHub()).toBe('mm')
    await send('mm', [100])
    await send('m', ten(0.1), beforeMs)
    expect(await unitAtHub()).toBe('mm')
    expect((await qualities()).filter((quality) => quality === 'good')).toHaveLength(2)
    expect(await records()).toEqual([expect.stringContaining('its gateway describes it so')])
  })

  it('keeps its unit while readings in both arrive', async () => {
    for (let round = 0; round < 15; round += 1) {
      await send('m', [0.1])
      await send('mm', [100])
    }
    expect(await unitAtHub()).toBe('m')
    expect(await records()).toEqual([])
  })
})
