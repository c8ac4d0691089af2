import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { createDetectorHost, type DetectorHost, type DetectorHostOptions } from '../../edge/inference/detector-host.ts'
import type { SeriesDetectorManifest } from '../../models/manifest-detector.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import { rate } from './traffic-samples.ts'

const dayMs = 86_400_000
const manifest = JSON.parse(
  readFileSync(join(packageFolder('ap-traffic-anomaly'), 'manifest.json'), 'utf8'),
) as SeriesDetectorManifest

let folder: string
let clock: ManualClock
let hosts: DetectorHost[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musubi-detectors-'))
  clock = createManualClock()
  hosts = []
})

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function openHost(options: Partial<DetectorHostOptions> = {}): Promise<DetectorHost> {
  const stateFolder = join(folder, 'models')
  const given = { detectors: [{ place: 0, manifest }], stateFolder, clock, log: silentLog, counters: createCounters() }
  const host = await createDetectorHost({ ...given, ...options })
  hosts.push(host)
  return host
}

/** A day's course with a little noise. */
function usual(step: number): number {
  return 50_000 * (1.5 + Math.sin((step * 2 * Math.PI) / 288)) * (1 + 0.1 * (((step * 7919) % 1009) / 1009))
}

/** Feeds usual rates; the score after each. */
function feed(host: DetectorHost, from: number, to: number): readonly unknown[] {
  return Array.from({ length: to - from }, (_, index) => scoreAfter(host, from + index, usual(from + index)))
}

function scoreAfter(host: DetectorHost, step: number, value: number): unknown {
  return host.score(0, [rate(step, value)])[0]?.value
}

describe('the host of detectors', () => {
  it('raises an event when the score reaches the alarm, holds it for half an hour, and clears it', async () => {
    const events: NewEvent[] = []
    const host = await openHost({ emitEvent: (event) => events.push(event) })
    feed(host, 0, 4 * 288)
    expect(events).toEqual([])
    const flood = scoreAfter(host, 4 * 288, 40e6)
    expect(flood).toBeGreaterThan(0.8)
    const after = feed(host, 4 * 288 + 1, 4 * 288 + 8)
    expect(after[4]).toBe(flood)
    expect(after[6]).toBeLessThan(0.5)
    const of = { kind: 'anomaly', source: 'ap-1:rx-rate', model: { id: manifest.id, version: manifest.version } }
    const raisedMs = rate(4 * 288, 0).timeMs
    expect(events).toMatchObject([
      { ...of, state: 'raised', score: flood, timeMs: raisedMs },
      { ...of, state: 'cleared', timeMs: raisedMs + 1_800_000 },
    ])
    expect(raisedMs).toBe(rate(0, 0).timeMs + 4 * dayMs)
  })

  it('remembers a series over a restart, and begins anew, counted, where the file is damaged', async () => {
    const first = await openHost()
    feed(first, 0, 3 * 288)
    await first.close()
    const second = await openHost()
    expect(scoreAfter(second, 3 * 288, 40e6)).toBeGreaterThan(0.8)
    await second.close()
    const [file = ''] = readdirSync(join(folder, 'models'))
    const path = join(folder, 'models', file)
    writeFileSync(path, readFileSync(path).subarray(0, 1000))
    const counters = createCounters()
    const third = await openHost({ counters })
    expect(scoreAfter(third, 3 * 288 + 1, 40e6)).toBe(0)
    expect(counters.entries()).toContainEqual({ name: 'inference_state', reason: 'unreadable', value: 1 })
  })

  it('writes what it learnt each hour', async () => {
    feed(await openHost(), 0, 10)
    await clock.advance(3_600_000)
    const written = () => readdirSync(folder, { recursive: true })
    await expect.poll(written).toEqual(['models', join('models', 'ap-traffic-anomaly-0.state')])
  })

  it('goes on, counted, where nothing can be written', async () => {
    writeFileSync(join(folder, 'models'), 'a file where the folder should be')
    const counters = createCounters()
    const host = await openHost({ counters })
    expect(scoreAfter(host, 0, 1)).toBe(0)
    await host.close()
    expect(counters.entries()).toContainEqual({ name: 'inference_state', reason: 'unwritten', value: 1 })
  })

  it('watches 2000 series and refuses a further one, counted', async () => {
    const counters = createCounters()
    const host = await openHost({ counters })
    const samples = Array.from({ length: 2001 }, (_, index) => rate(0, 1, { name: `ap-${index}:rx-rate` }))
    expect(host.score(0, samples)).toHaveLength(2000)
    expect(counters.entries()).toContainEqual({ name: 'inference_skipped', reason: 'series-limit', value: 1 })
  })

  it('begins a series anew when the clock was set back', async () => {
    const host = await openHost()
    feed(host, 1000, 1010)
    const scores = feed(host, 0, 32)
    expect(scores.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => undefined))
    expect(scores.slice(30)).toEqual([0, 0])
  })
})
