import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../../edge/counters.ts'
import { createInferenceHost, type InferenceHost, type InferenceHostOptions } from '../../edge/inference/host.ts'
import { startInferenceWorker } from '../../edge/inference/start-worker.ts'
import type { SeriesAnomalyManifest } from '../../models/manifest-series.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { sunElevationDeg } from '../../models/sun-elevation.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { loadSeriesPackage, copyPackage } from './package-copy.ts'

const place = { latDeg: 35.3304, lonDeg: 139.9027 }
const minuteMs = 60_000
const noonMs = Date.UTC(2026, 4, 1, 3)
const lamps = { package: 'lamp-power-anomaly', inputs: ['*:lamp-*-power'] }
const hosts: InferenceHost[] = []

async function openHost(options: Partial<InferenceHostOptions> = {}): Promise<InferenceHost> {
  const host = await createInferenceHost({
    models: [lamps],
    log: silentLog,
    clock: systemClock,
    scoreLimitMs: 20_000,
    ...options,
  })
  hosts.push(host)
  return host
}

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

function watts(timeMs: number, value: number, name = 'cabinet:lamp-1-power'): Sample {
  return { name, timeMs, value, unit: 'W', quality: 'good', reason: undefined }
}

function lampAt(timeMs: number): number {
  return sunElevationDeg(timeMs, place) < -1 ? 80 : 0.3
}

/** Scores one sample every five minutes; `power` gives the watts. */
async function scoreTrace(
  host: InferenceHost,
  fromMs: number,
  toMs: number,
  power: (timeMs: number) => number,
): Promise<readonly number[]> {
  const trace: Sample[] = []
  for (let timeMs = fromMs; timeMs < toMs; timeMs += 5 * minuteMs) trace.push(watts(timeMs, power(timeMs)))
  return (await host.score(trace)).map(({ value }) => Number(value))
}

/** A thread that says it is ready and then never answers a run. */
function hangingWorker(folders: readonly string[], manifest: SeriesAnomalyManifest): Worker {
  const ready = { kind: 'ready', refused: [], models: folders.map((folder) => ({ folder, manifest })) }
  const source = `const { parentPort, workerData } = require('node:worker_threads')
    parentPort.on('message', () => { for (;;); })
    parentPort.postMessage(workerData)`
  return new Worker(source, { eval: true, workerData: ready })
}

describe('the inference host', () => {
  it('starts no thread when no model is configured', async () => {
    const host = await openHost({ models: [], startWorker: () => expect.fail('no worker is needed') })
    expect(await host.score([watts(noonMs, 1)])).toEqual([])
    expect(host.stats().state).toBe('off')
  })

  it('keeps a healthy lamp under the thresholds for a week and lifts a dead one over them in its first night', async () => {
    const host = await openHost()
    expect(host.models).toEqual([{ id: 'lamp-power-anomaly', version: '0.1.0' }])
    const week = noonMs + 7 * 1440 * minuteMs
    const healthy = await scoreTrace(host, noonMs, week, lampAt)
    expect(Math.max(...healthy)).toBeLessThan(0.5)
    const dead = await scoreTrace(host, week, week + 1440 * minuteMs, () => 0)
    const night = dead.filter((_, index) => sunElevationDeg(week + index * 5 * minuteMs, place) < -8)
    expect(night.length).toBeGreaterThan(50)
    expect(Math.min(...night)).toBeGreaterThan(0.8)
  })

  it('finds a lamp that stays at full power where it is used to dim', async () => {
    const host = await openHost()
    const dimmed = (timeMs: number): number => {
      const hour = new Date(timeMs + 9 * 3_600_000).getUTCHours()
      return lampAt(timeMs) * (hour >= 23 || hour < 3 ? 0.5 : 1)
    }
    const week = noonMs + 7 * 1440 * minuteMs
    await scoreTrace(host, noonMs, week, dimmed)
    const full = await scoreTrace(host, week, week + 1440 * minuteMs, lampAt)
    const midnight = full.slice((12 * 60) / 5 - 6, (12 * 60) / 5 + 6)
    expect(Math.min(...midnight)).toBeGreaterThan(0.8)
  })

  it('scores every series of a poll, in place and time of its input, and skips what is not usable', async () => {
    const counters = createCounters()
    const host = await openHost({ counters })
    const good = Array.from({ length: 24 }, (_, lamp) => watts(noonMs, 0, `cabinet:lamp-${lamp}-power`))
    const bad: Sample = { ...watts(noonMs, 0, 'cabinet:lamp-99-power'), value: null, quality: 'bad', reason: 'timeout' }
    const foreign = { ...watts(noonMs, 1, 'cabinet:lamp-98-power'), unit: 'V' }
    const scores = await host.score([
      ...good,
      bad,
      foreign,
      watts(noonMs, 9, 'cabinet:supply-voltage'),
      watts(noonMs, 0),
    ])
    expect(scores.map(({ name }) => name)).toEqual(good.map(({ name }) => `${name}.score`))
    for (const score of scores) expect(score).toMatchObject({ timeMs: noonMs, unit: '/', quality: 'good' })
    const reasons = Object.fromEntries(host.stats().counters.map(({ reason, value }) => [reason, value]))
    expect(reasons).toEqual({ quality: 1, unit: 1, stale: 1 })
    expect(counters.total('inference_skipped')).toBe(3)
    expect(host.stats().latency.count).toBe(1)
  })

  it('scores again soon after the clock was set back', async () => {
    const host = await openHost()
    const before = await host.score([watts(noonMs + 365 * 24 * 60 * minuteMs, 0)])
    const after = await host.score(Array.from({ length: 31 }, (_, index) => watts(noonMs + index * minuteMs, 0)))
    expect([...before, ...after].map(({ quality }) => quality)).toEqual(['good', 'good'])
  })

  it('tries again where the machine gives no thread', async () => {
    let starts = 0
    const host = await openHost({
      startWorker(folders, trust) {
        starts += 1
        if (starts === 1) throw new Error('ERR_WORKER_INIT_FAILED')
        return startInferenceWorker(folders, trust)
      },
    })
    await expect.poll(() => host.stats().state).toBe('ready')
    expect(host.stats()).toMatchObject({ crashes: 1, restarts: 1 })
    expect(await host.score([watts(noonMs, 0)])).toMatchObject([{ quality: 'good' }])
  })

  it('goes on without a package that is refused, and says why', async () => {
    using copy = copyPackage('ap-traffic-anomaly')
    copy.write('card.md', 'better figures')
    const trust = { keyFiles: [copy.keyFile], allowUnsigned: false }
    const host = await openHost({ trust, models: [{ package: copy.folder, inputs: ['*'] }, lamps] })
    expect(host.models).toEqual([{ id: 'lamp-power-anomaly', version: '0.1.0' }])
    expect(host.refused).toMatchObject([
      { folder: copy.folder, message: expect.stringMatching(/^hash-mismatch: card.md/) },
    ])
    expect(await host.score([watts(noonMs, 0)])).toHaveLength(1)
  })

  it('answers with a bad sample while its worker is gone, then replaces it and remembers the series', async () => {
    const clock = createManualClock()
    const workers: Worker[] = []
    const host = await openHost({
      clock,
      startWorker(folders, trust) {
        const worker = startInferenceWorker(folders, trust)
        workers.push(worker)
        return worker
      },
    })
    await host.score([watts(noonMs, 0)])
    await workers[0]?.terminate()
    await expect.poll(() => host.stats().state).toBe('waiting')
    const waiting = host.score([watts(noonMs + minuteMs, 0)])
    await clock.advance(20_000)
    expect(await waiting).toMatchObject([{ value: null, quality: 'bad', reason: 'model', timeMs: noonMs + minuteMs }])
    await expect.poll(() => host.stats().state).toBe('ready')
    expect(await host.score([watts(noonMs, 0)])).toEqual([])
    expect(await host.score([watts(noonMs + 2 * minuteMs, 0)])).toMatchObject([{ quality: 'good' }])
    expect(host.stats()).toMatchObject({ crashes: 1, restarts: 1, hangs: 0 })
    expect(host.stats().counters).toContainEqual({ name: 'inference_faults', reason: 'crashes', value: 1 })
    expect(host.stats().counters).toContainEqual({ name: 'inference_dropped', reason: 'time-limit', value: 1 })
  })

  it('replaces a worker that hangs in a run', async () => {
    const clock = createManualClock()
    let started = 0
    const { manifest } = await loadSeriesPackage(packageFolder(lamps.package))
    const host = await openHost({
      clock,
      runLimitMs: 1000,
      startWorker(folders, trust) {
        started += 1
        return started === 1 ? hangingWorker(folders, manifest) : startInferenceWorker(folders, trust)
      },
    })
    const stuck = host.score([watts(noonMs, 0)])
    await clock.advance(1000)
    expect(await stuck).toMatchObject([{ value: null, quality: 'bad', reason: 'model' }])
    expect(host.stats()).toMatchObject({ hangs: 1, state: 'waiting' })
    await clock.advance(1000)
    await expect.poll(() => host.stats().state).toBe('ready')
    expect(await host.score([watts(noonMs + minuteMs, 0)])).toMatchObject([{ quality: 'good' }])
  })

  it('replaces a worker that never finishes loading', async () => {
    const clock = createManualClock()
    let started = 0
    const opening = openHost({
      clock,
      loadLimitMs: 5000,
      startWorker(folders, trust) {
        started += 1
        return started === 1 ? new Worker('for (;;);', { eval: true }) : startInferenceWorker(folders, trust)
      },
    })
    await clock.advance(5000)
    const host = await opening
    expect(host.models).toEqual([])
    await clock.advance(1000)
    await expect.poll(() => host.models.length).toBe(1)
    expect(host.stats()).toMatchObject({ hangs: 1, restarts: 1 })
  })

  it('drops the oldest waiting run when too many wait', async () => {
    const host = await openHost({ maxWaiting: 2 })
    const polls = [0, 1, 2, 3, 4].map((minute) => host.score([watts(noonMs + minute * minuteMs, 0)]))
    const qualities = (await Promise.all(polls)).map(([score]) => score?.quality)
    expect(qualities).toEqual(['good', 'bad', 'bad', 'good', 'good'])
    expect(host.stats().counters).toEqual([{ name: 'inference_dropped', reason: 'overflow', value: 2 }])
  })
})
