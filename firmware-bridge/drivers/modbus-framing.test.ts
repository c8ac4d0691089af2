import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModbusProfile } from '../profile-schema.ts'
import { loadProfile } from '../profile-loader.ts'
import { byteCount } from './modbus-wire.ts'
import { probeFor } from './modbus-exchange.ts'
import { crc16, hasRightCrc, mbapFraming, rtuFraming, withCrc } from './modbus-framing.ts'
import { planBlocks, sourcesOf, widthOf } from './modbus-plan.ts'

const expected = { unitId: 1, functionCode: 3, byteCount: 8, transactionId: 7 }
const reply = Buffer.from('0103080292ff9b03e8003857b6', 'hex')

describe('The CRC of Modbus', () => {
  it.each([
    '0103000000044409',
    '0103080292ff9b03e8003857b6',
    '01030000000305cb',
    '0103060292ff9b03e8d80f',
    '0103000000070408',
    '010300040001c5cb',
    '010302007bf867',
    '01040000000271cb',
    '010404436633335afa',
    '01040442cb00009e02',
    '0104000c0002b1c8',
    '010404421900003e3b',
    '0104015600029027',
    '010404449a5000f35b',
    '018402c2c1',
  ])('is right in the published frame %s', (hex) => {
    const frame = Buffer.from(hex, 'hex')
    expect(hasRightCrc(frame)).toBe(true)
    expect(withCrc(frame.subarray(0, -2))).toEqual(frame)
  })

  it('is wrong after any single bit changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: reply.length * 8 - 1 }), (bit) => {
        const spoilt = Buffer.from(reply)
        spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(hasRightCrc(spoilt)).toBe(false)
      }),
    )
  })

  it('starts at 0xFFFF', () => {
    expect(crc16(Buffer.alloc(0))).toBe(0xffff)
  })
})

describe('RTU framing', () => {
  it('finds the reply however it is cut, and behind noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: reply.length - 1 }), (noise, cut) => {
        // Noise that begins like the reply is the rare case that ends as a wrong check sum.
        fc.pre(noise[0] !== 1)
        const stream = Buffer.concat([noise, reply])
        const first = rtuFraming.find(stream.subarray(0, noise.length + cut), expected)
        expect(first.kind).toBe('more')
        const whole = rtuFraming.find(stream, expected)
        expect(whole).toMatchObject({ kind: 'reply', discarded: noise.length })
        if (whole.kind === 'reply') expect(whole.frame).toEqual(reply)
      }),
    )
  })

  it('leaves out a right frame of another length, unit or function', () => {
    for (const foreign of ['010302007bf867', '0203080292ff9b03e8003800', '010404436633335afa']) {
      const result = rtuFraming.find(Buffer.concat([Buffer.from(foreign, 'hex'), reply]), expected)
      expect(result).toMatchObject({ kind: 'reply', discarded: foreign.length / 2 })
    }
  })

  it('keeps a bounded number of bytes whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const result = rtuFraming.find(Buffer.from(bytes), expected)
        if (result.kind === 'more') expect(result.rest.length).toBeLessThanOrEqual(512)
      }),
    )
  })
})

describe('MBAP framing', () => {
  const framed = mbapFraming.wrap(reply, 7)

  it('wraps and finds the same frame', () => {
    const result = mbapFraming.find(framed, expected)
    expect(result).toMatchObject({ kind: 'reply', discarded: 0 })
    if (result.kind === 'reply') expect(result.frame).toEqual(reply)
  })

  it('throws replies of other transactions away', () => {
    const stream = Buffer.concat([mbapFraming.wrap(reply, 6), framed])
    expect(mbapFraming.find(stream, expected)).toMatchObject({ kind: 'reply', discarded: framed.length })
  })

  it('never throws and never keeps more than a frame, whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const result = mbapFraming.find(Buffer.from(bytes), expected)
        if (result.kind === 'more') expect(result.rest.length).toBeLessThan(6 + 254)
      }),
    )
  })
})

describe('A plan of Modbus requests', () => {
  const label = { ja: '', en: '' }
  const source = fc.record({
    table: fc.constantFrom('holding' as const, 'input' as const),
    address: fc.integer({ min: 0, max: 400 }),
    type: fc.constantFrom('int16' as const, 'float32' as const),
  })

  it('covers every channel, in blocks within the limit', () => {
    fc.assert(
      fc.property(
        fc.array(source, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 2, max: 125 }),
        fc.integer({ min: 0, max: 20 }),
        (sources, maxRegisters, maxGap) => {
          const channels = sources.map((entry, index) => ({ id: `c${index}`, label, source: entry }))
          const profile: ModbusProfile = {
            id: 'p',
            driver: 'modbus',
            label,
            modbus: { maxRegisters, maxGap },
            channels,
          }
          const blocks = planBlocks(profile)
          for (const block of blocks) expect(block.count).toBeLessThanOrEqual(maxRegisters)
          for (const wanted of sourcesOf(profile)) {
            const holder = blocks.find(
              (block) =>
                block.table === wanted.table &&
                block.address <= wanted.address &&
                block.address + block.count >= wanted.address + widthOf(wanted),
            )
            expect(holder).toBeDefined()
          }
        },
      ),
    )
  })

  it('reads a lamp controller in two requests and a SDM120 in three of at most 60 registers', async () => {
    const lamps = await loadProfile('lamp-relay')
    const meter = await loadProfile('eastron-sdm120')
    if (lamps.driver !== 'modbus' || meter.driver !== 'modbus') throw new Error('no Modbus profiles')
    expect(planBlocks(lamps)).toEqual([
      { table: 'coil', address: 0, count: 8 },
      { table: 'input', address: 0, count: 32 },
    ])
    expect(planBlocks(meter)).toHaveLength(3)
  })
})

describe('The probe after a lost reply', () => {
  it('has a reply of another length than the lost and the next request', () => {
    const request = fc.record({
      unitId: fc.constant(1),
      table: fc.constantFrom('coil' as const, 'holding' as const),
      address: fc.nat(100),
      count: fc.integer({ min: 1, max: 60 }),
    })
    fc.assert(
      fc.property(request, request, (lost, next) => {
        const probe = probeFor(lost, next)
        expect(probe.count).toBeGreaterThanOrEqual(1)
        expect([byteCount(lost), byteCount(next)]).not.toContain(byteCount(probe))
      }),
    )
  })
})
