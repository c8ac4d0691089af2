// Images that no camera should send, and some that only look strange: what must be refused, and under which name.
import sharp, { type Sharp } from 'sharp'
import { deflateSync, crc32 } from 'node:zlib'
import type { ImageFault } from '../../models/vision/image-refusal.ts'

interface HostileImage {
  readonly name: string
  readonly bytes: Buffer
  /** Undefined: a defined conversion, so that it is judged. */
  readonly fault: ImageFault | undefined
}

export async function hostileImages(): Promise<readonly HostileImage[]> {
  const jpeg = await flat().jpeg().toBuffer()
  const noisy = await noise().jpeg({ quality: 90 }).toBuffer()
  const corrupt = Buffer.from(noisy)
  // A restart marker where none is due.
  corrupt.set([0xff, 0xd3], Math.floor(noisy.length / 2))
  return [
    { name: 'zero bytes', bytes: Buffer.alloc(0), fault: 'empty' },
    { name: 'text', bytes: Buffer.from('<html>401 Unauthorized</html>'), fault: 'unknown-format' },
    {
      name: 'an SVG',
      bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'),
      fault: 'unknown-format',
    },
    { name: 'a GIF', bytes: await flat().gif().toBuffer(), fault: 'unknown-format' },
    { name: 'a JPEG cut off', bytes: noisy.subarray(0, noisy.length / 3), fault: 'truncated' },
    { name: 'a JPEG with damage inside', bytes: corrupt, fault: 'malformed' },
    { name: 'a JPEG of nothing but its first marker', bytes: Buffer.from('ffd8ffd9', 'hex'), fault: 'malformed' },
    { name: '100 megapixels', bytes: hugePng(10_000, 10_000), fault: 'too-large' },
    { name: '4 gigapixels', bytes: hugePng(65_535, 65_535), fault: 'too-large' },
    { name: 'an animated PNG', bytes: animatedPng(), fault: 'animated' },
    { name: 'an animated WebP', bytes: await animatedWebp(), fault: 'animated' },
    { name: 'four pixels', bytes: await flat(2, 2).png().toBuffer(), fault: 'too-small' },
    { name: 'floating point samples', bytes: await floatTiff(), fault: 'depth' },
    { name: 'CMYK', bytes: await flat().toColourspace('cmyk').jpeg().toBuffer(), fault: undefined },
    { name: '16 bits a channel', bytes: await flat().toColourspace('rgb16').png().toBuffer(), fault: undefined },
    { name: 'grey of 16 bits', bytes: await flat().toColourspace('grey16').png().toBuffer(), fault: undefined },
    { name: 'a palette', bytes: await flat().png({ palette: true }).toBuffer(), fault: undefined },
    { name: 'transparency', bytes: await flat().ensureAlpha(0.5).png().toBuffer(), fault: undefined },
    { name: 'a TIFF', bytes: await flat().tiff().toBuffer(), fault: undefined },
    {
      name: 'lying on its side by EXIF',
      bytes: await flat().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
      fault: undefined,
    },
    { name: 'with bytes behind its end', bytes: Buffer.concat([jpeg, Buffer.alloc(1000, 7)]), fault: undefined },
  ]
}

export function flat(width = 160, height = 120): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r: 130, g: 120, b: 110 } } })
}

function noise(): Sharp {
  return sharp({
    create: {
      width: 320,
      height: 240,
      channels: 3,
      background: 'grey',
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  })
}

function animatedWebp(): Promise<Buffer> {
  const frames = Buffer.concat([Buffer.alloc(64 * 64 * 3, 10), Buffer.alloc(64 * 64 * 3, 200)])
  return sharp(frames, { raw: { width: 64, height: 128, channels: 3, pageHeight: 64 } })
    .webp({ lossless: true })
    .toBuffer()
}

function floatTiff(): Promise<Buffer> {
  return sharp(Buffer.from(new Float32Array(64 * 64 * 3).fill(0.5).buffer), {
    raw: { width: 64, height: 64, channels: 3, depth: 'float' } as never,
  })
    .toColourspace('scrgb')
    .tiff({ compression: 'none' })
    .toBuffer()
}

/** A header that announces so many pixels, and hardly any data. */
function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return png([chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(100))), chunk('IEND', Buffer.alloc(0))])
}

function animatedPng(): Buffer {
  const header = Buffer.from('0000004000000040080200000000', 'hex').subarray(0, 13)
  const rows = deflateSync(Buffer.alloc(64 * (64 * 3 + 1)))
  const control = Buffer.from('0000000200000000', 'hex')
  return png([chunk('IHDR', header), chunk('acTL', control), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

function png(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks])
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const length = Buffer.alloc(4)
  const sum = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
