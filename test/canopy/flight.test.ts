import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { encodeEvent, type NewEvent } from '../../broker/contract/event-codec.ts'
import { systemClock, type Log } from '../../broker/contract/ports.ts'
import { createCanopyRunner } from '../../edge/canopy/canopy-runner.ts'
import { startCanopyWatch, type CanopyWatchDependencies } from '../../edge/canopy/canopy-watch.ts'
import { createFlightList, type ListedImage } from '../../edge/canopy/flight-list.ts'
import type { CanopyRequest } from '../../edge/canopy/messages.ts'
import { createCounters } from '../../edge/counters.ts'
import { readImageFacts } from '../../edge/images/image-facts.ts'
import { droneJpeg, plainShot } from '../images/drone-image.ts'

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-canopy-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function shot(name: string, flight: string, change: Partial<typeof plainShot> = {}): Promise<ListedImage> {
  const bytes = await droneJpeg({ ...plainShot, ...change })
  const path = join(folder, name)
  await writeFile(path, bytes)
  const { facts } = await readImageFacts(bytes, { fileTimeMs: 0, zone: 'Asia/Tokyo' })
  return { path, copy: undefined, facts: { ...facts, flight } }
}

describe('the list of flights', () => {
  it('keeps images by flight over a restart, and passes over a line that a power cut left half written', async () => {
    const image = await shot('1.jpg', 'flight-a')
    await createFlightList(folder).add([image], 1000)
    const file = join(folder, 'flight-a.flight.jsonl')
    await writeFile(file, `${await readFile(file, 'utf8')}{"path": "/half`)
    await createFlightList(folder).add([{ ...image, path: '/second.jpg' }], 5000)
    const [waiting] = await createFlightList(folder).waiting()
    expect(waiting?.lastAddedMs).toBe(5000)
    expect(waiting?.images.map(({ path }) => path)).toEqual([image.path, '/second.jpg'])
  })

  it('says how many images it did not take once it holds a hundred flights', async () => {
    const list = createFlightList(folder)
    const image = await shot('1.jpg', 'x')
    for (let index = 0; index < 100; index += 1)
      expect(await list.add([{ ...image, facts: { ...image.facts, flight: `f-${index}` } }], 1)).toBe(0)
    expect(await list.add([{ ...image, facts: { ...image.facts, flight: 'one-more' } }], 1)).toBe(1)
  })
})

describe('the canopy watch', () => {
  /** A clock whose timers run when they are told to. */
  function watched(analyse: CanopyWatchDependencies['analyse'], images: readonly ListedImage[]) {
    let now = 1_000_000
    const due: (() => void)[] = []
    const clock: CanopyWatchDependencies['clock'] = {
      ...systemClock,
      now: () => now,
      setTimer: (run) => {
        due.push(run)
        return { cancel: () => due.splice(due.indexOf(run), 1) }
      },
    }
    const [list, counters, events] = [createFlightList(folder), createCounters(), [] as NewEvent[]]
    const options = { fields: [], cellM: 2, folder, settleMs: 60_000 }
    const emitEvent = (event: NewEvent): void => void events.push(event)
    const parts = { list, analyse, emitEvent, clock, log: quiet, counters }
    return {
      list,
      counters,
      events,
      start: async () => {
        await list.add(images, now)
        return startCanopyWatch(options, parts)
      },
      /** One look at the list, `laterMs` after the last. */
      async look(laterMs: number) {
        now += laterMs
        due.shift()?.()
        await expect.poll(() => due.length).toBe(1)
      },
    }
  }

  const event: NewEvent = {
    kind: 'canopy',
    source: 'field-1',
    timeMs: 1,
    model: { id: 'paddy-canopy', version: '0.2.0' },
    score: 0.5,
    class: null,
    latencyMs: 1,
  }

  it('waits until nothing was added to a flight for its time, then tells its events once', async () => {
    const asked: CanopyRequest[] = []
    const watch = watched(async (request) => (asked.push(request), { events: [event] }), [await shot('1.jpg', 'a')])
    const running = await watch.start()
    await watch.look(0)
    expect(asked).toEqual([])
    await watch.look(60_000)
    expect(asked.map(({ flight, images }) => [flight, images.length])).toEqual([['a', 1]])
    await watch.look(10_000)
    expect(watch.events).toEqual([event])
    expect(await watch.list.waiting()).toEqual([])
    await running.stop()
  })

  it('tries a flight again after a failure, and gives it up, counted, after the third', async () => {
    let tries = 0
    const failing = async (): Promise<never> => {
      tries += 1
      throw new AppError('model.failed', 'no memory')
    }
    const watch = watched(failing, [await shot('1.jpg', 'a')])
    const running = await watch.start()
    for (const laterMs of [60_000, 1000, 120_000, 240_000, 1_000_000]) await watch.look(laterMs)
    expect(tries).toBe(3)
    expect(await watch.list.waiting()).toEqual([])
    const counted = watch.counters.entries().map(({ name, reason, value }) => `${name} ${reason} ${value}`)
    expect(counted).toContain('canopy_failures model.failed 3')
    expect(counted).toContain('canopy_flights given-up 1')
    await running.stop()
  })
})

describe('a flight through the shipped model', () => {
  it(
    'becomes one event a field with its cover, and the next flight tells the change',
    { timeout: 120_000 },
    async () => {
      const analyse = createCanopyRunner({
        package: 'paddy-canopy',
        trust: { keyFiles: [], allowUnsigned: false },
        clock: systemClock,
      })
      const { lat, lon } = plainShot
      const [south, north, west, east] = [lat - 1e-4, lat + 1e-4, lon - 1e-4, lon + 1e-4]
      const rings = [
        [
          [west, south],
          [east, south],
          [east, north],
          [west, north],
          [west, south],
        ],
      ] as const
      const request = async (flight: string, taken: string): Promise<CanopyRequest> => ({
        flight,
        images: [await shot(`${flight}.jpg`, flight, { taken })],
        fields: [{ id: 'field-1', rings }],
        cellM: 2,
        folder: join(folder, 'covers'),
      })
      const signal = new AbortController().signal
      const first = await analyse(await request('20260722-0012-aaaa', '2026:07:22 09:12:05'), signal)
      const second = await analyse(await request('20260729-0012-bbbb', '2026:07:29 09:12:05'), signal)
      if (!('events' in first) || !('events' in second)) throw new Error('no event')
      const [before, after] = [first.events[0]!, second.events[0]!]
      expect(encodeEvent(after).length).toBeLessThan(20_000)
      expect(before).toMatchObject({
        kind: 'canopy',
        source: 'field-1',
        state: 'reading',
        model: { id: 'paddy-canopy' },
      })
      // The field is some 18 m by 22 m; the image shows more than that.
      expect(before.detail?.['cells']).toBeGreaterThan(80)
      expect(before.detail?.['cells']).toBeLessThan(120)
      expect(before.detail).not.toHaveProperty('changedCells')
      expect(after.detail?.['changedCells']).toBe(before.detail?.['cells'])
      expect(after.detail?.['change-canopy']).toBeCloseTo(0, 6)
      const map = JSON.parse(await readFile(join(folder, 'covers', '20260729-0012-bbbb.cover.geojson'), 'utf8')) as {
        features: readonly unknown[]
      }
      expect(map.features.length).toBeGreaterThan(500)
    },
  )
})
