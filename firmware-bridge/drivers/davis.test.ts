import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { loadProfile } from '../profile-loader.ts'
import { crcCcitt, loopBytes, loopFields, parseLoop } from './davis-loop.ts'
import { packetIn, davis } from './davis.ts'
import type { DavisProfile } from './davis-schemas.ts'
import { measureLoop } from './davis-values.ts'
import { codeOf, describeDriver } from './driver-contract.ts'
import { MisbehavingPeer, type PeerProtocol } from './misbehaving-peer.ts'

/** 77.1 degF, 29.921 inHg, 62 %, 7 mph from 225 deg, 812 W/m2, rain rate 10 clicks/h, 25 clicks today, 4.69 V. */
const published = Buffer.from(
  '4c4f4f14006400e174f0022d03030705e100ffffffffffffffa0ffffffffffffff3effffffffffffff0a00232c031900ffff190078005c03' +
    '7800b80b28231effffff0fffffff00000000000000000000000000000000002003082db4013f070a0d4e28',
  'hex',
)
const label = { ja: '気温', en: 'Air temperature' }
const never = new AbortController().signal
const profile: DavisProfile = {
  id: 'thermometer',
  driver: 'davis',
  label,
  davis: { rainClickMm: 0.2 },
  channels: [{ id: 'outside-temperature', label, source: { field: 'outside-temperature' } }],
}

/** The published packet with some bytes changed and its CRC made right again. */
function packet(changes: (bytes: Buffer) => void = () => undefined): Buffer {
  const bytes = Buffer.from(published)
  changes(bytes)
  bytes.writeUInt16BE(crcCcitt(bytes.subarray(0, -2)), loopBytes - 2)
  return bytes
}

const consolePeer: PeerProtocol = {
  next(received) {
    const end = received.indexOf('\n')
    return end < 0 ? undefined : { request: received.subarray(0, end + 1), rest: received.subarray(end + 1) }
  },
  answer(request, value) {
    const text = request.toString('latin1')
    if (text === '\n') return Buffer.from('\n\r')
    if (text === 'TEST\n') return Buffer.from('\n\rTEST\n\r')
    return Buffer.concat([Buffer.from([6]), packet((bytes) => bytes.writeInt16LE(value, 12))])
  },
  refuse: (request) => Buffer.from(request.toString('latin1') === '\n' ? '\n\r' : '!'),
  spoil: (answer) =>
    Buffer.concat([answer.subarray(0, -1), Buffer.from([(answer.at(-1) ?? 0) ^ (answer.length > 50 ? 1 : 0)])]),
  malformed: Buffer.from('no console'),
}

const deviceOf = (of: DavisProfile, timeoutMs: number) => ({ id: 'davis', address: {}, profile: of, timeoutMs })

describeDriver({
  name: 'davis',
  peer: () => new MisbehavingPeer(consolePeer),
  driver: (peer, dependencies) => davis.create({ host: '127.0.0.1', port: peer.port }, dependencies),
  device: (_peer, timeoutMs) => deviceOf(profile, timeoutMs),
  several: (_peer, timeoutMs) =>
    deviceOf(
      {
        ...profile,
        channels: (['year-rain', 'barometer', 'wind-speed'] as const).map((field) => ({
          id: field,
          label,
          source: { field },
        })),
      },
      timeoutMs,
    ),
  noReading: {
    say: (peer) => void (peer.value = 32_767),
    device: (_peer, timeoutMs) => deviceOf(profile, timeoutMs),
    reason: 'sensor-fault',
  },
  expected: (value) => Number((((value / 10 - 32) * 5) / 9).toPrecision(12)),
  codes: {
    silent: 'driver.timeout',
    truncated: 'driver.frame',
    malformed: 'driver.frame',
    'wrong-check-sum': 'driver.crc',
    refusing: 'driver.exception',
  },
  away: 'driver.connection',
})

async function measuredLoop(bytes: Buffer) {
  const loaded = await loadProfile('davis-vantage')
  if (loaded.driver !== 'davis') throw new Error('davis-vantage is no Davis profile')
  return new Map(measureLoop(loaded, parseLoop(bytes)).map((entry) => [entry.channel, entry]))
}

describe('A LOOP packet', () => {
  it('has the check sum of the manual: C6 CE A2 03 gives E2 B4, and 123456789 gives 31C3', () => {
    expect(crcCcitt(Buffer.from('c6cea203', 'hex'))).toBe(0xe2b4)
    expect(crcCcitt(Buffer.from('123456789'))).toBe(0x31c3)
    expect(crcCcitt(published)).toBe(0)
  })

  it('gives air, wind, rain, sun and battery in primary units', async () => {
    const weather = await measuredLoop(published)
    expect(weather.get('air-temperature')?.value).toBeCloseTo(25.0556, 4)
    expect(weather.get('air-pressure')?.value).toBeCloseTo(101_324.1, 0)
    expect(weather.get('humidity')).toMatchObject({ value: 62, unit: '%RH', quality: 'good' })
    expect(weather.get('wind-speed')?.value).toBeCloseTo(7 * 0.44704, 9)
    expect(weather.get('wind-direction')?.value).toBeCloseTo((225 * Math.PI) / 180, 9)
    expect(weather.get('solar-radiation')).toMatchObject({ value: 812, unit: 'W/m2', quality: 'good' })
    expect(weather.get('rain-intensity')?.value).toBeCloseTo(2 / 3_600_000, 12)
    expect(weather.get('rain-day')).toMatchObject({ value: 0.005, unit: 'm', quality: 'good' })
    expect(weather.get('console-battery')?.value).toBeCloseTo(4.69, 2)
    expect(weather.get('pressure-trend')).toMatchObject({ value: 1, quality: 'good' })
    for (const { quality } of weather.values()) expect(quality).toBe('good')
  })

  it('counts rain in tips of the bucket that the profile names', () => {
    const rain = (rainClickMm: number) =>
      measureLoop(
        { ...profile, davis: { rainClickMm }, channels: [{ id: 'rain', label, source: { field: 'day-rain' } }] },
        parseLoop(published),
      )
    expect(rain(0.2)).toMatchObject([{ value: 0.005, unit: 'm' }])
    expect(rain(0.254)).toMatchObject([{ value: 0.00635, unit: 'm' }])
  })

  it('marks what the console does not have as a sensor fault, each value by its own mark', async () => {
    const weather = await measuredLoop(
      packet((bytes) => {
        bytes.writeUInt16LE(0, 7)
        bytes.writeInt16LE(32_767, 12)
        bytes.writeUInt8(255, 14)
        bytes.writeUInt16LE(0, 16)
        bytes.writeUInt8(255, 33)
        bytes.writeUInt8(255, 43)
        bytes.writeUInt16LE(32_767, 44)
        // "P" of a console older than revision B
        bytes.writeUInt8(0x50, 3)
      }),
    )
    for (const channel of [
      'air-pressure',
      'air-temperature',
      'wind-speed',
      'wind-direction',
      'humidity',
      'uv-index',
      'solar-radiation',
      'pressure-trend',
    ]) {
      expect(weather.get(channel)).toMatchObject({ value: null, quality: 'bad', reason: 'sensor-fault' })
    }
    expect(weather.get('rain-day')).toMatchObject({ quality: 'good' })
  })

  it('gives temperatures below zero, extra stations with their 90 degrees, and times of the day in seconds', () => {
    const channels = ['outside-temperature', 'soil-temperature-2', 'soil-moisture-1', 'sunrise'].map((field) => ({
      id: field,
      label,
      source: { field },
    }))
    const bytes = packet((changed) => {
      changed.writeInt16LE(-40, 12)
      changed.writeUInt8(90 + 50, 26)
      changed.writeUInt8(30, 62)
      changed.writeUInt16LE(543, 91)
    })
    const [air, soil, moisture, sunrise] = measureLoop({ ...profile, channels }, parseLoop(bytes))
    expect(air?.value).toBeCloseTo(-20, 9)
    expect(soil).toMatchObject({ value: 10, unit: 'Cel' })
    expect(moisture).toMatchObject({ value: 30_000, unit: 'Pa' })
    expect(sunrise).toMatchObject({ value: 5 * 3600 + 43 * 60, unit: 's' })
  })

  it('has its fields inside the packet, one beside the other', () => {
    const taken = new Set<number>()
    for (const { at, type } of loopFields.values()) {
      for (let byte = at; byte < at + (type.endsWith('16') ? 2 : 1); byte += 1) {
        expect(byte).toBeLessThan(95)
        expect(taken.has(byte)).toBe(false)
        taken.add(byte)
      }
    }
  })

  it.each([
    [
      'with one byte changed',
      Buffer.concat([published.subarray(0, 20), Buffer.from([1]), published.subarray(21)]),
      'driver.crc',
    ],
    ['that is too short', published.subarray(0, 98), 'driver.frame'],
    ['of another type', packet((bytes) => bytes.writeUInt8(1, 4)), 'driver.frame'],
    ['that is none', Buffer.alloc(99), 'driver.frame'],
  ])('%s is a coded error', async (_what, bytes, code) => {
    expect(await codeOf(Promise.resolve().then(() => parseLoop(bytes)))).toBe(code)
  })
})

describe('A Davis console', () => {
  it('is found behind the line ends of several wake-ups', () => {
    const received = Buffer.concat([Buffer.from('\n\r\n\r\u0006'), published, Buffer.from('x')])
    expect(packetIn(received)).toMatchObject({ value: published, rest: Buffer.from('x') })
    expect(packetIn(received.subarray(0, 60))).toBeUndefined()
    expect(() => packetIn(Buffer.from('\n\r\u0018'))).toThrow(AppError)
  })

  it('that falls behind does not have an old packet taken for the next one, though a packet contains the end of a wake-up', async () => {
    const asked: string[] = []
    /** Answers that are on their way while the line is slow; they arrive in order. */
    const due: Buffer[] = []
    let isSlow = false
    const peer = new MisbehavingPeer({
      ...consolePeer,
      answer(request, value) {
        asked.push(request.toString('latin1'))
        due.push(consolePeer.answer(request, value))
        return isSlow || (asked.at(-1) === 'LOOP 1\n' && value === 1) ? Buffer.alloc(0) : Buffer.concat(due.splice(0))
      },
    })
    await peer.start()
    const driver = davis.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    try {
      await driver.open()
      peer.value = 1
      expect(await codeOf(driver.read(deviceOf(profile, 250), never))).toBe('driver.timeout')
      isSlow = true
      peer.value = 2
      const before = asked.length
      const behind = codeOf(driver.read(deviceOf(profile, 250), never))
      while (asked.length === before) await new Promise((resolve) => void setTimeout(resolve, 1))
      // The first packet comes now; the end of a wake-up inside it is not the answer to this one.
      peer.say(due.shift() ?? Buffer.alloc(0))
      expect(['driver.timeout', 'driver.frame']).toContain(await behind)
      isSlow = false
      peer.value = 3
      const [measurement] = await driver.read(deviceOf(profile, 10_000), never)
      expect(measurement?.value).toBeCloseTo(((0.3 - 32) * 5) / 9, 9)
    } finally {
      await driver.close()
      await peer.stop()
    }
  })

  it('that sleeps is woken again until it answers', async () => {
    let lineFeeds = 0
    const peer = new MisbehavingPeer({
      ...consolePeer,
      answer(request, value) {
        if (request.toString('latin1') === '\n' && (lineFeeds += 1) < 2) return Buffer.alloc(0)
        return consolePeer.answer(request, value)
      },
    })
    await peer.start()
    const driver = davis.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    try {
      await driver.open()
      expect(await driver.read(deviceOf(profile, 10_000), never)).toHaveLength(1)
      expect(lineFeeds).toBe(2)
    } finally {
      await driver.close()
      await peer.stop()
    }
  })
})
