import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { createModelHost, type ModelHost, type ModelHostOptions } from '../../edge/inference/model-host.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { copyPackage } from './package-copy.ts'
import { rate } from './traffic-samples.ts'

const traffic = { package: 'ap-traffic-anomaly', inputs: ['*:rx-rate'] }

let folder: string
let hosts: ModelHost[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'musubi-detectors-'))
  hosts = []
})

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function openHost(options: Partial<ModelHostOptions> = {}): Promise<ModelHost> {
  const given = { models: [traffic], stateFolder: join(folder, 'models'), clock: createManualClock(), log: silentLog }
  const host = await createModelHost({ ...given, ...options })
  hosts.push(host)
  return host
}

describe('models that score series', () => {
  it('that are detectors score what their globs match, without an inference worker, and skip what cannot be scored', async () => {
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
      { name: 'ap-1:rx-rate.score', timeMs: rate(0, 0).timeMs, value: 0, unit: '/', quality: 'good' },
      { name: 'ap-1:rx-rate.score', timeMs: rate(1, 0).timeMs, value: 0 },
    ])
    const skipped = (reason: string) => counters.entries().find((entry) => entry.reason === reason)?.value
    expect(['stale', 'quality', 'unit'].map(skipped)).toEqual([1, 1, 1])
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
