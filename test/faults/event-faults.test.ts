// Events while gateway and hub are killed in the middle of them: each is stored once, but for the last of a killed gateway's.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run as runCa } from '../../bin/commands/ca.ts'
import type { EventItem, EventPage } from '../../cloud/events/event-schemas.ts'
import { createNoise } from '../../firmware-bridge/simulators/nature/seeded-noise.ts'
import { until } from '../programs/until.ts'
import { createHub, type HubUnderTest } from './hub-under-test.ts'

const rounds = 6
/** As random-faults.test.ts grants it: a process that gets no processor commits later than its 250 ms. */
const lossWindowMs = 4 * 250
const sender = join(import.meta.dirname, 'event-sender.ts')

let folder: string
let hub: HubUnderTest
let child: ChildProcess | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-events-'))
  hub = await createHub(join(folder, 'hub'))
  await mkdir(join(folder, 'gateway'))
  const out = ['--tenant', 'test', '--gateway', 'eventful', '--out', join(folder, 'gateway')]
  await runCa(['issue', 'gateway', '--data', join(folder, 'hub'), ...out])
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await hub.end('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Emits for so long, then dies. Gives the number and the monotonic time of each event that was emitted. */
async function live(first: number, ms: number): Promise<readonly (readonly [number, number])[]> {
  child = spawn(process.execPath, [sender, join(folder, 'gateway'), String(hub.mqttsPort), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await until('the first event', 30_000, async () => (output === '' ? undefined : true))
  await sleep(ms)
  const ended = once(child, 'close')
  child.kill('SIGKILL')
  await ended
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').map(Number) as unknown as readonly [number, number])
}

async function storedEvents(): Promise<readonly EventItem[]> {
  const found: EventItem[] = []
  let cursor = ''
  for (;;) {
    const response = await hub.get(`/api/v1/events?limit=500${cursor}`)
    const { items, next } = (await response.json()) as EventPage
    found.push(...items)
    if (next === null) return found
    cursor = `&cursor=${encodeURIComponent(next)}`
  }
}

it(
  'loses none that is older than the loss window and stores none twice, over SIGKILLs of gateway and hub',
  { timeout: 240_000 },
  async () => {
    const noise = createNoise(4, 'event-faults')
    const due: number[] = []
    const sent = new Set<number>()
    let next = 1
    for (let round = 0; round < rounds; round += 1) {
      const dies = round % 2 === 1
      const hubDies = dies ? sleep(300 + noise.uniform(round) * 500).then(() => hub.end('SIGKILL')) : Promise.resolve()
      const told = await live(next, 700 + noise.uniform(100 + round) * 700)
      await hubDies
      if (dies) await hub.start()
      const diedMs = told.at(-1)?.[1] ?? 0
      for (const [number, atMs] of told) {
        sent.add(number)
        if (atMs < diedMs - lossWindowMs) due.push(number)
      }
      next = (told.at(-1)?.[0] ?? next) + 1
    }
    // A last life, which ends only after everything that the ones before left has come.
    const last = live(next, 15_000)
    const scores = await until('every event that is due', 120_000, async () => {
      const found = (await storedEvents()).map(({ score }) => score ?? 0)
      const there = new Set(found)
      return due.every((number) => there.has(number)) ? found : undefined
    })
    await last
    expect(new Set(scores).size).toBe(scores.length)
    expect(due.length).toBeGreaterThan(0)
    for (const score of scores) if (score < next) expect(sent.has(score), `event ${score}`).toBe(true)
    for (const event of (await storedEvents()).slice(0, 3)) {
      const picture = await hub.get(event.thumbnail ?? '')
      expect(await picture.text()).toContain(`picture of part ${event.score} `)
    }
  },
)
