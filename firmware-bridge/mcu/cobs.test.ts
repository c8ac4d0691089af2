import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { decodeCobs, encodeCobs } from './cobs.ts'
import { crc16 } from './crc16.ts'
import { createSegmentSplitter } from './segment-splitter.ts'

const run = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index)
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('COBS', () => {
  const vectors: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ['nothing', hex(''), hex('01')],
    ['one zero', hex('00'), hex('01 01')],
    ['two zeros', hex('00 00'), hex('01 01 01')],
    ['a zero between', hex('11 22 00 33'), hex('03 11 22 02 33')],
    ['no zero', hex('11 22 33 44'), hex('05 11 22 33 44')],
    ['zeros at the end', hex('11 00 00 00'), hex('02 11 01 01 01')],
    ['254 bytes', run(1, 254), Buffer.concat([hex('ff'), run(1, 254)])],
    ['a zero before 254', Buffer.concat([hex('00'), run(1, 254)]), Buffer.concat([hex('01 ff'), run(1, 254)])],
    ['255 bytes', run(1, 255), Buffer.concat([hex('ff'), run(1, 254), hex('02 ff')])],
    [
      '254 bytes and a zero',
      Buffer.concat([run(2, 255), hex('00')]),
      Buffer.concat([hex('ff'), run(2, 255), hex('01 01')]),
    ],
    [
      '253 bytes, a zero, one more',
      Buffer.concat([run(3, 255), hex('00 01')]),
      Buffer.concat([hex('fe'), run(3, 255), hex('02 01')]),
    ],
  ]

  it.each(vectors)('writes %s as the paper does, and reads it', (_name, bytes, encoded) => {
    expect(encodeCobs(bytes).toString('hex')).toBe(Buffer.from(encoded).toString('hex'))
    expect(decodeCobs(encoded).toString('hex')).toBe(Buffer.from(bytes).toString('hex'))
  })

  it('gives back any bytes, without a zero on the way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (bytes) => {
        const encoded = encodeCobs(bytes)
        expect(encoded.includes(0)).toBe(false)
        expect(encoded.length).toBeLessThanOrEqual(bytes.length + 1 + Math.floor(bytes.length / 254))
        expect(decodeCobs(encoded)).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 500 },
    )
  })

  it('reads any bytes or refuses them by code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeCobs(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('CRC-16/XMODEM', () => {
  it('gives 0x31C3 for "123456789"', () => {
    expect(crc16(Buffer.from('123456789'))).toBe(0x31c3)
  })

  it('is 0 over bytes that end with their own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const crc = crc16(bytes)
        expect(crc16(Uint8Array.of(...bytes, crc >> 8, crc & 0xff))).toBe(0)
      }),
    )
  })
})

describe('A segment splitter', () => {
  it('gives the same segments however the bytes are cut', () => {
    const cuts = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 20 })
    fc.assert(
      fc.property(cuts, (parts) => {
        const whole = createSegmentSplitter({ delimiters: [0], maxBytes: 16, onOverflow: () => undefined })
        const pieces = createSegmentSplitter({ delimiters: [0], maxBytes: 16, onOverflow: () => undefined })
        expect(parts.flatMap((part) => pieces.push(part))).toEqual(whole.push(Buffer.concat(parts)))
      }),
    )
  })

  it('throws a segment without end away, counts all of it, and goes on behind it', () => {
    let lost = 0
    const splitter = createSegmentSplitter({ delimiters: [0], maxBytes: 64, onOverflow: (bytes) => (lost += bytes) })
    for (let round = 0; round < 1000; round += 1) expect(splitter.push(Buffer.alloc(1000, 7))).toEqual([])
    expect(splitter.push(Buffer.from([0, 1, 2, 0]))).toEqual([Buffer.from([1, 2])])
    expect(lost).toBe(1_000_000)
  })
})
