import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { plainJpegSize } from './plain-jpeg.ts'

const drawn = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#888' } })

describe('the header of a plain JPEG', () => {
  it('has the size that the decoder finds, in colour and in grey', async () => {
    const colour = await drawn(97, 61).jpeg().toBuffer()
    const grey = await drawn(40, 1030).greyscale().jpeg({ optimiseCoding: false, quality: 30 }).toBuffer()
    for (const jpeg of [colour, grey]) {
      const { width, height, depth, space, isProgressive } = await sharp(jpeg).metadata()
      expect(plainJpegSize(jpeg)).toEqual({ width, height, depth, space, isProgressive })
    }
  })

  it('says nothing of a progressive one, of CMYK, and of one with EXIF, which may turn it', async () => {
    const others = [
      drawn(32, 32).jpeg({ progressive: true }),
      drawn(32, 32).toColourspace('cmyk').jpeg(),
      drawn(32, 24).withMetadata({ orientation: 6 }).jpeg(),
    ]
    for (const other of others) expect(plainJpegSize(await other.toBuffer())).toBeUndefined()
  })

  it('says nothing, and does not fail, where bytes are damaged or missing before the frame begins', async () => {
    const jpeg = await drawn(64, 48).jpeg().toBuffer()
    const frame = jpeg.indexOf(Buffer.from('ffc0', 'hex'))
    fc.assert(
      fc.property(fc.integer({ min: 2, max: frame + 9 }), (length) => {
        expect(plainJpegSize(jpeg.subarray(0, length))).toBeUndefined()
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const found = plainJpegSize(Buffer.concat([Buffer.from('ffd8', 'hex'), noise]))
        expect(found === undefined || (found.width > 0 && found.height > 0)).toBe(true)
      }),
    )
  })
})
