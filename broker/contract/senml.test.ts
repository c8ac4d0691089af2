import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from './app-error.ts'
import { decodePack, encodePack } from './pack-codec.ts'
import type { Sample } from './sample.ts'

const nowMs = 1_700_000_000_000
const json = (records: unknown) => Buffer.from(JSON.stringify(records))
const decode = (records: unknown) => decodePack(json(records), nowMs)
const device = 'urn:dev:ow:10e2073a01080063'

const v3Cbor =
  '87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067' +
  '766f6c7461676501615602fb405e066666666666a3006763757272656e74062402fb3ff3333333333333a3006763757272' +
  '656e74062302fb3ff4cccccccccccda3006763757272656e74062202fb3ff6666666666666a3006763757272656e740621' +
  '02f93e00a3006763757272656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333'

const v4Cbor =
  '8da521781b75726e3a6465763a6f773a31306532303733613031303830303633221a4eaea188236325524802f94d000600' +
  'a302fb40384e63c74fb54a01636c6f6e0600a302fb404e0a31f8a0902e01636c61740600a202fb40344ccccccccccd0618' +
  '3ca302fb40384e646f15619101636c6f6e06183ca302fb404e0a31f8a0902e01636c617406183ca202fb4034b333333333' +
  '33061878a302fb40384e6516db0dd801636c6f6e061878a302fb404e0a324c83665101636c6174061878a302f956200163' +
  '25454c061896a202fb40353333333333330618b4a302fb40384e685db76b3c01636c6f6e0618b4a302fb404e0a32a0663c' +
  '7501636c61740618b4'

describe('SenML vectors of RFC 8428', () => {
  it('reads a single record (§5.1.1)', () => {
    expect(decode([{ n: device, u: 'Cel', v: 23.1 }])).toMatchObject([
      { name: device, unit: 'Cel', value: 23.1, timeMs: nowMs },
    ])
  })

  it('joins base name and name without a separator (§5.1.2)', () => {
    const readings = decode([
      { bn: `${device}:`, n: 'voltage', u: 'V', v: 120.1 },
      { n: 'current', u: 'A', v: 1.2 },
    ])
    expect(readings.map((reading) => reading.name)).toEqual([`${device}:voltage`, `${device}:current`])
  })

  it('reads the CBOR vector with its half-precision float and puts records in the order of time (§6)', () => {
    const readings = decodePack(Buffer.from(v3Cbor, 'hex'), nowMs)
    expect(readings.map((reading) => reading.value)).toEqual([1.2, 1.3, 1.4, 1.5, 1.6, 120.1, 1.7])
    expect(readings[0]).toMatchObject({
      name: 'urn:dev:ow:10e2073a0108006:current',
      unit: 'A',
      timeMs: 1_276_020_071_001,
    })
    expect(readings[5]).toMatchObject({
      name: 'urn:dev:ow:10e2073a0108006:voltage',
      unit: 'V',
      timeMs: 1_276_020_076_001,
    })
  })

  it('resolves thirteen records of one name, the same from JSON and CBOR (§5.1.3, §5.1.4)', () => {
    const readings = decodePack(Buffer.from(v4Cbor, 'hex'), nowMs)
    expect(readings).toHaveLength(13)
    expect(readings[0]).toMatchObject({ name: device, unit: '%RH', timeMs: 1_320_067_464_000, value: 20 })
    expect(readings[5]).toMatchObject({ unit: 'lat', timeMs: 1_320_067_524_000, value: 60.07965 })
    expect(readings[9]).toMatchObject({ unit: '%EL', timeMs: 1_320_067_614_000, value: 98 })
    expect(readings[12]).toMatchObject({ unit: 'lat', timeMs: 1_320_067_644_000, value: 60.07967 })
  })

  it('reads string, boolean and data values (§5.1.5)', () => {
    const readings = decode([
      { bn: `${device}:`, n: 'temp', u: 'Cel', v: 23.1 },
      { n: 'label', vs: 'Machine Room' },
      { n: 'open', vb: false },
      { n: 'nfv-reader', vd: 'aGkgCg' },
    ])
    expect(readings.map(({ value, text }) => [value, text])).toEqual([
      [23.1, null],
      [null, 'Machine Room'],
      [0, null],
      [null, 'aGkgCg'],
    ])
  })

  it('keeps the base time when the base name changes (§5.1.6)', () => {
    const readings = decode([
      { bn: '2001:db8::2/', bt: 1.320078429e9, n: 'temperature', u: 'Cel', v: 25.2 },
      { n: 'humidity', u: '%RH', v: 30 },
      { bn: '2001:db8::1/', n: 'temperature', u: 'Cel', v: 12.3 },
      { n: 'humidity', u: '%RH', v: 67 },
    ])
    expect(readings[3]).toMatchObject({ name: '2001:db8::1/humidity', timeMs: 1_320_078_429_000, value: 67 })
  })

  it('takes a record of base fields alone as no measurement (§5.1.7)', () => {
    expect(decode([{ bn: `${device}:` }, { n: 'heat', u: '/', v: 1 }, { n: 'fan', u: '/', v: 0 }])).toHaveLength(2)
  })
})

describe('SenML rules', () => {
  it.each([
    ['two values in a record', [{ n: 'a', v: 1, vs: 'x' }]],
    ['a space in a name', [{ n: 'a b', v: 1 }]],
    ['a name that begins with an underscore', [{ n: '_a', v: 1 }]],
    ['an empty name', [{ v: 1 }]],
    ['a label that must be understood', [{ n: 'a', v: 1, foo_: 2 }]],
    ['no value and no sum', [{ n: 'a' }]],
    ['an empty pack', []],
    ['a pack that is no array', { n: 'a', v: 1 }],
    ['a value of the wrong type', [{ n: 'a', v: '1' }]],
    ['padded base64', [{ n: 'a', vd: 'aGkgCg==' }]],
    [
      'a version that changes',
      [
        { n: 'a', v: 1, bver: 10 },
        { n: 'a', v: 1, bver: 5 },
      ],
    ],
    ['a time outside the calendar', [{ n: 'a', v: 1, t: 1e300 }]],
  ])('refuses %s', (_, records) => {
    expect(() => decode(records)).toThrow(expect.objectContaining({ code: 'senml.invalid' }) as Error)
  })

  it('refuses a pack of more than 10,000 records', () => {
    const records = (count: number) => Array.from({ length: count }, () => ({ n: 'a', v: 1 }))
    expect(decode(records(10_000))).toHaveLength(10_000)
    expect(() => decode(records(10_001))).toThrow(expect.objectContaining({ code: 'limit.exceeded' }) as Error)
  })

  it('ignores unknown labels', () => {
    expect(decode([{ n: 'a', v: 1, foo: 2 }])).toHaveLength(1)
  })

  it.each([11, 12, 27, 42])('refuses version %i', (bver) => {
    expect(() => decode([{ bver, n: 'a', v: 1 }])).toThrow(expect.objectContaining({ code: 'senml.version' }) as Error)
  })

  it('takes times below 2^28 as relative to now and others as absolute', () => {
    const readings = decode([
      { n: 'past', t: -10, v: 1 },
      { n: 'absolute', t: 268_435_456, v: 1 },
    ])
    expect(readings.find((reading) => reading.name === 'past')?.timeMs).toBe(nowMs - 10_000)
    expect(readings.find((reading) => reading.name === 'absolute')?.timeMs).toBe(Date.parse('1978-07-04T21:24:16Z'))
  })

  it('adds base value and base sum, but no value to a string', () => {
    const readings = decode([{ bn: 'd:', bv: 100, n: 'a', v: 5 }, { n: 'b' }, { n: 'c', vs: 'x' }])
    expect(readings.map(({ value }) => value)).toEqual([105, 100, null])
    expect(decode([{ bn: 'd:', bs: 10, n: 'e', u: 'W', s: 5 }])).toMatchObject([{ name: 'd:e.sum', value: 15 }])
  })

  it('does not apply the base unit to a record with its own', () => {
    const readings = decode([
      { bn: 'd:', bu: 'A', n: 'a', v: 1 },
      { n: 'b', u: 'V', v: 2 },
    ])
    expect(readings.map(({ unit }) => unit)).toEqual(['A', 'V'])
  })

  it('converts secondary units in version 26 only, and the deprecated % as a ratio', () => {
    expect(decode([{ bver: 26, n: 'a', u: 'ms', v: 100 }])).toMatchObject([{ unit: 's', value: 0.1 }])
    expect(decode([{ bver: 26, n: 'a', u: 'dBm', v: 10 }])).toMatchObject([{ unit: 'dBW', value: -20 }])
    expect(decode([{ n: 'a', u: 'mm', v: 100 }])).toMatchObject([{ unit: 'mm', value: 100 }])
    expect(decode([{ n: 'a', u: '%', v: 0.5 }])).toMatchObject([{ unit: '/', value: 0.5 }])
  })

  it('carries quality and its reason', () => {
    const readings = decode([
      { bn: 'd:', n: 'a', v: 5, q: 'uncertain', qr: 'range' },
      { n: 'b', vs: 'timeout', q: 'bad', qr: 'timeout' },
    ])
    expect(readings.map(({ value, text, quality }) => [value, text, quality])).toEqual([
      [5, 'range', 'uncertain'],
      [null, 'timeout', 'bad'],
    ])
  })
})

const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,8}:[a-z0-9_.-]{1,12}$/)
const timeMs = fc.integer({ min: 300_000_000_000, max: 4_000_000_000_000 })
const good = { quality: 'good', reason: undefined } as const
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.string(), fc.boolean())
const sample: fc.Arbitrary<Sample> = fc.oneof(
  fc
    .record({ name, timeMs, value, unit: fc.constantFrom('W', 'm', undefined) })
    .map((fields) => ({ ...fields, ...good })),
  fc
    .record({ name, timeMs })
    .map((fields) => ({ ...fields, value: null, unit: undefined, quality: 'bad', reason: 'timeout' }) as const),
)

function readingOf(sample: Sample) {
  const number = typeof sample.value === 'boolean' ? Number(sample.value) : sample.value
  return {
    name: sample.name,
    unit: sample.unit,
    timeMs: sample.timeMs,
    value: typeof number === 'number' ? number + 0 : null,
    text: typeof number === 'string' ? number : (sample.reason ?? null),
    quality: sample.quality,
    updateIntervalS: undefined,
  }
}

describe('pack codec', () => {
  it.each(['cbor', 'json'] as const)('decodes what it encodes (%s)', (format) => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), (samples) => {
        const expected = samples.map(readingOf).sort((a, b) => a.timeMs - b.timeMs)
        expect(decodePack(encodePack(samples, format), nowMs)).toEqual(expected)
      }),
    )
  })

  it('throws nothing but coded errors for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectCoded(() => decodePack(bytes, nowMs))),
      { numRuns: 5000 },
    )
  })

  it('throws nothing but coded errors for a pack with bytes changed', () => {
    const original = Buffer.from(v4Cbor, 'hex')
    const change = fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(original.length), (changes, end) => {
        const bytes = Uint8Array.from(original.subarray(0, end))
        for (const [at, byte] of changes) if (at < end) bytes[at] = byte
        expectCoded(() => decodePack(bytes, nowMs))
      }),
      { numRuns: 5000 },
    )
  })
})

function expectCoded(act: () => unknown): void {
  try {
    act()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AppError)
  }
}
