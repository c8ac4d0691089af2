import { decode as oracleDecode, Encoder } from 'cbor-x'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CborReader, type CborValue } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'

const plain = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.double({ noNaN: true }).map((value) => value + 0),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value

function written(value: CborValue): Uint8Array {
  const writer = new CborWriter()
  writer.value(value)
  return writer.finish()
}

describe('CBOR', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(new CborReader(written(value)).value()).toEqual(value)
      }),
    )
  })

  it('agrees with cbor-x in both directions', () => {
    const encoder = new Encoder({ useRecords: false, variableMapSize: true })
    fc.assert(
      fc.property(plain, (value) => {
        expect(numbersOf(oracleDecode(written(value)))).toEqual(value)
        expect(new CborReader(encoder.encode(value)).value()).toEqual(value)
      }),
    )
  })

  it.each([
    ['f90000', 0],
    ['f93c00', 1],
    ['f97bff', 65504],
    ['f90001', 5.960464477539063e-8],
    ['f9c400', -4],
    ['fa47c35000', 100000],
    ['fb3ff199999999999a', 1.1],
    ['1b000000e8d4a51000', 1000000000000],
    ['3903e7', -1000],
    ['c48221196ab3', 273.15],
    ['9f0102ff', [1, 2]],
    ['7f657374726561646d696e67ff', 'streaming'],
  ])('reads the vector %s of RFC 8949', (hex, value) => {
    expect(new CborReader(Buffer.from(hex, 'hex')).value()).toEqual(value)
  })

  it.each([
    ['a claim of 2^32 items', '9b0000000100000000'],
    ['a nesting of 40 arrays', '81'.repeat(40)],
    ['an array whose claim the bytes cannot fill', '9a00ffffff01'],
    ['a text that ends early', '6461'],
    ['bytes that are not UTF-8 as text', '62fffe'],
    ['a reserved head', '1c'],
    ['nothing at all', ''],
  ])('refuses %s', (_, hex) => {
    expect(() => new CborReader(Buffer.from(hex, 'hex')).value()).toThrow(
      expect.objectContaining({ code: 'payload.malformed' }) as Error,
    )
  })
})

/** cbor-x gives whole numbers of more than 32 bits as bigint. */
function numbersOf(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(numbersOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbersOf(item)]))
}
