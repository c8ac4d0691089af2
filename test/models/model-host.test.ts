import { mkdtempSync, readFileSync, rmSync, writeFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../../edge/counters.ts'
import { createModelHost, type ModelHost, type ModelHostOptions } from '../../edge/inference/model-host.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import { copyPackage } from './package-copy.ts'

const traffic = { package: 'ap-traffic-anomaly', inputs: ['*:rx-rate'] }
const stepMs = 300_000
const startMs = Date.UTC(2026, 0, 5)

let folder: string
let clock: ManualClock
let hosts: ModelHost[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musubi-detectors-'))
  clock = createManualClock()
  hosts = []
})

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function openHost(options: Partial<ModelHostOptions> = {}): Promise<ModelHost> {
  const host = await createModelHost({
    models: [traffic],
    stateFolder: join(folder, 'models'),
    clock,
    log: silentLog,
    ...options,
  })
  hosts.push(host)
  return host
}

function rate(step: number, value: number, changes: Partial<Sample> = {}): Sample {
  const timeMs = startMs + step * stepMs
  return { name: 'ap-1:rx-rate', timeMs, value, unit: 'B/s', quality: 'good', reason: undefined, ...changes }
}

/** A day's course with a little noise. */
function usual(step: number): number {
  return 50_000 * (1.5 + Math.sin((step * 2 * Math.PI) / 288)) * (1 + 0.1 * (((step * 7919) % 1009) / 1009))
}

/** Feeds usual rates; the score after each. */
async function feed(
  host: ModelHost,
  from: number,
  to: number,
): Promise<readonly (number | string | null | undefined)[]> {
  const scores = []
  for (let step = from; step < to; step += 1) scores.push((await host.score([rate(step, usual(step))]))[0]?.value)
  return scores
}

describe('models that are detectors', () => {
  it('score what their globs match, without an inference worker, and skip what cannot be scored', async () => {
    const counters = createCounters()
    const host = await openHost({
      counters,
      startWorker: () => {
        throw new Error('no graph is configured')
      },
    })
    expect(host.models).toEqual([{ id: 'ap-traffic-anomaly', version: '0.2.0' }])
    const bad = rate(1, 0, { value: null, quality: 'bad', reason: 'timeout' })
    const other = rate(1, 5, { unit: 'W' })
    const scores = await host.score([
      rate(0, 1000),
      rate(1, 1100),
      rate(1, 1200),
      bad,
      other,
      rate(2, 1, { name: 'ap-1:clients' }),
    ])
    expect(scores).toMatchObject([
      { name: 'ap-1:rx-rate.score', timeMs: startMs, value: 0, unit: '/', quality: 'good' },
      { name: 'ap-1:rx-rate.score', timeMs: startMs + stepMs, value: 0 },
    ])
    const skipped = (reason: string) => counters.entries().find((entry) => entry.reason === reason)?.value
    expect(['stale', 'quality', 'unit'].map(skipped)).toEqual([1, 1, 1])
  })

  it('raise an event when the score reaches the alarm, hold it for half an hour, and clear it', async () => {
    const events: NewEvent[] = []
    const host = await openHost({ emitEvent: (event) => events.push(event) })
    await feed(host, 0, 4 * 288)
    expect(events).toEqual([])
    const [flood] = await host.score([rate(4 * 288, 40e6)])
    expect(flood?.value).toBeGreaterThan(0.8)
    const after = await feed(host, 4 * 288 + 1, 4 * 288 + 8)
    expect(after[4]).toBe(flood?.value)
    expect(after[6]).toBeLessThan(0.5)
    expect(events).toMatchObject([
      {
        kind: 'anomaly',
        source: 'ap-1:rx-rate',
        state: 'raised',
        timeMs: startMs + 4 * dayMs,
        model: { version: '0.2.0' },
      },
      { kind: 'anomaly', source: 'ap-1:rx-rate', state: 'cleared' },
    ])
  })

  it('remember a series over a restart, and begin anew, counted, where the file is damaged', async () => {
    const first = await openHost()
    await feed(first, 0, 3 * 288)
    await first.close()
    const flood = rate(3 * 288, 40e6)
    const second = await openHost()
    expect((await second.score([flood]))[0]?.value).toBeGreaterThan(0.8)
    await second.close()
    const file = join(folder, 'models', readdirSync(join(folder, 'models'))[0] ?? '')
    writeFileSync(file, readFileSync(file).subarray(0, 1000))
    const counters = createCounters()
    const third = await openHost({ counters })
    expect((await third.score([{ ...flood, timeMs: flood.timeMs + stepMs }]))[0]?.value).toBe(0)
    expect(counters.entries()).toContainEqual({ name: 'inference_state', reason: 'unreadable', value: 1 })
  })

  it('write what they learnt each hour', async () => {
    const host = await openHost()
    await feed(host, 0, 10)
    await clock.advance(3_600_000)
    await expect
      .poll(() => readdirSync(folder).length > 0 && readdirSync(join(folder, 'models')))
      .toEqual(['ap-traffic-anomaly-0.state'])
  })

  it('go on beside a package that is refused', async () => {
    using copy = copyPackage('ap-traffic-anomaly')
    copy.publish(
      'golden/trace.json',
      copy
        .read('golden/trace.json')
        .toString()
        .replace(/"surprise":\d[\d.]*/, '"surprise":9'),
    )
    const host = await openHost({
      models: [{ package: copy.folder, inputs: ['*:tx-rate'] }, traffic],
      trust: { keyFiles: [copy.keyFile], allowUnsigned: false },
    })
    expect(host.models).toEqual([{ id: 'ap-traffic-anomaly', version: '0.2.0' }])
    expect(host.refused).toMatchObject([
      { folder: copy.folder, message: expect.stringMatching(/^golden-mismatch: trace/) },
    ])
    expect(await host.score([rate(0, 1), rate(0, 1, { name: 'ap-1:tx-rate' })])).toHaveLength(1)
  })
})

const dayMs = 86_400_000
