import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type Counters, createCounters } from '../../edge/counters.ts'
import { type Runner, threadRunner } from '../../models/runner.ts'
import {
  createVisionHost,
  startVisionProcess,
  type VisionHost,
  type VisionHostOptions,
} from '../../edge/vision/vision-host.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { flat, hostileImages } from './hostile-images.ts'

const spotFinder = join(import.meta.dirname, 'packages/spot-finder')
const trust = { keyFiles: [], allowUnsigned: true }
const golden = (index: number) => readFileSync(join(spotFinder, `golden/${index}.png`))
const limitMs = 60_000

interface Bench {
  readonly host: VisionHost
  readonly counters: Counters
  /** Resolves when the models have been loaded for the n-th time. */
  readonly loaded: (times: number) => Promise<void>
}

function openHost(options: Partial<VisionHostOptions> = {}): Bench {
  const counters = createCounters()
  let loads = 0
  const waiting: (() => void)[] = []
  const host = createVisionHost({
    packages: [spotFinder],
    trust,
    clock: systemClock,
    log: silentLog,
    counters,
    random: Math.random,
    onModels() {
      loads += 1
      for (const check of waiting) check()
    },
    ...options,
  })
  const loaded = (times: number) =>
    new Promise<void>((resolve) => {
      const check = (): void => (loads >= times ? resolve() : undefined)
      waiting.push(check)
      check()
    })
  return { host, counters, loaded }
}

function ask(host: VisionHost, bytes: Uint8Array, source = 'camera-1') {
  return host.analyse({ source, package: spotFinder, bytes, urgent: false, options: { picture: 'over' } })
}

const codeOf = (thrown: unknown) => (thrown as { readonly code?: unknown }).code

describe('the vision host', { timeout: limitMs }, () => {
  let bench: Bench

  beforeAll(async () => {
    bench = openHost()
    await bench.loaded(1)
  }, limitMs)

  afterAll(() => bench.host.close())

  it('knows its model, and finds the spots of drawn parts: class, boxes, outlines, heat and a picture', async () => {
    expect(bench.host.models).toMatchObject([
      { id: 'spot-finder', version: '1.0.0', kind: 'inspection', use: 'verdict' },
    ])
    const good = (await ask(bench.host, golden(0))).finding
    expect(good).toMatchObject({ over: false, class: null, boxes: [], mask: [], picture: undefined })
    const { finding } = await ask(bench.host, golden(1))
    expect(finding).toMatchObject({ over: true, class: 'dark-spot', width: 200, height: 168 })
    expect(finding.boxes).toHaveLength(1)
    const [box] = finding.boxes
    // Drawn at 60, 70 of 200 × 168 pixels with a radius of 7.
    expect(Math.abs((box?.x ?? 0) + (box?.width ?? 0) / 2 - 60 / 200)).toBeLessThan(0.02)
    expect(Math.abs((box?.y ?? 0) + (box?.height ?? 0) / 2 - 70 / 168)).toBeLessThan(0.02)
    expect(finding.heat).toMatchObject({ columns: 32, rows: 32 })
    expect(
      Buffer.from(finding.picture ?? [])
        .subarray(0, 2)
        .toString('hex'),
    ).toBe('ffd8')
    expect(finding.picture?.length).toBeLessThanOrEqual(30_000)
  })

  it('refuses hostile images by the name of the fault, counts each, and judges the next part as if nothing had been', async () => {
    for (const { name, bytes, fault } of await hostileImages()) {
      const before = bench.counters.entries().find((entry) => entry.reason === fault)?.value ?? 0
      const outcome = await ask(bench.host, bytes).then(
        () => 'judged',
        (error: Error) => (codeOf(error) === 'image.invalid' ? error.message.split(':')[0] : error),
      )
      expect([name, outcome]).toEqual([name, fault ?? 'judged'])
      if (fault === undefined) continue
      expect(bench.counters.entries()).toContainEqual({
        name: 'vision_images_refused',
        reason: fault,
        value: before + 1,
      })
    }
    expect((await ask(bench.host, golden(1))).finding.over).toBe(true)
    expect(bench.host.stats()).toMatchObject({ crashes: 0, hangs: 0, restarts: 0, failedRuns: 0 })
  })

  it('shows a picture that lies on its side upright', async () => {
    const bytes = await flat(160, 80).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    expect((await ask(bench.host, bytes)).finding).toMatchObject({ width: 80, height: 160 })
  })

  it('keeps of each camera only the newest image that waits, counts the others, and takes parts on a line first', async () => {
    const order: string[] = []
    const asked = (source: string, urgent: boolean) =>
      bench.host.analyse({ source, package: spotFinder, bytes: golden(0), urgent, options: {} }).then(
        () => order.push(source),
        () => order.push(`${source} dropped`),
      )
    const before = bench.counters.total('vision_dropped')
    await Promise.all([
      asked('first', false),
      asked('watch', false),
      asked('watch', false),
      asked('watch', false),
      asked('line', true),
    ])
    expect(order).toEqual(['watch dropped', 'watch dropped', 'first', 'line', 'watch'])
    expect(bench.counters.total('vision_dropped')).toBe(before + 2)
    const { latency, judged } = bench.host.stats()
    expect(judged).toBeGreaterThan(3)
    expect(latency.count).toBeGreaterThanOrEqual(judged)
  })
})

describe('the vision process', { timeout: limitMs * 2 }, () => {
  it('is started anew when it is killed under an image, which is told as not judged', async () => {
    const clock = createManualClock()
    const runners: Runner[] = []
    const startRunner = (folders: readonly string[]): Runner => {
      const runner = startVisionProcess(folders, trust)
      runners.push(runner)
      return runner
    }
    const { host, counters, loaded } = openHost({ clock, startRunner })
    try {
      await loaded(1)
      const outcome = ask(host, golden(1)).catch(codeOf)
      process.kill(runners[0]?.pid ?? expect.fail('no process'), 'SIGKILL')
      expect(await outcome).toBe('model.failed')
      expect(host.stats()).toMatchObject({ state: 'waiting', crashes: 1 })
      expect(counters.entries()).toContainEqual({ name: 'vision_dropped', reason: 'lost', value: 1 })
      await clock.advance(1000)
      await loaded(2)
      expect((await ask(host, golden(1))).finding.over).toBe(true)
      expect(host.stats()).toMatchObject({ crashes: 1, restarts: 1 })
    } finally {
      await host.close()
    }
  })

  it('is replaced when it hangs', async () => {
    const clock = createManualClock()
    let starts = 0
    const startRunner = (folders: readonly string[]): Runner => {
      starts += 1
      return starts === 1 ? threadRunner(hangingWorker(folders)) : startVisionProcess(folders, trust)
    }
    const { host, loaded } = openHost({ clock, startRunner, runLimitMs: 5000, timeLimitMs: 6000 })
    try {
      await loaded(1)
      const outcome = ask(host, golden(1)).catch(codeOf)
      await clock.advance(5000)
      expect(await outcome).toBe('model.failed')
      expect(host.stats()).toMatchObject({ state: 'waiting', hangs: 1 })
      await clock.advance(1000)
      await loaded(2)
      expect((await ask(host, golden(1))).finding.over).toBe(true)
    } finally {
      await host.close()
    }
  })

  it('goes on without packages that are refused, says why, and refuses what is asked of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'musubi-vision-'))
    const altered = join(folder, 'altered')
    cpSync(spotFinder, altered, { recursive: true })
    const graph = readFileSync(join(altered, 'model.onnx'))
    writeFileSync(join(altered, 'model.onnx'), graph.fill(7, 100, 200))
    const missing = join(folder, 'nowhere')
    const { host, counters, loaded } = openHost({ packages: [altered, missing, 'lamp-power-anomaly', spotFinder] })
    try {
      await loaded(1)
      expect(host.models.map(({ id }) => id)).toEqual(['spot-finder'])
      expect(host.refused.map(({ message }) => message.split(':')[0])).toEqual([
        'hash-mismatch',
        'missing-file',
        'bad-schema',
      ])
      const question = { source: 'camera-1', bytes: golden(1), urgent: false, options: {} }
      expect(await host.analyse({ ...question, package: altered }).catch(codeOf)).toBe('model.invalid')
      expect(counters.entries()).toContainEqual({ name: 'vision_dropped', reason: 'refused-model', value: 1 })
      expect((await ask(host, golden(1))).finding.over).toBe(true)
    } finally {
      await host.close()
      rmSync(folder, { recursive: true })
    }
  })
})

/** A thread that says it is ready and then never answers. */
function hangingWorker(folders: readonly string[]): Worker {
  const description = {
    id: 'spot-finder',
    version: '1.0.0',
    kind: 'inspection',
    use: 'verdict',
    raise: 0.5,
    clear: 0.4,
    medianOf: 5,
  }
  const ready = { kind: 'ready', refused: [], models: folders.map((folder) => ({ folder, description })) }
  const source = `const { parentPort, workerData } = require('node:worker_threads')
    parentPort.on('message', () => { for (;;); })
    parentPort.postMessage(workerData)`
  return new Worker(source, { eval: true, workerData: ready })
}
