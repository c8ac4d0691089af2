// When and how fast images may go, and when their originals may be deleted. The gateway's time is moved by hand, and only while it waits for it.
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock, type Clock } from '../../broker/contract/ports.ts'
import type { ImageStore } from '../../cloud/images/image-store.ts'
import { createCounters, type Counters } from '../../edge/counters.ts'
import { spoolOf, startImageUplink, type ImageUplink } from '../../edge/images/image-uplink.ts'
import { completedImages, type ImagesFile } from '../../edge/images/images-config.ts'
import { createManualClock, type ManualClock } from '../edge/manual-clock.ts'
import { createEdge } from '../faults/edge-under-test.ts'
import { until } from '../programs/until.ts'
import { droneJpeg, plainShot } from './drone-image.ts'
import { startImageHub, type ImageHub } from './image-hub.ts'
import { createNarrowLink, type NarrowLink } from './narrow-link.ts'

const limitMs = 20_000

describe('an image uplink', () => {
  let folder: string
  let card: string
  let hub: ImageHub
  let link: NarrowLink
  let uplink: ImageUplink | undefined
  let clock: ManualClock
  let counters: Counters

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-rules-'))
    card = join(folder, 'card')
    await mkdir(card)
    hub = await startImageHub(join(folder, 'hub'))
    counters = createCounters()
    link = createNarrowLink(Number.POSITIVE_INFINITY)
  })
  afterEach(async () => {
    await uplink?.stop()
    uplink = undefined
    await link.close()
    await hub.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function start(file: ImagesFile, by: Clock): Promise<ImageUplink> {
    const url = `https://localhost:${await link.open(hub.httpsPort)}`
    const options = completedImages({ ...file, upload: { ...file.upload, url } }, folder, 'mqtts://localhost:1')
    const parts = { tls: await hub.tlsOf('drone'), counters, clock: by, log: silentLog, random: () => 0.5 }
    uplink = await startImageUplink({ ...options, dataFolder: join(folder, 'data') }, parts)
    return uplink
  }

  /** Moves the gateway's clock on while it waits for it, never while it waits for the hub. */
  async function drive(stepMs: number, done: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = performance.now() + limitMs
    while (!(await done())) {
      if (performance.now() > deadline) throw new Error('not in time')
      if (clock.pendingTimers > 0) await clock.advance(stepMs)
      else await new Promise((resolve) => void setImmediate(resolve))
    }
  }

  const put = async (to: ImageUplink, bytes: Buffer) =>
    await to.sink.put({ name: 'a.jpg', bytes, facts: { timeMs: clock.now(), timeFrom: 'gateway' } })
  const confirmed = (): boolean => counters.total('images_confirmed') > 0
  const arrived = async (): Promise<number> => {
    const [name] = await readdir(hub.arriving)
    return name === undefined ? 0 : ((await stat(join(hub.arriving, name)).catch(() => undefined))?.size ?? 0)
  }

  it('sends nothing before its hours, pauses at their end within one chunk, and goes on the next night where it was', async () => {
    const image = await droneJpeg({ ...plainShot, bytes: 600_000 })
    clock = createManualClock(Date.parse('2026-11-22T04:50:00+09:00'))
    // 64 kB a second: the image takes more than nine.
    const hours = { from: '04:55', to: '05:00' }
    await put(await start({ upload: { hours, maxKbitPerS: 512 } }, clock), image)
    await drive(1000, () => clock.now() >= Date.parse('2026-11-22T04:54:58+09:00'))
    expect(link.upBytes()).toBe(0)
    clock.jump(4 * 60_000 + 57_000)
    await drive(100, () => clock.now() >= Date.parse('2026-11-22T05:00:30+09:00'))
    const paused = await arrived()
    expect(paused).toBeGreaterThan(0)
    expect(paused).toBeLessThan(image.length)
    const up = link.upBytes()
    clock.jump(23 * 3_600_000 + 53 * 60_000)
    await drive(1000, () => clock.now() >= Date.parse('2026-11-23T04:54:50+09:00'))
    expect([await arrived(), link.upBytes()]).toEqual([paused, up])
    await drive(100, confirmed)
    expect(await hub.items('/api/v1/images')).toHaveLength(1)
    expect(clock.now()).toBeGreaterThanOrEqual(Date.parse('2026-11-23T04:55:00+09:00'))
    // Nothing was sent twice: TLS and heads are what is above.
    expect(link.upBytes()).toBeLessThan(image.length * 1.1)
  })

  it('keeps its bytes on the wire below maxKbitPerS at every moment, and uses it', async () => {
    const image = await droneJpeg({ ...plainShot, bytes: 1_000_000 })
    clock = createManualClock()
    const bytesPerMs = 100
    const begunMs = clock.monotonic()
    await put(await start({ upload: { maxKbitPerS: bytesPerMs * 8 } }, clock), image)
    const over: number[] = []
    await drive(10, () => {
      over.push(link.upBytes() - (clock.monotonic() - begunMs) * bytesPerMs)
      return confirmed()
    })
    // One portion of a tenth of a second goes ahead; certificate, heads and TLS are not paced.
    expect(Math.max(...over)).toBeLessThan(bytesPerMs * 100 + 40_000)
    const tookMs = clock.monotonic() - begunMs
    expect(tookMs).toBeGreaterThanOrEqual(image.length / bytesPerMs - 200)
    expect(tookMs).toBeLessThan((image.length / bytesPerMs) * 1.2)
  })

  it('deletes an original whose confirmation it had when it ended, but none that is another file by now', async () => {
    const opened = spoolOf(join(folder, 'data'))
    for (const [index, name] of ['1.jpg', '2.jpg'].entries()) {
      await writeFile(join(card, name), await droneJpeg({ ...plainShot, seed: index, bytes: 20_000 }))
      const { size: bytes, mtimeMs } = await stat(join(card, name))
      const image = opened.spool.found({ path: join(card, name), name, bytes, mtimeMs, remove: true })
      const facts = { timeMs: 0, timeFrom: 'file' as const }
      opened.spool.hashed(image.id, { sha256: String(index).repeat(64), facts, copy: undefined, sorted: true })
      opened.spool.confirmed(image.id)
    }
    opened.spool.close()
    const other = await droneJpeg({ ...plainShot, seed: 77, taken: '2026:07:23 00:00:00' })
    await writeFile(join(card, '2.jpg'), other)
    const before = link.upBytes()
    await start({}, systemClock)
    await until('the original is deleted', limitMs, async () =>
      (await readdir(card)).includes('1.jpg') ? undefined : true,
    )
    expect(await readdir(card)).toEqual(['2.jpg'])
    expect(link.upBytes()).toBe(before)
  })
})

describe('originals that are to be removed', () => {
  it('stay while the hub has not confirmed them, also through a kill, and go after that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'musubi-remove-'))
    const card = join(folder, 'card')
    await mkdir(card)
    const names = ['1.jpg', '2.jpg']
    for (const [index, name] of names.entries()) {
      await writeFile(join(card, name), await droneJpeg({ ...plainShot, seed: index + 1, bytes: 20_000 }))
    }
    await writeFile(join(card, 'notes.txt'), 'not an image')
    const gate = Promise.withResolvers<void>()
    let kept = 0
    const hub = await startImageHub(join(folder, 'hub'), (store): ImageStore => ({
      ...store,
      async keep(key, path, bytes) {
        kept += 1
        await gate.promise
        await store.keep(key, path, bytes)
      },
    }))
    const edge = await createEdge({
      folder: join(folder, 'gateway'),
      hub: { data: join(folder, 'hub'), mqttsPort: 1 },
      tenant: 'kimitsu',
      gateway: 'drone',
      config: {
        sites: [],
        connections: [],
        devices: [],
        images: {
          import: [{ folder: card, remove: true, settleS: 0 }],
          scanIntervalS: 0.1,
          upload: { url: hub.url, parallel: 2, retryBaseMs: 20, retryCapMs: 100 },
        },
      },
    })
    try {
      await edge.start()
      await until('all bytes are at the hub', limitMs, async () => (kept === 2 ? true : undefined))
      expect(await readdir(card)).toEqual([...names, 'notes.txt'])
      await edge.end('SIGKILL')
      await edge.start()
      await writeFile(join(card, 'later.txt'), 'not an image either')
      await until('the gateway has looked around again', limitMs, async () =>
        (await edge.metric('musubi_edge_images_found_total{reason="not-an-image"}')) > 0 ? true : undefined,
      )
      expect(await readdir(card)).toEqual([...names, 'later.txt', 'notes.txt'])
      await edge.end('SIGKILL')
      gate.resolve()
      await until('the hub has them', limitMs, async () =>
        (await hub.items('/api/v1/images')).length === 2 ? true : undefined,
      )
      expect(await readdir(card)).toEqual([...names, 'later.txt', 'notes.txt'])
      await edge.start()
      await until('the originals are gone', limitMs, async () =>
        (await readdir(card)).some((name) => names.includes(name)) ? undefined : true,
      )
      expect(await readdir(card)).toEqual(['later.txt', 'notes.txt'])
      expect(await edge.metric('musubi_edge_image_originals_total{reason="removed"}')).toBe(2)
      expect(kept).toBe(2)
    } finally {
      gate.resolve()
      await edge.close()
      await hub.stop()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
