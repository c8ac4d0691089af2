import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { spoolOf } from '../../edge/images/image-uplink.ts'
import { Importer } from '../../edge/images/importer.ts'
import type { Spool } from '../../edge/images/spool.ts'
import { droneJpeg, plainShot } from './drone-image.ts'

describe('the image spool', () => {
  let folder: string
  let card: string
  let spool: Spool
  let importer: Importer

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-spool-'))
    card = join(folder, 'card')
    await mkdir(card)
    open()
  })
  afterEach(async () => {
    spool.close()
    await rm(folder, { recursive: true, force: true })
  })

  function open(): void {
    const opened = spoolOf(folder)
    spool = opened.spool
    importer = new Importer(
      { maxCopiedBytes: 1_000_000, zone: 'Asia/Tokyo', flight: { gapMs: 600_000, distanceM: 2000 } },
      { ...opened, counters: createCounters(), clock: systemClock, log: silentLog },
    )
  }

  const take = (more: { readonly copy?: boolean; readonly settleMs?: number } = {}) =>
    importer.import({ folder: card, copy: false, remove: false, settleMs: 0, ...more })
  const put = async (name: string, seed: number): Promise<Buffer> => {
    const image = await droneJpeg({ ...plainShot, seed, bytes: 20_000 })
    await writeFile(join(card, name), image)
    return image
  }

  it('takes a card with bad files on it, lists these, and knows everything again', async () => {
    const image = await put('DJI_0001.JPG', 1)
    await put('DJI_0002.JPG', 2)
    await writeFile(join(card, 'DJI_0003.JPG'), image.subarray(0, image.length / 2))
    await writeFile(join(card, 'DJI_0001.SRT'), '1\n00:00 --> 00:01\n')
    await writeFile(join(card, 'copy of 1.jpg'), image)
    await writeFile(join(card, 'empty.jpg'), '')
    const report = await take()
    expect(report.counts).toEqual({ imported: 2, truncated: 1, 'not-an-image': 2, duplicate: 1 })
    expect(report.listed.map(({ path }) => path.slice(card.length + 1)).toSorted()).toEqual([
      'DJI_0001.SRT',
      'DJI_0003.JPG',
      'empty.jpg',
    ])
    expect(report.flights).toHaveLength(1)
    expect((await take()).counts).toEqual({ known: 6 })
    expect(spool.next([])?.facts?.flight).toBe(report.flights[0])
  })

  it('goes on after a crash at each step: found but not read, read but without a flight', async () => {
    await put('a.jpg', 1)
    const { size: bytes, mtimeMs } = await import('node:fs').then(({ statSync }) => statSync(join(card, 'a.jpg')))
    spool.found({ path: join(card, 'a.jpg'), name: 'a.jpg', bytes, mtimeMs, remove: false })
    expect(spool.next([])).toBeUndefined()
    spool.close()
    open()
    expect((await take()).counts).toEqual({ imported: 1 })

    const snapshot = spool.found({ path: 'b.jpg', name: 'b.jpg', bytes: 1, mtimeMs: 1, remove: false })
    const facts = { timeMs: Date.UTC(2026, 6, 22), timeFrom: 'exif' as const }
    spool.hashed(snapshot.id, { sha256: 'b'.repeat(64), facts, copy: undefined, sorted: false })
    spool.close()
    open()
    expect(spool.unsorted()).toHaveLength(1)
    expect(await importer.sort()).toHaveLength(1)
    expect(spool.unsorted()).toHaveLength(0)
  })

  it('keeps the copy of an image whose card was formatted and counts from 1 again', async () => {
    await put('DJI_0001.JPG', 1)
    await take({ copy: true })
    const first = spool.next([])
    await put('DJI_0001.JPG', 2)
    await utimes(join(card, 'DJI_0001.JPG'), 1, 1)
    expect((await take({ copy: true })).counts).toEqual({ imported: 1 })
    expect((await readdir(join(folder, 'images'))).toSorted()).toHaveLength(2)
    expect(spool.next([])).toMatchObject({ sha256: first?.sha256, copy: first?.copy, state: 'hashed' })
    expect(spool.next([first?.id ?? 0])?.sha256).not.toBe(first?.sha256)
  })

  it('leaves images on their card where copies fill the spool, and files that are still being written', async () => {
    const bytes = 700_000
    await writeFile(join(card, '1.jpg'), await droneJpeg({ ...plainShot, bytes, seed: 1 }))
    await writeFile(join(card, '2.jpg'), await droneJpeg({ ...plainShot, bytes, seed: 2 }))
    expect((await take({ copy: true, settleMs: 60_000 })).counts).toEqual({ unsettled: 2 })
    expect((await take({ copy: true })).counts).toEqual({ imported: 1, 'spool-full': 1 })
  })

  it('lets a twin take the place of an image that has gone, and takes it back when it comes again', async () => {
    const image = await put('1.jpg', 1)
    await writeFile(join(card, '2.jpg'), image)
    await take()
    const first = spool.next([])
    if (first === undefined) throw new Error('nothing waits')
    await rename(join(card, '1.jpg'), join(folder, 'away.jpg'))
    spool.settle(first, 'missing', 'its file is not there (any more)')
    expect(spool.next([])).toMatchObject({ name: '2.jpg', sha256: first.sha256 })
    await rename(join(folder, 'away.jpg'), join(card, '1.jpg'))
    await take()
    expect(spool.get(first.id)?.state).toBe('hashed')
  })
})
