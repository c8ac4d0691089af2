import fc from 'fast-check'
import { createSocket } from 'node:dgram'
import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { loadProfile } from '../profile-loader.ts'
import type { SnmpProfile } from '../profile-schema.ts'
import { codeOf, describeDriver } from './driver-contract.ts'
import { SnmpPeer, valueOid } from './snmp-peer.ts'
import { counterDelta, intervalBetween } from './snmp-rates.ts'
import { measureSnmp, sysUpTime } from './snmp-values.ts'
import type { SnmpValue } from './snmp-session.ts'
import { snmp } from './snmp.ts'

const label = { ja: '値', en: 'Value' }
const never = new AbortController().signal
const profile: SnmpProfile = {
  id: 'one-object',
  driver: 'snmp',
  label,
  channels: [{ id: 'value', label, source: { oid: `${valueOid}.0` }, unit: 'count' }],
}
const uptime = { id: 'uptime', label, source: { oid: sysUpTime }, scale: 0.01, unit: 's' } as const
const severalProfile: SnmpProfile = {
  ...profile,
  channels: [uptime, ...profile.channels, { ...uptime, id: 'state', scale: 1, unit: '/' }],
}
/** A state without a code in the profile is no reading. */
const codedProfile: SnmpProfile = {
  ...profile,
  channels: [{ id: 'value', label, source: { oid: `${valueOid}.0` }, unit: '/', codes: { 1: 1, 2: 0 } }],
}
const addressOf = ({ port }: SnmpPeer) => ({ host: '127.0.0.1', port })

describeDriver({
  name: 'snmp (v2c)',
  peer: () => new SnmpPeer(),
  driver: (_peer, dependencies) => snmp.create({ version: '2c', community: 'public' }, dependencies),
  device: (peer, timeoutMs) => ({ id: 'ap', address: { host: '127.0.0.1', port: peer.port }, profile, timeoutMs }),
  several: (peer, timeoutMs) => ({ id: 'ap', address: addressOf(peer), profile: severalProfile, timeoutMs }),
  noReading: {
    say: (peer) => void (peer.value = 4),
    device: (peer, timeoutMs) => ({ id: 'ap', address: addressOf(peer), profile: codedProfile, timeoutMs }),
    reason: 'sensor-fault',
  },
  expected: (value) => value,
  codes: { silent: 'driver.timeout', truncated: 'driver.frame', malformed: 'driver.frame' },
  away: 'driver.timeout',
})

describe('An SNMP read', () => {
  it('makes an object that the agent does not have a bad measurement', async () => {
    const peer = new SnmpPeer()
    await peer.start()
    const driver = snmp.create({ version: '2c', community: 'public' }, { clock: systemClock, log: silentLog })
    await driver.open()
    const absent: SnmpProfile = {
      ...profile,
      channels: [...profile.channels, { id: 'absent', label, source: { oid: '1.3.6.1.2.1.99.1.0' }, unit: 'count' }],
    }
    const address = { host: '127.0.0.1', port: peer.port }
    const measurements = await driver.read({ id: 'ap', address, profile: absent, timeoutMs: 10_000 }, never)
    await driver.close()
    await peer.stop()
    expect(measurements).toMatchObject([
      { channel: 'value', value: 0, quality: 'good' },
      { channel: 'absent', value: null, quality: 'bad', reason: 'exception' },
    ])
  })

  it('survives any datagram as an answer', async () => {
    const server = createSocket('udp4')
    await new Promise<void>((resolve) => void server.bind(0, '127.0.0.1', resolve))
    let answer: (request: Buffer) => Buffer = () => Buffer.alloc(0)
    server.on('message', (request, client) => server.send(answer(request), client.port, client.address))
    const driver = snmp.create({ version: '2c', community: 'public' }, { clock: systemClock, log: silentLog })
    await driver.open()
    const address = { host: '127.0.0.1', port: server.address().port }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), fc.nat(), fc.nat(255), async (bytes, at, byte) => {
        answer = (request) => {
          if (bytes.length % 2 === 0) return Buffer.from(bytes)
          const echoed = Buffer.from(request)
          echoed[at % echoed.length] = byte
          return echoed
        }
        const code = await codeOf(driver.read({ id: 'ap', address, profile, timeoutMs: 15 }, never))
        expect(['driver.frame', 'driver.timeout', 'driver.exception']).toContain(code)
      }),
      { numRuns: 60 },
    )
    await driver.close()
    server.close()
  })

  it('refuses privacy without authentication by a coded error', async () => {
    const priv = { protocol: 'aes', password: 'long enough' } as const
    const driver = snmp.create({ version: '3', user: 'musubi', priv }, { clock: systemClock, log: silentLog })
    await driver.open()
    const address = { host: '127.0.0.1' }
    expect(await codeOf(driver.read({ id: 'ap', address, profile, timeoutMs: 1000 }, never))).toBe('config.invalid')
    await driver.close()
  })
})

describe('The rate of a counter', () => {
  const at = (uptimeTicks: number, monotonicMs: number) => ({ uptimeTicks, monotonicMs, counters: new Map() })

  it('goes by the time of the agent', () => {
    expect(intervalBetween(at(1000, 0), at(3000, 19_000))).toEqual({ kind: 'elapsed', seconds: 20 })
  })

  it('is a reset when sysUpTime went backwards, but not over its wrap of 497 days', () => {
    expect(intervalBetween(at(500_000, 0), at(300, 10_000))).toEqual({ kind: 'reset' })
    expect(intervalBetween(at(2 ** 32 - 500, 0), at(500, 10_000))).toEqual({ kind: 'elapsed', seconds: 10 })
    expect(intervalBetween(undefined, at(1, 1))).toEqual({ kind: 'none' })
  })

  it('is a reset when the agent restarted long ago and has been up for longer again than at the earlier read', () => {
    expect(intervalBetween(at(100_000, 0), at(150_000, 2_000_000))).toEqual({ kind: 'reset' })
    expect(intervalBetween(at(100_000, 0), at(300_000, 2_000_000))).toEqual({ kind: 'elapsed', seconds: 2000 })
  })

  it('counts over the wrap of 32 and 64 bits, and knows a cleared counter', () => {
    expect(counterDelta(2n ** 32n - 10n, 20n, 32)).toBe(30n)
    expect(counterDelta(2n ** 64n - 10n, 20n, 64)).toBe(30n)
    expect(counterDelta(1_000_000n, 0n, 64)).toBeUndefined()
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 62n }), (from, step) => {
        expect(counterDelta(from, BigInt.asUintN(64, from + step), 64)).toBe(step)
      }),
    )
  })
})

describe('An access point by IF-MIB and UniFi', () => {
  const ifName = '1.3.6.1.2.1.31.1.1.1.1'
  const rx = '1.3.6.1.2.1.31.1.1.1.6'
  const tx = '1.3.6.1.2.1.31.1.1.1.10'
  const stations = '1.3.6.1.4.1.41112.1.6.1.2.1.8'
  const radio = '1.3.6.1.4.1.41112.1.6.1.2.1.9'
  const up = '1.3.6.1.4.1.41112.1.6.1.2.1.22'
  const table = (rows: Record<string, SnmpValue>) => new Map(Object.entries(rows))

  async function read(uptime: number, octets: SnmpValue, before: Parameters<typeof measureSnmp>[1]['before']) {
    const ap = await loadProfile('if-mib-unifi-ap')
    if (ap.driver !== 'snmp') throw new Error('no SNMP profile')
    const tables = new Map<string, ReadonlyMap<string, SnmpValue>>([
      [ifName, table({ '1': 'lo', '2': 'eth0' })],
      ['1.3.6.1.2.1.2.2.1.8', table({ '1': 1, '2': 1 })],
      [rx, table({ '1': 999_999n, '2': octets })],
      [tx, table({ '1': 999_999n, '2': octets })],
      [stations, table({ '1': 5, '2': 7, '3': 100 })],
      [radio, table({ '1': 'ng', '2': 'na', '3': 'na' })],
      [up, table({ '1': 1, '2': 1, '3': 2 })],
    ])
    const result = measureSnmp(ap, {
      scalars: table({ [sysUpTime]: uptime }),
      tables,
      monotonicMs: uptime * 10,
      before,
    })
    return { ...result, byId: new Map(result.measurements.map((entry) => [entry.channel, entry])) }
  }

  it('gives uptime, link, stations of the networks that are up, and rates in bit/s from the second read on', async () => {
    const first = await read(10_000, 2n ** 64n - 1000n, undefined)
    expect(first.byId.get('uptime')).toMatchObject({ value: 100, unit: 's' })
    expect(first.byId.get('uplink-up')).toMatchObject({ value: 1 })
    expect(first.byId.get('clients')).toMatchObject({ value: 12, unit: 'count' })
    expect(first.byId.get('clients-2g')).toMatchObject({ value: 5 })
    expect(first.byId.has('rx-rate')).toBe(false)
    expect(first.byId.get('rx-error-rate')).toMatchObject({ quality: 'bad', reason: 'exception' })
    const before = { uptimeTicks: 10_000, monotonicMs: 100_000, counters: first.counters }
    const second = await read(11_000, 9000n, before)
    expect(second.byId.get('rx-rate')).toMatchObject({ value: 8000, unit: 'bit/s', quality: 'good' })
    const spoilt = await read(11_000, 'many', before)
    expect(spoilt.byId.get('rx-rate')).toMatchObject({ value: null, quality: 'bad', reason: 'frame' })
    expect(spoilt.byId.get('clients')).toMatchObject({ value: 12, quality: 'good' })
    const restarted = await read(100, 10n, before)
    expect(restarted.byId.get('rx-rate')).toMatchObject({ value: null, unit: 'bit/s', quality: 'bad', reason: 'reset' })
  })
})
