import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { encodeDocument, readDocument } from './document-codec.ts'
import { encodeEnvelope, isEventBody, readEnvelopeHeader } from './envelope-codec.ts'
import { encodeEvent, hashOf, maskBytes, type NewEvent } from './event-codec.ts'
import { eventKinds, eventLimits, eventStates } from './event-limits.ts'
import { decodeEventMessage } from './event-message.ts'
import { encodePack } from './pack-codec.ts'

const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3)
const noJpeg = Uint8Array.of(1, 2, 3)
const largePicture = new Uint8Array(eventLimits.thumbnailBytes + 1).fill(0xff)
const plain: NewEvent = {
  kind: 'inspection',
  source: 'line-1',
  timeMs: 1_700_000_000_000,
  model: { id: 'washer', version: '1.0.0' },
  score: 0.25,
  class: 'scratch',
  state: 'reject',
  latencyMs: 40,
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true }).map(Math.fround)
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const shortText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 })
const box = fc.record(
  { x: fraction, y: fraction, width: fraction, height: fraction, score: number, class: shortText },
  { requiredKeys: ['x', 'y', 'width', 'height'] },
)
const ring = fc.array(fc.tuple(fraction, fraction), { minLength: 3, maxLength: 30 }).map((points) => points.flat())
const heat = fc
  .tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }))
  .map(([columns, rows]) => ({ columns, rows, cells: Buffer.alloc(columns * rows, columns).toString('base64') }))
const event = fc.record(
  {
    kind: fc.constantFrom(...eventKinds),
    source: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:./_-]{0,127}$/),
    timeMs: fc.double({ min: -9_223_372_036_000, max: 9_223_372_036_000, noNaN: true }).map((value) => value + 0),
    model: fc.record({ id: shortText, version: shortText }),
    score: fc.option(number),
    class: fc.option(shortText),
    state: fc.constantFrom(...eventStates),
    boxes: fc.array(box, { maxLength: 64 }),
    mask: fc.array(ring, { maxLength: 8 }),
    heat,
    latencyMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    detail: fc.dictionary(
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,47}$/),
      fc.oneof(number, fc.boolean(), fc.string({ maxLength: 200 })),
      { maxKeys: 32, noNullPrototype: true },
    ),
  },
  { requiredKeys: ['kind', 'source', 'timeMs', 'model', 'score', 'class', 'latencyMs'] },
)
const picture = fc.uint8Array({ maxLength: 500 }).map((rest) => Uint8Array.from([0xff, 0xd8, 0xff, ...rest]))

function message(body: Uint8Array): Uint8Array {
  return encodeEnvelope({ epoch: 'e', seq: 7, prev: 6, pack: body })
}

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'taken'
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : String(thrown)
  }
}

/** Without the negative zeros that CBOR's shortest form does not keep. */
function plainOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}

describe('an event', () => {
  it('arrives as it was sent, with its thumbnail and the hash of it', () => {
    fc.assert(
      fc.property(event, fc.option(picture, { nil: undefined }), (sent, thumbnail) => {
        let body: Uint8Array
        try {
          body = encodeEvent(sent, thumbnail)
        } catch (thrown) {
          // Generated events may be larger than one may be; nothing else is wrong with them.
          expect(thrown).toMatchObject({ code: 'limit.exceeded' })
          return
        }
        const { header, event: arrived, picture: shown } = decodeEventMessage(message(body))
        expect(header).toEqual({ epoch: 'e', seq: 7, prev: 6 })
        const named = thumbnail === undefined ? {} : { thumbnail: hashOf(thumbnail) }
        expect(plainOf(arrived)).toEqual(plainOf({ v: 1, ...sent, ...named }))
        expect(shown === undefined ? undefined : Uint8Array.from(shown)).toEqual(thumbnail)
      }),
      { numRuns: 300 },
    )
  })

  it('that the gateway takes is one that the hub takes, whatever numbers and texts are in it', () => {
    // Right ones are drawn more often than wrong ones, else chance alone decides whether any event is right as a whole.
    const mostly = <T>(right: T, wrong: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: wrong })
    const anyNumber = mostly(0.5, fc.oneof(fc.double(), fc.double({ min: -0.1, max: 1.1 })))
    const anyText = mostly('a', fc.string({ unit: 'binary', maxLength: 300 }))
    const doubtful = fc.record(
      {
        kind: fc.constantFrom(...eventKinds),
        source: mostly('cam:1', anyText),
        timeMs: mostly(1e12, fc.double()),
        model: fc.record({ id: anyText, version: anyText }),
        score: fc.option(anyNumber),
        class: fc.option(anyText),
        boxes: fc.array(
          fc.record({ x: anyNumber, y: anyNumber, width: anyNumber, height: anyNumber, class: anyText }),
          {
            maxLength: 70,
          },
        ),
        mask: fc.array(fc.array(anyNumber, { maxLength: 9 }), { maxLength: 3 }),
        heat: fc.record({ columns: fc.integer({ min: 0, max: 70 }), rows: fc.constant(1), cells: fc.base64String() }),
        latencyMs: anyNumber,
        detail: fc.dictionary(anyText, fc.oneof(anyNumber, anyText), { maxKeys: 40, noNullPrototype: true }),
      },
      { requiredKeys: ['kind', 'source', 'timeMs', 'model', 'score', 'class', 'latencyMs'] },
    )
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(doubtful, (sent) => {
        const outcome = codeOf(() => encodeEvent(sent))
        outcomes.add(outcome)
        if (outcome === 'taken') expect(codeOf(() => decodeEventMessage(message(encodeEvent(sent))))).toBe('taken')
        else expect(['payload.schema', 'limit.exceeded']).toContain(outcome)
      }),
      { numRuns: 600 },
    )
    expect(outcomes).toContain('taken')
    expect(outcomes).toContain('payload.schema')
  })

  it('keeps points that lie beyond the frame at its edge', () => {
    const mask = [[-0.2, 0.5, 1.7, 0.1, 0.3, 0.9]]
    const { event: arrived } = decodeEventMessage(message(encodeEvent({ ...plain, mask })))
    expect(arrived.mask?.[0]).toEqual([0, 0.5, 1, Math.fround(0.1), Math.fround(0.3), Math.fround(0.9)])
  })

  it('has a mask of at most 8 kB, and maskBytes says how large one is', () => {
    const ringOf = (points: number) => Array.from({ length: points * 2 }, (_, index) => (index % 97) / 97 + 1e-4)
    const fitting = Array.from({ length: 15 }, () => ringOf(52))
    expect(maskBytes(fitting)).toBeLessThanOrEqual(eventLimits.maskBytes)
    expect(codeOf(() => decodeEventMessage(message(encodeEvent({ ...plain, mask: fitting }))))).toBe('taken')
    const large = Array.from({ length: 16 }, () => ringOf(52))
    expect(maskBytes(large)).toBeGreaterThan(eventLimits.maskBytes)
    expect(codeOf(() => encodeEvent({ ...plain, mask: large }))).toBe('limit.exceeded')
    const forced = Buffer.from(JSON.stringify({ v: 1, epoch: 'e', seq: 1, event: { v: 1, ...plain, mask: large } }))
    expect(codeOf(() => decodeEventMessage(forced))).toBe('limit.exceeded')
  })

  it('is told from a pack of readings by its first byte', () => {
    const sample = { name: 'd:a', timeMs: 0, value: 1, unit: 'm', quality: 'good', reason: undefined } as const
    expect(isEventBody(encodeEvent(plain))).toBe(true)
    expect(isEventBody(encodePack([sample], 'cbor'))).toBe(false)
    expect(codeOf(() => decodeEventMessage(message(encodePack([sample], 'cbor'))))).toBe('payload.schema')
  })

  it('is accepted as JSON, its thumbnail in base64', () => {
    const sent = { v: 1, ...plain, thumbnail: hashOf(jpeg), picture: Buffer.from(jpeg).toString('base64') }
    const bytes = Buffer.from(JSON.stringify({ v: 1, epoch: 'e', seq: 3, event: sent }))
    const { event: arrived, picture: shown } = decodeEventMessage(bytes)
    expect(arrived).toEqual({ v: 1, ...plain, thumbnail: hashOf(jpeg) })
    expect(Uint8Array.from(shown ?? [])).toEqual(jpeg)
  })

  it.each<[string, object, string]>([
    ['another version', { v: 2 }, 'payload.schema'],
    ['an unknown kind', { kind: 'rain' }, 'payload.schema'],
    ['a source that is no name', { source: 'a b' }, 'payload.schema'],
    ['a key that nobody knows', { unknown: 1 }, 'payload.schema'],
    ['a negative latency', { latencyMs: -1 }, 'payload.schema'],
    ['a ring of two points and a half', { mask: [[0, 0, 1, 1, 0]] }, 'payload.schema'],
    ['a ring of three points and a half', { mask: [[0, 0, 1, 1, 0, 0, 1]] }, 'payload.schema'],
    ['too few cells', { heat: { columns: 2, rows: 2, cells: 'AAAA' } }, 'payload.schema'],
    ['a detail that is no name', { detail: { 'a b': 1 } }, 'payload.schema'],
    ['a thumbnail that is not there', { thumbnail: hashOf(jpeg) }, 'payload.schema'],
    ['a picture that it does not name', { picture: jpeg }, 'payload.schema'],
    ['a picture that is a number', { picture: 5, thumbnail: hashOf(jpeg) }, 'payload.schema'],
    ['the picture of another event', { picture: jpeg, thumbnail: hashOf(Uint8Array.of(1)) }, 'image.mismatch'],
    ['a picture that is no JPEG', { picture: noJpeg, thumbnail: hashOf(noJpeg) }, 'image.invalid'],
    ['a large picture', { picture: largePicture, thumbnail: hashOf(largePicture) }, 'limit.exceeded'],
  ])('with %s is refused, and its header can still be read', (_fault, changes, code) => {
    const entries = readDocument(encodeEvent(plain)) as Record<string, unknown>
    const bytes = encodeEnvelope({ epoch: 'e', seq: 9, prev: 3, pack: encodeDocument({ ...entries, ...changes }) })
    expect(codeOf(() => decodeEventMessage(bytes))).toBe(code)
    expect(readEnvelopeHeader(bytes)).toEqual({ epoch: 'e', seq: 9, prev: 3 })
  })

  it('throws nothing but coded errors for arbitrary and for changed bytes', () => {
    const original = message(encodeEvent({ ...plain, mask: [[0, 0, 1, 0, 1, 1]] }, jpeg))
    const changed = fc
      .tuple(fc.nat(original.length - 1), fc.nat(255))
      .map(([at, byte]) => Uint8Array.from(original).fill(byte, at, at + 1))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), (bytes) => {
        expect(codeOf(() => decodeEventMessage(bytes))).toMatch(/^(taken|payload|limit|image)/)
        expect(() => readEnvelopeHeader(bytes)).not.toThrow()
      }),
      { numRuns: 5000 },
    )
  })
})
