// The end of a JPEG is found with anything behind it, and not where a file was cut short.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { spoolOf } from '../../edge/images/image-uplink.ts'
import { Importer } from '../../edge/images/importer.ts'
import { JpegEnd } from '../../edge/images/jpeg-end.ts'
import { droneJpeg, plainShot } from './drone-image.ts'

const photo = await droneJpeg(plainShot)
const noise = Buffer.from(Array.from({ length: 20 * 20 * 3 }, (_, index) => (index * 7919) % 256))
const progressive = await sharp(noise, { raw: { width: 20, height: 20, channels: 3 } })
  .jpeg({ progressive: true })
  .toBuffer()
/** The whole of a small JPEG, in an APP segment of a larger one. */
const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1]), lengthOf(progressive), progressive])
const withThumbnail = Buffer.concat([photo.subarray(0, 2), thumbnail, photo.subarray(2)])
const endOfImage = Buffer.from([0xff, 0xd9])

describe('the end of a JPEG', () => {
  it('is found whatever stands behind it, and however the bytes come', () => {
    const whole = fc.constantFrom(photo, progressive, withThumbnail)
    const trailer = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(whole, trailer, fc.integer({ min: 1, max: 300 }), (jpeg, behind, pieceBytes) => {
        const bytes = Buffer.concat([jpeg, behind])
        const end = new JpegEnd()
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          const found = end.push(bytes.subarray(at, at + pieceBytes))
          expect(found).toBe(Math.min(at + pieceBytes, bytes.length) >= jpeg.length)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is not found in a file that was cut anywhere, also behind its thumbnail, or filled up with zeros', () => {
    for (const jpeg of [photo, progressive, withThumbnail]) {
      for (let cut = 0; cut < jpeg.length; cut += 1 + Math.floor(jpeg.length / 500)) {
        expect(new JpegEnd().push(jpeg.subarray(0, cut))).toBe(false)
      }
      expect(new JpegEnd().push(Buffer.concat([jpeg.subarray(0, -100), Buffer.alloc(5000)]))).toBe(false)
    }
  })

  it('is what the importer goes by: a photo with 300 KB behind it is taken and decodes, a cut one is not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'musubi-jpeg-'))
    const card = join(folder, 'card')
    await mkdir(card)
    const behind = { 'view.JPG': withThumbnail, 'maker.JPG': Buffer.alloc(300_000, 0x41), 'zeros.JPG': Buffer.alloc(9) }
    for (const [name, bytes] of Object.entries(behind)) await writeFile(join(card, name), Buffer.concat([photo, bytes]))
    await writeFile(join(card, 'cut.JPG'), withThumbnail.subarray(0, -endOfImage.length - 50))
    const opened = spoolOf(folder)
    try {
      const importer = new Importer(
        { maxCopiedBytes: 1e6, zone: 'Asia/Tokyo', flight: { gapMs: 1, distanceM: 1 } },
        { ...opened, counters: createCounters(), clock: systemClock, log: silentLog },
      )
      const report = await importer.import({ folder: card, copy: false, remove: false, settleMs: 0 })
      expect(report.counts).toEqual({ imported: 3, truncated: 1 })
      expect(report.listed.map(({ path }) => path)).toEqual([join(card, 'cut.JPG')])
      const decoded = await sharp(join(card, 'maker.JPG'), { failOn: 'warning' }).raw().toBuffer()
      expect(decoded.length).toBe(640 * 480 * 3)
    } finally {
      opened.spool.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})

function lengthOf(content: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(content.length + 2)
  return length
}
