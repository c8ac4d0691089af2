import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNoise } from '../../firmware-bridge/simulators/nature/seeded-noise.ts'
import { until } from '../programs/until.ts'
import {
  type CountingGateway,
  createCountingGateway,
  groupCommitMs,
  type Life,
  pollIntervalMs,
} from './counting-gateway.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'

/** Runs are seeded; one system serves ten of them, so that later runs meet what earlier ones left behind. */
const runsPerSystem = 10
const systems = Math.ceil(Number(process.env['MUSUBI_FAULT_RUNS'] ?? 10) / runsPerSystem)
const faultsPerRun = 4

/**
 * A gateway that is killed may lose the last that it read before its next group commit, and no more: the end of what it
 * read, nothing before a value that is stored. A process that gets no processor commits later than its 250 ms, so four
 * times that are granted here; that the window itself is kept is shown by test/edge/outbox-kill.test.ts.
 */
const lossWindowMs = groupCommitMs + 50
const maxLostPerKill = Math.ceil((4 * lossWindowMs) / pollIntervalMs)

const faults = [
  'kill gateway',
  'kill hub',
  'cut link',
  'half-open link',
  'stop gateway',
  'stop hub',
  'slow link',
] as const

describe.each(Array.from({ length: systems }, (_, seed) => seed))('random faults, system %i', (system) => {
  let folder: string
  let hub: HubUnderTest
  let gateway: CountingGateway

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-faults-'))
    const data = join(folder, 'hub')
    hub = await createHub(data)
    gateway = await createCountingGateway({ folder: join(folder, 'gateway'), hub: { data, mqttsPort: hub.mqttsPort } })
    await gateway.start()
  })

  afterAll(async () => {
    await gateway.close()
    await hub.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  it.each(Array.from({ length: runsPerSystem }, (_, run) => system * runsPerSystem + run))(
    'run %i loses nothing, stores nothing twice and keeps the order',
    { timeout: 120_000 },
    async (seed) => {
      const noise = createNoise(seed, 'faults')
      for (let index = 0; index < faultsPerRun; index += 1) {
        await sleep(noise.uniform(2 * index) * 400)
        await inflict(
          faults[Math.floor(noise.uniform(2 * index + 1) * faults.length)] ?? 'kill hub',
          noise.uniform(100 + index) * 300,
        )
      }
      const due = gateway.lives()
      for (const [index, series] of gateway.series.entries()) {
        const stored = await storedOnceWhole(series, due, index)
        expect(missing(due, stored, index)).toEqual([])
        expect(stored).toEqual([...new Set(stored)].sort((a, b) => a - b))
      }
    },
  )

  async function inflict(fault: (typeof faults)[number], holdMs: number): Promise<void> {
    switch (fault) {
      case 'kill gateway':
      case 'stop gateway':
        await gateway.end(fault === 'kill gateway' ? 'SIGKILL' : 'SIGTERM')
        await gateway.start()
        return
      case 'kill hub':
      case 'stop hub':
        await hub.end(fault === 'kill hub' ? 'SIGKILL' : 'SIGTERM')
        await hub.start()
        return
      case 'cut link':
      case 'half-open link':
        if (fault === 'cut link') gateway.link.cut()
        else gateway.link.halfOpen()
        await sleep(holdMs)
        gateway.link.restore()
        return
      case 'slow link':
        gateway.link.shape({ delayMs: holdMs })
        await sleep(holdMs)
        gateway.link.shape({})
    }
  }

  /** The stored values of a series, once none that is due is missing; after a minute as they are. */
  async function storedOnceWhole(series: string, lives: readonly Life[], device: number): Promise<readonly number[]> {
    let stored: readonly number[] = []
    await until(`${series} whole at the hub`, 60_000, async () => {
      stored = (await hub.goodReadings(series)).map(({ value }) => value ?? Number.NaN)
      return missing(lives, stored, device).length === 0 ? true : undefined
    }).catch(() => undefined)
    return stored
  }
})

/** Values that had to be stored and are not. Of a life that ended with SIGKILL the last few may be missing, nothing before them. */
function missing(lives: readonly Life[], stored: readonly number[], device: number): readonly number[] {
  const found = new Set(stored)
  return lives.flatMap((life) => {
    const served = life.served[device] ?? []
    const lastFound = served.findLastIndex((value) => found.has(value))
    const due = life.killed ? Math.max(lastFound + 1, served.length - maxLostPerKill) : served.length
    return served.slice(0, due).filter((value) => !found.has(value))
  })
}
