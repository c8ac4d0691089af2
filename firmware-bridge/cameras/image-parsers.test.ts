import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorization, readChallenge } from './http-digest.ts'
import { readExif } from './exif.ts'
import { readImageFile } from './image-file.ts'
import { JpegCutter } from './jpeg-cutter.ts'
import { sampleImage, sampleJpeg, sampleJpegs } from './sample-images.ts'

const images = await sampleJpegs(4)
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function bytesInUse(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Feeds the bytes in pieces of these lengths, again and again. */
function cut(bytes: Buffer, pieces: readonly number[], maxBytes = 100_000) {
  const found: Buffer[] = []
  const drops: string[] = []
  const cutter = new JpegCutter({
    maxBytes,
    nowMs: () => 0,
    onImage: (image) => found.push(image),
    onDrop: (reason) => drops.push(reason),
  })
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = pieces[turn % pieces.length] ?? 1
    cutter.push(bytes.subarray(at, at + length))
    at += length
  }
  return { found, drops, cutter }
}

describe('The JPEG cutter', () => {
  it('finds the same images however the stream is cut into pieces, with anything between them', () => {
    const between = Buffer.from('\r\n--boundary\r\nContent-Length: 3\r\n\r\n\xff', 'latin1')
    const stream = Buffer.concat(images.flatMap((image) => [between, image]))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (pieces) => {
        const { found, drops } = cut(stream, pieces)
        expect(found.map((image) => image.toString('base64'))).toEqual(images.map((image) => image.toString('base64')))
        expect(drops).toEqual([])
      }),
    )
  })

  it('drops an image in which another begins, and gives the other', async () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = images
    const { found, drops } = cut(Buffer.concat([first.subarray(0, -40), second]), [1000])
    expect(drops).toEqual(['truncated'])
    expect(found).toEqual([second])
  })

  it('does not take the thumbnail inside an image for its end', async () => {
    const [thumbnail = Buffer.alloc(0), image = Buffer.alloc(0)] = images
    const length = Buffer.alloc(2)
    length.writeUInt16BE(thumbnail.length + 2)
    const withThumbnail = Buffer.concat([
      image.subarray(0, 2),
      Buffer.from([0xff, 0xe2]),
      length,
      thumbnail,
      image.subarray(2),
    ])
    expect(cut(withThumbnail, [7]).found).toEqual([withThumbnail])
  })

  it('drops an image over the bound as soon as it is that long, and goes on', () => {
    const [image = Buffer.alloc(0), next = Buffer.alloc(0)] = images
    const long = Buffer.concat([image.subarray(0, -2), Buffer.alloc(10_000, 0x55), image.subarray(-2)])
    const { found, drops } = cut(Buffer.concat([long, next]), [100], 2000)
    expect(drops).toEqual(['oversize'])
    expect(found).toEqual([next])
  })

  it('holds one image, however small the pieces in which it comes', () => {
    const [image = Buffer.alloc(0)] = images
    const cutter = new JpegCutter({
      maxBytes: 400_000,
      nowMs: () => 0,
      onImage: () => undefined,
      onDrop: () => undefined,
    })
    cutter.push(image.subarray(0, -2))
    const before = bytesInUse()
    for (let at = 0; at < 300_000; at += 1) cutter.push(Buffer.from([0x55]))
    // A list of the pieces would hold about 100 bytes for each.
    expect(bytesInUse() - before).toBeLessThan(8_000_000)
    expect(cutter.unfinished).toBe(true)
  })

  it('takes any bytes, and holds no more than its bound', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...images),
      fc.constant(Buffer.from([0xff, 0xd8, 0xff])),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const { found } = cut(Buffer.concat(pieces), [37], 1500)
        for (const image of found) expect(image.length).toBeLessThanOrEqual(1500)
      }),
      { numRuns: 500 },
    )
  })
})

describe('An image file', () => {
  it.each(['png', 'tiff'] as const)('%s is whole only with its last byte', async (format) => {
    const bytes = await sampleImage(format, 33)
    expect(readImageFile(bytes)).toMatchObject({ kind: 'whole', facts: { format, widthPx: 33, heightPx: 8 } })
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readImageFile(bytes.subarray(0, length)).kind).toBe('unfinished')
    }
  })

  it('jpeg is whole only with its last byte', () => {
    const [bytes = Buffer.alloc(0)] = images
    expect(readImageFile(bytes)).toMatchObject({ kind: 'whole', facts: { format: 'jpeg', widthPx: 8, heightPx: 8 } })
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readImageFile(bytes.subarray(0, length)).kind).toBe('unfinished')
    }
  })

  it('with any bytes changed is judged without a fault, as are its EXIF facts', async () => {
    const sources = [
      await sampleJpeg(9, { DateTimeOriginal: '2026:11:22 10:00:00', ExposureTime: '1/50' }),
      await sampleImage('png', 9),
      await sampleImage('tiff', 9),
    ]
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.array(change, { maxLength: 8 }), (source, changes) => {
        const bytes = Buffer.from(source)
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        const file = readImageFile(bytes)
        if (file.kind === 'whole' && file.facts.exif !== undefined) readExif(file.facts.exif, '+09:00')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('A login', () => {
  // RFC 7616, 3.9.1.
  const challenge = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
  const request = {
    method: 'GET',
    uri: '/dir/index.html',
    count: 1,
    clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  }
  const mufasa = { username: 'Mufasa', password: 'Circle of Life' }

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('answers the example of RFC 7616 with %s', (algorithm, response) => {
    const read = readChallenge(challenge(algorithm))
    expect(read === undefined ? '' : authorization(read, mufasa, request)).toContain(`response="${response}"`)
  })

  it('takes the strongest of several challenges, and Basic only where there is nothing better', () => {
    const both = readChallenge(`Basic realm="x", ${challenge('MD5')}, ${challenge('SHA-256')}`)
    expect(both).toMatchObject({ scheme: 'digest', fields: { algorithm: 'SHA-256' } })
    expect(readChallenge('Basic realm="a, Digest b"')).toEqual({ scheme: 'basic' })
    expect(readChallenge('Negotiate')).toBeUndefined()
  })
})
