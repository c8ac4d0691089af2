// Photos of citizens in the process that covers them: what is found is gone, what is no picture or hangs is left out, and the hub lives.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { type Clock, silentLog, systemClock } from '../../broker/contract/ports.ts'
import { PhotoShield, type ShieldedPhoto, startPhotoProcess } from '../../cloud/photo-privacy/photo-shield.ts'
import type { Runner } from '../../models/runner.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { flat, hostileImages } from '../vision/hostile-images.ts'

const limitMs = 120_000
const golden = (name: string) =>
  readFile(join(import.meta.dirname, `../../models/packages/photo-privacy/golden/${name}.png`))
const reasonOf = (photo: ShieldedPhoto) => (photo.kind === 'left-out' ? photo.reason : photo.kind)
const jpegOf = (photo: ShieldedPhoto) => (photo.kind === 'covered' ? photo.jpeg : Buffer.alloc(0))
const pixelsOf = async (bytes: Buffer) => await sharp(bytes).removeAlpha().raw().toBuffer()

async function countsOf({ counts }: PhotoShield, name: string): Promise<Readonly<Record<string, number>>> {
  const metric = await counts.metrics.getSingleMetric(`musubi_photo_privacy_${name}`)?.get()
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(), value]))
}

/** Every process that a shield starts, so that a test can end one from outside. */
function watchedShield(clock: Clock = systemClock, more: { readonly runLimitMs?: number } = {}) {
  const started: Runner[] = []
  const start = () => {
    const runner = startPhotoProcess()
    started.push(runner)
    return runner
  }
  return { started, shield: new PhotoShield({ clock, log: silentLog, start, ...more }) }
}

describe('the process that covers photos', { timeout: limitMs }, () => {
  const { shield, started } = watchedShield()
  afterAll(() => shield.stop())

  it('is not started before a photo comes', () => {
    expect(started).toHaveLength(0)
  })

  it('covers the heads of people and leaves the ground as it was', async () => {
    const picture = await golden('people')
    const plain = await sharp(picture).jpeg({ quality: 80 }).toBuffer()
    const kept = jpegOf(await shield.cover(picture))
    const [before, after] = await Promise.all([plain, kept].map(pixelsOf))
    const changedRows = new Set<number>()
    for (let index = 0; index < (before?.length ?? 0); index += 1) {
      if (Math.abs((before?.[index] ?? 0) - (after?.[index] ?? 0)) > 24) changedRows.add(Math.floor(index / 900))
    }
    expect(changedRows.size).toBeGreaterThan(20)
    // The feet stand on the last rows; blocks of a JPEG that no region touches are the same to the bit.
    const ground = 270 * 900
    expect(after?.subarray(ground)).toEqual(before?.subarray(ground))
    expect((await countsOf(shield, 'regions_total'))['person']).toBeGreaterThan(0)
    // Once more: nothing is left that the same detector would take for a person's head or a face.
    expect(reasonOf(await shield.cover(kept))).toBe('covered')
  })

  it('keeps a photo with nobody in it as it is, without what a camera wrote, upright and at most 1600 px', async () => {
    const wide = flat(2000, 1000).withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '35/1 20/1 0/1' } })
    const sent = await wide.withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const kept = jpegOf(await shield.cover(sent))
    const { width, height, exif, orientation, format } = await sharp(kept).metadata()
    expect({ width, height, exif, orientation, format }).toMatchObject({ width: 800, height: 1600, format: 'jpeg' })
    expect([exif, orientation]).toEqual([undefined, undefined])
  })

  it('leaves out what is no picture or a hostile one, and goes on', async () => {
    for (const { name, bytes, fault } of await hostileImages()) {
      const expected = fault === undefined ? 'covered' : 'unreadable'
      expect({ name, outcome: reasonOf(await shield.cover(bytes)) }).toEqual({ name, outcome: expected })
    }
    expect(started).toHaveLength(1)
  })

  it('leaves out what is too small or too dark to be judged', async () => {
    expect(reasonOf(await shield.cover(await flat(400, 90).jpeg().toBuffer()))).toBe('small')
    const night = sharp({ create: { width: 400, height: 300, channels: 3, background: '#101010' } })
    expect(reasonOf(await shield.cover(await night.jpeg().toBuffer()))).toBe('dark')
  })

  it('leaves out the photo under which the process ends, and covers the next one in a new process', async () => {
    const photo = await flat(1600, 1200).jpeg().toBuffer()
    const underWay = shield.cover(photo)
    process.kill(started.at(-1)?.pid ?? 0, 'SIGKILL')
    expect(reasonOf(await underWay)).toBe('unavailable')
    expect(reasonOf(await shield.cover(await golden('nobody')))).toBe('covered')
    expect(started).toHaveLength(2)
    expect(await countsOf(shield, 'faults_total')).toEqual({ crash: 1 })
  })

  it('takes no more photos than wait for a while, and says so', async () => {
    const photo = await golden('nobody')
    const many = await Promise.allSettled(Array.from({ length: 11 }, () => shield.cover(photo)))
    const refused = many.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(2)
    expect(refused[0]).toMatchObject({ reason: { code: 'ingest.overloaded' } })
    expect(Object.values(await countsOf(shield, 'overloaded_total'))).toEqual([2])
  })
})

describe('a process that does not do its work', { timeout: limitMs }, () => {
  it('is ended when it hangs, and the photo is left out', async () => {
    const { shield, started } = watchedShield()
    await shield.cover(await golden('nobody'))
    await shield.stop()
    const hung = watchedShield(systemClock, { runLimitMs: 1 })
    expect(reasonOf(await hung.shield.cover(await flat(1600, 1200).jpeg().toBuffer()))).toBe('unavailable')
    expect(await countsOf(hung.shield, 'faults_total')).toEqual({ hang: 1 })
    await hung.shield.stop()
    for (const { pid } of [...started, ...hung.started]) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
  })

  it('leaves every photo out while its model is refused, and tries again after a while', async () => {
    const clock = createManualClock()
    let starts = 0
    const start = () => {
      starts += 1
      // A package of another task: refused like a broken one.
      return startPhotoProcess(starts === 1 ? 'people-count' : 'photo-privacy')
    }
    const shield = new PhotoShield({ clock, log: silentLog, start })
    const photo = await golden('nobody')
    expect([reasonOf(await shield.cover(photo)), reasonOf(await shield.cover(photo))]).toEqual([
      'unavailable',
      'unavailable',
    ])
    expect(starts).toBe(1)
    expect(await countsOf(shield, 'faults_total')).toEqual({ refused: 2 })
    await clock.advance(60_000)
    expect(reasonOf(await shield.cover(photo))).toBe('covered')
    await shield.stop()
  })

  it('ends when nobody sends photos, and starts anew with the next', async () => {
    const clock = createManualClock()
    const { shield, started } = watchedShield(clock)
    const photo = await golden('nobody')
    await shield.cover(photo)
    await clock.advance(120_000)
    expect(reasonOf(await shield.cover(photo))).toBe('covered')
    expect(started).toHaveLength(2)
    await shield.stop()
    expect(clock.pendingTimers).toBe(0)
  })
})
