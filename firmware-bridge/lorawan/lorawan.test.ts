import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { loadProfile, parseProfile } from '../profile-loader.ts'
import type { LorawanProfile } from '../mqtt/profile-schemas.ts'
import { layoutBytes, readByteLayout } from './byte-layout.ts'
import { readCayenneLpp } from './cayenne-lpp.ts'
import { readChirpstack } from './chirpstack.ts'
import { readTheThingsStack } from './the-things-stack.ts'
import { measureStatus, measureUplink } from './uplink-measurements.ts'
import { UplinkMemory } from './uplink-memory.ts'
import type { Uplink } from './uplink.ts'

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')

const upTopic = 'application/17c82e96/device/0101010101010101/event/up'
/** The example of ChirpStack's documentation, shortened. */
const chirpstackUp = {
  deduplicationId: '3ac7e3c4-4401-4b8d-9386-a5c902f9202d',
  time: '2022-07-18T09:34:15.775023242+00:00',
  deviceInfo: { devEui: '0101010101010101' },
  devAddr: '00189440',
  dr: 1,
  fPort: 1,
  data: 'qg==',
  rxInfo: [
    { gatewayId: '0016c001f153a14c', uplinkId: 4217106255, rssi: -36, snr: 10.5 },
    { gatewayId: '0016c001f153a14d', uplinkId: 1, rssi: -101 },
  ],
  txInfo: {
    frequency: 867_100_000,
    modulation: { lora: { bandwidth: 125_000, spreadingFactor: 11, codeRate: 'CR_4_5' } },
  },
}

const ttsTopic = 'v3/fields@ttn/devices/soil-1/up'
/** A real uplink of The Things Stack, shortened. */
const ttsUp = {
  end_device_ids: { device_id: 'soil-1', application_ids: { application_id: 'fields' }, dev_eui: '0101010101010101' },
  received_at: '2026-04-01T00:00:00.2Z',
  uplink_message: {
    session_key_id: 'AXA=',
    f_port: 1,
    f_cnt: 4,
    frm_payload: 'AQI/Ag==',
    decoded_payload: { analog_in_1: 161.3 },
    rx_metadata: [{ gateway_ids: { gateway_id: 'g' }, rssi: -80, snr: 7.5 }],
    settings: { data_rate: { lora: { bandwidth: 125_000, spreading_factor: 7 } } },
    received_at: '2026-04-01T00:00:00.1Z',
  },
}

const waterLevel = (await loadProfile('lorawan-water-level')) as LorawanProfile
const lpp = (await loadProfile('lorawan-cayenne-lpp')) as LorawanProfile

describe('ChirpStack v4', () => {
  it('gives the uplink of its documentation, with what is left out at its default', () => {
    expect(readChirpstack(upTopic, json(chirpstackUp))).toEqual({
      kind: 'uplink',
      id: '3ac7e3c4-4401-4b8d-9386-a5c902f9202d',
      timeMs: Date.UTC(2022, 6, 18, 9, 34, 15, 775),
      fPort: 1,
      fCnt: 0,
      session: '00189440',
      payload: Buffer.from([0xaa]),
      object: undefined,
      radio: { rssi: -36, snr: 10.5, gateways: 2, spreadingFactor: 11 },
      battery: undefined,
    })
  })

  it('gives battery and margin of a status event, 0 where they are left out, none on external power', () => {
    const statusTopic = upTopic.replace('/up', '/status')
    const status = { time: chirpstackUp.time, deviceInfo: chirpstackUp.deviceInfo }
    expect(readChirpstack(statusTopic, json({ ...status, margin: 10, batteryLevel: 75.2 }))).toMatchObject({
      kind: 'status',
      battery: 75.2,
      margin: 10,
    })
    expect(readChirpstack(statusTopic, json(status))).toMatchObject({ battery: 0, margin: 0 })
    const mains = readChirpstack(statusTopic, json({ ...status, externalPowerSource: true }))
    expect(mains).toMatchObject({ battery: undefined })
    if (mains.kind === 'status') expect(measureStatus(mains, lpp)).toEqual([])
  })

  it('refuses the protobuf marshaler, another device than that of the topic, and a payload that is not base64', () => {
    expect(() => readChirpstack(upTopic, hex('0a0361'))).toThrow('JSON')
    expect(() => readChirpstack(upTopic.replace('0101', '0202'), json(chirpstackUp))).toThrow('not one of the device')
    expect(() => readChirpstack(upTopic, json({ ...chirpstackUp, data: 'q!==' }))).toThrow('base64')
    expect(readChirpstack(upTopic.replace('/up', '/join'), hex('00'))).toEqual({ kind: 'other' })
  })
})

describe('The Things Stack v3', () => {
  it('gives the uplink, identified by device, session and frame counter', () => {
    expect(readTheThingsStack(ttsTopic, json(ttsUp))).toMatchObject({
      id: '0101010101010101/AXA=/4',
      timeMs: Date.UTC(2026, 3, 1, 0, 0, 0, 100),
      fPort: 1,
      fCnt: 4,
      payload: hex('01 02 3f 02'),
      radio: { rssi: -80, snr: 7.5, spreadingFactor: 7, gateways: 1 },
    })
  })

  it('takes fields that are left out as 0', () => {
    const { f_cnt: _, frm_payload: __, ...left } = ttsUp.uplink_message
    expect(readTheThingsStack(ttsTopic, json({ ...ttsUp, uplink_message: left }))).toMatchObject({
      fCnt: 0,
      payload: Buffer.alloc(0),
    })
  })

  it('refuses an uplink of another device', () => {
    expect(() => readTheThingsStack(ttsTopic.replace('soil-1', 'soil-2'), json(ttsUp))).toThrow('not an uplink')
  })
})

describe('Cayenne LPP', () => {
  it('reads the payload of the real uplink as The Things Stack does: 161.30', () => {
    expect(readCayenneLpp(hex('01 02 3f 02'))).toEqual([
      { channel: 1, type: 'analog-input', axis: undefined, value: 161.3, unit: undefined },
    ])
  })

  it('reads several values, negative ones, and positions', () => {
    const values = readCayenneLpp(hex('03 67 01 10 05 67 ff d7 01 88 06 76 5f f2 96 0a 00 03 e8'))
    expect(values.map(({ value }) => value)).toEqual([27.2, -4.1, 42.3519, -87.9094, 10])
    expect(values.map(({ axis }) => axis)).toEqual([undefined, undefined, 'lat', 'lon', 'altitude'])
  })

  it.each(['01', '01 02', '01 02 3f', '01 7f 00 00', '01 88 06 76 5f f2 96 0a 00 03'])('refuses %s', (text) => {
    expect(() => readCayenneLpp(hex(text))).toThrow('Cayenne LPP')
  })
})

describe('A byte layout', () => {
  it('reads every type at every place as DataView does, big and little endian', () => {
    const types = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64'] as const
    const getters = {
      uint8: 'getUint8',
      int8: 'getInt8',
      uint16: 'getUint16',
      int16: 'getInt16',
      uint32: 'getUint32',
      int32: 'getInt32',
      float32: 'getFloat32',
      float64: 'getFloat64',
    } as const
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 40 }),
        fc.nat(32),
        fc.constantFrom(...types),
        fc.boolean(),
        (payload, offset, type, little) => {
          const read = readByteLayout({ offset, type, endian: little ? 'little' : 'big' }, payload, 1)
          if (offset + layoutBytes[type] > payload.length) expect(read).toBe('short')
          else expect(read).toEqual(new DataView(payload.buffer)[getters[type]](offset, little))
        },
      ),
    )
  })

  it('reads 24 bits, bit fields, from the end, and only of its port and kind', () => {
    const payload = hex('01 ff ff fe 8a 80')
    expect(readByteLayout({ offset: 1, type: 'int24' }, payload, 1)).toBe(-2)
    expect(readByteLayout({ offset: 1, type: 'uint24', endian: 'little' }, payload, 1)).toBe(0xfeffff)
    expect(readByteLayout({ offset: 4, type: 'uint8', bits: { from: 1, length: 3 } }, payload, 1)).toBe(5)
    expect(readByteLayout({ offset: 4, type: 'uint8', bits: { from: 4, length: 4, signed: true } }, payload, 1)).toBe(
      -8,
    )
    expect(readByteLayout({ offset: -1, type: 'uint8' }, payload, 1)).toBe(0x80)
    expect(readByteLayout({ offset: -9, type: 'uint8' }, payload, 1)).toBe('short')
    expect(readByteLayout({ offset: 1, type: 'uint8', fPort: 2 }, payload, 1)).toBe('absent')
    const when = (equals: number) => ({ offset: 0, type: 'uint8', equals }) as const
    expect(readByteLayout({ offset: 1, type: 'uint8', when: when(1) }, payload, 1)).toBe(255)
    expect(readByteLayout({ offset: 1, type: 'uint8', when: when(2) }, payload, 1)).toBe('absent')
    const wide = hex('ff ff ff ff')
    expect(readByteLayout({ offset: 0, type: 'uint32', bits: { from: 31, length: 1 } }, wide, 1)).toBe(1)
    expect(readByteLayout({ offset: 0, type: 'uint32', bits: { from: 0, length: 32 } }, wide, 1)).toBe(0xffffffff)
  })
})

describe('An uplink by its profile', () => {
  const uplink = (text: string, fPort = 2): Uplink => {
    const read = readChirpstack(
      upTopic,
      json({ ...chirpstackUp, fPort, data: Buffer.from(hex(text)).toString('base64') }),
    )
    if (read.kind !== 'uplink') throw new Error('no uplink')
    return read
  }
  const valuesOf = (measurements: readonly { channel: string; value: unknown; quality: string }[]) =>
    Object.fromEntries(
      measurements.map(({ channel, value, quality }) => [channel, quality === 'good' ? value : quality]),
    )

  it('becomes primary units at the time of the network server, with the facts of the radio', () => {
    const { measurements } = measureUplink(uplink('00 7b 00 d7 0e 10 31'), 3, waterLevel)
    expect(valuesOf(measurements)).toEqual({
      'water-level': 0.123,
      'water-temperature': 21.5,
      'battery-voltage': 3.6,
      'lid-open': 1,
      fault: 3,
      rssi: -66,
      'lost-uplinks': 3,
    })
    expect(new Set(measurements.map(({ timeMs }) => timeMs))).toEqual(new Set([Date.UTC(2022, 6, 18, 9, 34, 15, 775)]))
  })

  it('is bad where the device says so or the payload ends too early, and only radio on another port', () => {
    expect(valuesOf(measureUplink(uplink('80 00 00'), 0, waterLevel).measurements)).toMatchObject({
      'water-level': 'bad',
      'water-temperature': 'bad',
      rssi: -66,
    })
    expect(Object.keys(valuesOf(measureUplink(uplink('00 7b', 3), 0, waterLevel).measurements))).toEqual([
      'rssi',
      'lost-uplinks',
    ])
  })

  it('passes unlisted values of Cayenne LPP on under their own name', () => {
    const { measurements } = measureUplink(uplink('03 67 01 10', 1), 0, lpp)
    expect(valuesOf(measurements)).toMatchObject({ 'temperature-3': 27.2 })
    expect(measurements[0]?.unit).toBe('Cel')
  })

  it('is read by paths of what the codec of the network server made', () => {
    const profile = parseProfile(
      `id: x
driver: lorawan
label: { ja: x, en: x }
lorawan: { decoder: object }
channels:
  - { id: analog, source: { path: analog_in_1 }, label: { ja: x, en: x } }
  - { id: absent, source: { path: other.deep }, label: { ja: x, en: x } }`,
      'x.yaml',
    ) as LorawanProfile
    const said = readTheThingsStack(ttsTopic, json(ttsUp))
    if (said.kind !== 'uplink') throw new Error('no uplink')
    expect(valuesOf(measureUplink(said, 0, profile).measurements)).toEqual({ analog: 161.3 })
  })
})

describe('The memory of uplinks', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'musubi-uplinks-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const memoryIn = (path: string | undefined) => new UplinkMemory({ clock: systemClock, log: silentLog, folder: path })

  it('knows after a restart what it took, and which frame came last', async () => {
    const first = memoryIn(join(folder, 'lan'))
    await first.open()
    first.add('a')
    first.lostBefore('level-1', 's', 7)
    await first.close()
    const second = memoryIn(join(folder, 'lan'))
    await second.open()
    expect([second.has('a'), second.has('b')]).toEqual([true, false])
    expect(second.lostBefore('level-1', 's', 10)).toBe(2)
    await second.close()
  })

  it('counts frames that are missing, but not a new session, a reset or a frame that came late', () => {
    const memory = memoryIn(undefined)
    const lost = (session: string, fCnt: number) => memory.lostBefore('d', session, fCnt)
    expect([lost('a', 5), lost('a', 6), lost('a', 9), lost('a', 8), lost('a', 10)]).toEqual([0, 0, 2, 0, 0])
    expect([lost('b', 3), lost('b', 4), lost('b', 500), lost('b', 0), lost('b', 2)]).toEqual([0, 0, 495, 0, 1])
  })

  it('is bounded, and forgets the oldest', () => {
    const memory = memoryIn(undefined)
    for (let index = 0; index < 5000; index += 1) memory.add(`id-${index}`)
    expect([memory.has('id-903'), memory.has('id-904'), memory.has('id-4999')]).toEqual([false, true, true])
  })
})
