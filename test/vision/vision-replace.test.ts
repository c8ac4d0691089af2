import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { type Runner, threadRunner } from '../../models/runner.ts'
import {
  createVisionHost,
  startVisionProcess,
  type VisionHost,
  type VisionHostOptions,
} from '../../edge/vision/vision-host.ts'
import { createManualClock } from '../edge/manual-clock.ts'

const spotFinder = join(import.meta.dirname, 'packages/spot-finder')
const trust = { keyFiles: [], allowUnsigned: true }
const part = readFileSync(join(spotFinder, 'golden/1.png'))
const limitMs = 60_000

describe('a model that is replaced', { timeout: limitMs }, () => {
  let folder = ''
  let host: VisionHost
  const counters = createCounters()

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'musubi-replace-'))
  })
  afterEach(async () => {
    await host.close()
    rmSync(folder, { recursive: true })
  })

  /** Resolves when the models are loaded. */
  async function open(options: Partial<VisionHostOptions> = {}): Promise<void> {
    const ready = Promise.withResolvers<void>()
    host = createVisionHost({
      packages: [spotFinder],
      trust,
      clock: systemClock,
      log: silentLog,
      counters,
      random: Math.random,
      onModels: ready.resolve,
      ...options,
    })
    await ready.promise
  }

  /** The first runner is a vision process, the next one what is given; `started` resolves with that one. */
  function runners(next: typeof startVisionProcess) {
    const second = Promise.withResolvers<void>()
    let starts = 0
    const startRunner = (folders: readonly string[]): Runner => {
      starts += 1
      if (starts === 1) return startVisionProcess(folders, trust)
      second.resolve()
      return next(folders, trust)
    }
    return { startRunner, started: second.promise }
  }

  function revision(version: string): string {
    const place = join(folder, version)
    cpSync(spotFinder, place, { recursive: true })
    const file = join(place, 'manifest.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version": "1.0.0"', `"version": "${version}"`))
    return place
  }

  async function versionThatJudges(): Promise<string> {
    const question = { source: 'line-1', package: spotFinder, bytes: part, urgent: true, options: {} }
    const { model, finding } = await host.analyse(question)
    expect(finding.over).toBe(true)
    return model.version
  }

  it('judges no part less: each is judged by the one or the other, and all after it by the new one', async () => {
    await open()
    const replacing = host.replace(spotFinder, revision('1.1.0'))
    const versions: string[] = []
    while (host.modelOf(spotFinder)?.version === '1.0.0') versions.push(await versionThatJudges())
    expect(await replacing).toMatchObject({ version: '1.1.0' })
    expect(new Set(versions.slice(0, -1))).toEqual(new Set(['1.0.0']))
    expect(await versionThatJudges()).toBe('1.1.0')
    expect(host.models).toMatchObject([{ id: 'spot-finder', version: '1.1.0' }])
    expect(counters.total('vision_dropped')).toBe(0)
    expect(host.stats()).toMatchObject({ crashes: 0, hangs: 0, restarts: 0 })
  })

  it('stays where the new package is refused, with the fault', async () => {
    await open()
    const bad = revision('1.1.0')
    const graph = readFileSync(join(bad, 'model.onnx'))
    writeFileSync(join(bad, 'model.onnx'), graph.fill(7, 100, 200))
    await expect(host.replace(spotFinder, bad)).rejects.toThrow(/hash-mismatch/)
    expect(await versionThatJudges()).toBe('1.0.0')
    expect(host.refused).toEqual([])
  })

  it('stays where the process of the new one hangs while it loads', async () => {
    const clock = createManualClock()
    const { startRunner, started } = runners(() => threadRunner(new Worker('setInterval(() => {}, 9)', { eval: true })))
    await open({ clock, startRunner })
    const outcome = host.replace(spotFinder, revision('1.1.0')).catch((error: Error) => error.message)
    await started
    await clock.advance(120_000)
    expect(await outcome).toContain('hangs')
    expect(await versionThatJudges()).toBe('1.0.0')
  })

  it('is the revision at once where one was in use before the start', async () => {
    await open({ revisions: new Map([[spotFinder, revision('1.2.0')]]) })
    expect(host.modelOf(spotFinder)?.version).toBe('1.2.0')
    expect(await versionThatJudges()).toBe('1.2.0')
  })

  it('lets the host be closed while the new one loads', async () => {
    const { startRunner, started } = runners(startVisionProcess)
    await open({ startRunner })
    const outcome = host.replace(spotFinder, revision('1.1.0')).catch((error: Error) => error.message)
    await started
    await host.close()
    expect(await outcome).toContain('ended')
  })
})
