// SenML packs, envelopes and documents that no gateway sent, in CBOR and JSON.
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { StatusDocument } from '../../broker/contract/documents.ts'
import { decodeEnvelope, encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { decodePack, encodePack } from '../../broker/contract/pack-codec.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const nowMs = Date.UTC(2026, 10, 22)
const codes = ['payload.malformed', 'payload.schema', 'senml.invalid', 'senml.version', 'limit.exceeded'] as const

function pack(random: Random, format: 'cbor' | 'json'): Buffer {
  const sample = (): Sample => ({
    name: `probe-${random.below(3)}:${random.pick(['level', 'temperature', 'state'])}`,
    timeMs: nowMs - random.below(1_000_000),
    value: random.pick([1.5, -40, 0, 2 ** 40, 'open', true, 1e-9]),
    unit: random.pick(['m', 'Cel', '/', undefined]),
    quality: 'good',
    reason: undefined,
  })
  const samples = Array.from({ length: 1 + random.below(5) }, sample)
  return Buffer.from(encodePack(samples, format))
}

/** Heads of CBOR: indefinite lengths, tags, half and double floats, lengths that promise the world, break. */
const cborTokens = [
  '9f',
  'bf',
  'ff',
  'c1',
  'fb7ff8000000000000',
  'f97e00',
  '9affffffff',
  '5b7fffffffffffffff',
  '7f',
  'a0',
  '81',
].map((hex) => Buffer.from(hex, 'hex'))
const jsonTokens = [
  '[',
  ']',
  '{',
  '}',
  '"',
  ',',
  ':',
  '1e999',
  '-',
  '\\u0000',
  'null',
  '"bver":99',
  '"n":"',
  '"t":-1',
].map((text) => Buffer.from(text))

describeFuzz({
  name: 'A SenML pack in CBOR',
  codes,
  tokens: cborTokens,
  valid: (random) => pack(random, 'cbor'),
  parse: (bytes) => decodePack(bytes, nowMs),
})

describeFuzz({
  name: 'A SenML pack in JSON',
  codes,
  tokens: jsonTokens,
  valid: (random) => pack(random, 'json'),
  parse: (bytes) => decodePack(bytes, nowMs),
})

describeFuzz({
  name: 'An envelope',
  codes,
  tokens: cborTokens,
  valid: (random) =>
    Buffer.from(encodeEnvelope({ epoch: 'fuzz', seq: 1 + random.below(1e6), prev: 0, pack: pack(random, 'cbor') })),
  parse: (bytes) => decodeEnvelope(bytes, nowMs),
})

const label = { ja: '水位', en: 'Level' }
describeFuzz({
  name: 'A status document',
  codes,
  tokens: cborTokens,
  valid: (random) =>
    Buffer.from(
      encodeDocument({
        v: 1,
        state: 'online',
        timeMs: nowMs + random.below(1000),
        epoch: 'fuzz',
        devices: [{ id: 'a', profile: 'p', label, series: [{ name: 'a:level', intervalS: 10, label, unit: 'm' }] }],
      }),
    ),
  parse: (bytes) => decodeDocument(StatusDocument, bytes),
})
