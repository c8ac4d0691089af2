import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Driver, DriverDiscard, Measurement } from '../driver.ts'
import type { LineProfile } from '../profile-schema.ts'
import { codeOf, describeDriver } from './driver-contract.ts'
import { line } from './line.ts'
import { MisbehavingPeer, type PeerProtocol } from './misbehaving-peer.ts'
import { nmeaCheckSum } from './nmea-xdr.ts'

const label = { ja: '気温', en: 'Air temperature' }
const never = new AbortController().signal
const vaisalaProfile: LineProfile = {
  id: 'thermometer',
  driver: 'line',
  label,
  line: { protocol: 'vaisala-ascii', mode: 'polled' },
  channels: [{ id: 'air-temperature', label, source: { key: 'Ta', units: { C: 'degC' } } }],
}
const severalProfile: LineProfile = {
  ...vaisalaProfile,
  channels: [
    { id: 'supply-voltage', label, source: { key: 'Vs', units: { V: 'V' } } },
    ...vaisalaProfile.channels,
    { id: 'humidity', label, source: { key: 'Ua', units: { P: '%RH' } } },
  ],
}
const nmeaProfile: LineProfile = {
  ...vaisalaProfile,
  line: { protocol: 'nmea-xdr', mode: 'automatic', silenceS: 60 },
  channels: [{ id: 'air-temperature', label, source: { type: 'C', transducer: '0', units: { C: 'degC' } } }],
}

const text = (line: string) => Buffer.from(`${line}\r\n`, 'latin1')
const noReading = -999
const reading = (value: number) => (value === noReading ? '000.0#' : `${value.toFixed(1)}C`)
const vaisalaPeer: PeerProtocol = {
  next(received) {
    const end = received.indexOf('\r\n')
    return end < 0 ? undefined : { request: received.subarray(0, end), rest: received.subarray(end + 2) }
  },
  answer: (request, value) =>
    text(request.toString() === '0' ? '0' : `0R0,Ta=${reading(value)},Ua=50.0P,Vs=12.0V,Id=X`),
  refuse: () => text('0TX,Unknown cmd error'),
  spoil: () => text('0r0,Ta=1.0Cxxx'),
  malformed: text('\u0000garbage'),
}

describeDriver({
  name: 'line (Vaisala, polled)',
  peer: () => new MisbehavingPeer(vaisalaPeer),
  driver: (peer, dependencies) => line.create({ host: '127.0.0.1', port: peer.port }, dependencies),
  device: (_peer, timeoutMs) => ({ id: 'wxt', address: { char: '0' }, profile: vaisalaProfile, timeoutMs }),
  several: (_peer, timeoutMs) => ({ id: 'wxt', address: { char: '0' }, profile: severalProfile, timeoutMs }),
  noReading: {
    say: (peer) => void (peer.value = noReading),
    device: (_peer, timeoutMs) => ({ id: 'wxt', address: { char: '0' }, profile: vaisalaProfile, timeoutMs }),
    reason: 'sensor-fault',
  },
  expected: (value) => value,
  codes: {
    silent: 'driver.timeout',
    truncated: 'driver.frame',
    malformed: 'driver.frame',
    'wrong-check-sum': 'driver.crc',
    refusing: 'driver.exception',
  },
  away: 'driver.connection',
})

function xdr(value: string): string {
  const body = `WIXDR,C,${value},C,0`
  return `$${body}*${nmeaCheckSum(body).toString(16).toUpperCase().padStart(2, '0')}`
}

describe('A line device that speaks by itself', () => {
  const peer = () => new MisbehavingPeer(vaisalaPeer)
  let station: MisbehavingPeer
  let driver: Driver<unknown, unknown>
  let discards: DriverDiscard[]
  const device = (timeoutMs: number) => ({ id: 'station', address: {}, profile: nmeaProfile, timeoutMs })

  beforeEach(async () => {
    discards = []
    station = peer()
    await station.start()
    driver = line.create(
      { host: '127.0.0.1', port: station.port },
      { clock: systemClock, log: silentLog, onDiscard: (reason) => void discards.push(reason) },
    )
    await driver.open()
    while (station.connections === 0) await new Promise((resolve) => void setTimeout(resolve, 1))
  })

  afterEach(async () => {
    await driver.close()
    await station.stop()
  })

  /** Reads until this many measurements have come: lines take turns of the event loop to arrive. */
  async function collect(count: number): Promise<readonly Measurement[]> {
    const all: Measurement[] = []
    while (all.length < count) {
      all.push(...(await driver.read(device(10_000), never)))
      await new Promise((resolve) => void setTimeout(resolve, 1))
    }
    return all
  }

  it('is heard between reads too: every line counts, each with the time when it came', async () => {
    const before = Date.now()
    const first = driver.read(device(10_000), never)
    station.say(text(xdr('20.5')))
    expect(await first).toMatchObject([{ channel: 'air-temperature', value: 20.5, unit: 'Cel' }])
    station.say(text(xdr('20.6')))
    station.say(text(xdr('20.7')))
    const later = await collect(2)
    expect(later.map(({ value }) => value)).toEqual([20.6, 20.7])
    for (const { timeMs } of later) expect(timeMs).toBeGreaterThanOrEqual(before)
  })

  it('gives an empty read, and no time-out, while its silence is within what its profile allows', async () => {
    const first = driver.read(device(10_000), never)
    station.say(text(xdr('20.5')))
    await first
    expect(await driver.read(device(10_000), never)).toEqual([])
  })

  it('is a time-out when it was never heard', async () => {
    expect(await codeOf(driver.read(device(50), never))).toBe('driver.timeout')
  })

  it('with a wrong check sum is a coded, counted fault, and is read again after it', async () => {
    const pending = codeOf(driver.read(device(10_000), never))
    station.say(text(xdr('20.5').replace('20.5', '29.5')))
    expect(await pending).toBe('driver.crc')
    expect(discards).toContain('check-sum')
    const next = driver.read(device(10_000), never)
    station.say(text(xdr('20.6')))
    expect(await next).toMatchObject([{ value: 20.6 }])
  })

  it('that floods without a line end is bounded and counted', async () => {
    const first = driver.read(device(10_000), never)
    station.say(Buffer.alloc(200_000, 0x41))
    station.say(text(''))
    station.say(text(xdr('20.5')))
    expect(await first).toMatchObject([{ value: 20.5 }])
    expect(discards).toContain('overflow')
  })
})
