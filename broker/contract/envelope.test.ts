import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { decodeDocument } from './checked-document.ts'
import { encodeDocument } from './document-codec.ts'
import { AckDocument, StatusDocument } from './documents.ts'
import { decodeEnvelope, encodeEnvelope, readEnvelopeHeader } from './envelope-codec.ts'
import { sequence } from './envelope.ts'
import { encodePack } from './pack-codec.ts'

const nowMs = 1_700_000_000_000
const sample = { name: 'd:a', timeMs: nowMs, value: 1.5, unit: 'm', quality: 'good', reason: undefined } as const
const pack = encodePack([sample], 'cbor')

describe('envelope', () => {
  it('carries epoch, seq and prev around a pack that is not encoded again', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), fc.nat(), fc.nat(), (epoch, prev, more) => {
        const seq = prev + 1 + more
        const decoded = decodeEnvelope(encodeEnvelope({ epoch, seq, prev, pack }), nowMs)
        expect(decoded).toMatchObject({ v: 1, epoch, seq, prev })
        expect(decoded.readings).toMatchObject([{ name: 'd:a', value: 1.5, unit: 'm', timeMs: nowMs }])
      }),
    )
  })

  it('takes prev as seq − 1 where it is absent, in JSON as in CBOR', () => {
    const json = Buffer.from(JSON.stringify({ v: 1, epoch: 'e', seq: 7, pack: [{ n: 'd:a', v: 1 }] }))
    expect(decodeEnvelope(json, nowMs)).toMatchObject({ seq: 7, prev: 6 })
    expect(encodeEnvelope({ epoch: 'e', seq: 7, prev: 6, pack }).length).toBeLessThan(
      encodeEnvelope({ epoch: 'e', seq: 7, prev: 0, pack }).length,
    )
  })

  it('gives the header of a message whose pack is broken', () => {
    const broken = encodeEnvelope({ epoch: 'e', seq: 9, prev: 3, pack: Uint8Array.of(0x81, 0xff, 0xff) })
    expect(() => decodeEnvelope(broken, nowMs)).toThrow(AppError)
    expect(readEnvelopeHeader(broken)).toEqual({ epoch: 'e', seq: 9, prev: 3 })
    expect(readEnvelopeHeader(Uint8Array.of(1, 2, 3))).toBeUndefined()
  })

  it.each([
    { v: 2, epoch: 'e', seq: 1 },
    { v: 1, epoch: '', seq: 1 },
    { v: 1, epoch: 'e', seq: 0 },
    { v: 1, epoch: 'e', seq: 1.5 },
    { v: 1, epoch: 'e', seq: 3, prev: 3 },
    { v: 1, epoch: 'e', seq: 3, prev: -1 },
    { v: 1, epoch: 'e' },
    { v: 1, seq: 1 },
  ])('refuses the header %j', (header) => {
    const bytes = encodeDocument({ ...header, pack: [{ n: 'a:b', v: 1 }] })
    expect(() => decodeEnvelope(bytes, nowMs)).toThrow(AppError)
    expect(readEnvelopeHeader(bytes)).toBeUndefined()
  })

  it('throws nothing but coded errors for arbitrary and for changed bytes', () => {
    const original = encodeEnvelope({ epoch: 'epoch-1', seq: 300, prev: 0, pack })
    const changed = fc
      .tuple(fc.nat(original.length - 1), fc.nat(255))
      .map(([at, byte]) => Uint8Array.from(original).fill(byte, at, at + 1))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), (bytes) => {
        try {
          decodeEnvelope(bytes, nowMs)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError)
        }
        expect(() => readEnvelopeHeader(bytes)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })
})

describe('sequencing', () => {
  it.each([
    [0, { seq: 1, prev: 0 }, 'accept'],
    [0, { seq: 2, prev: 1 }, 'gap'],
    [0, { seq: 5000, prev: 0 }, 'accept'],
    [7, { seq: 7, prev: 6 }, 'duplicate'],
    [7, { seq: 8, prev: 7 }, 'accept'],
    [7, { seq: 10, prev: 7 }, 'accept'],
    [7, { seq: 10, prev: 9 }, 'gap'],
  ] as const)('through %i and %j is %s', (through, message, expected) => {
    expect(sequence(through, message)).toBe(expected)
  })
})

describe('documents', () => {
  it('round-trip through CBOR and are accepted as JSON', () => {
    const ack = { epoch: 'e', through: 12, rewind: true }
    expect(decodeDocument(AckDocument, encodeDocument(ack))).toEqual(ack)
    expect(decodeDocument(AckDocument, Buffer.from(JSON.stringify(ack)))).toEqual(ack)
  })

  it('name the path of the first fault', () => {
    const status = { v: 1, state: 'asleep', timeMs: 1, epoch: 'e' }
    expect(() => decodeDocument(StatusDocument, encodeDocument(status))).toThrow(
      expect.objectContaining({ code: 'payload.schema' }) as Error,
    )
  })
})
