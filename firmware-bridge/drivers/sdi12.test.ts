import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { Driver } from '../driver.ts'
import { codeOf, describeDriver } from './driver-contract.ts'
import { MisbehavingPeer, type PeerProtocol } from './misbehaving-peer.ts'
import { isIdentification, parseStart, parseValues } from './sdi12-lines.ts'
import type { Sdi12Address, Sdi12Channel, Sdi12Profile } from './sdi12-schemas.ts'
import { sdi12 } from './sdi12.ts'
import { vaisalaCrc } from './vaisala-line.ts'

const label = { ja: '水位', en: 'Level' }
const never = new AbortController().signal
const noReading = -9999
const level: Sdi12Channel = { id: 'level', label, source: { value: 1 }, unit: 'm', invalid: [noReading] }
const profile: Sdi12Profile = { id: 'level-probe', driver: 'sdi-12', label, sdi12: { crc: true }, channels: [level] }
const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1')
const withCrc = (body: string) => line(body + vaisalaCrc(body))
const signed = (value: number) => (value < 0 ? String(value) : `+${value}`)

/** Commands end with `!`; whatever line end a bridge asks for comes before the next one. */
function nextCommand(received: Buffer) {
  const end = received.indexOf('!')
  if (end < 0) return undefined
  const request = Buffer.from(received.toString('latin1', 0, end + 1).trim(), 'latin1')
  return { request, rest: received.subarray(end + 1) }
}

const sensorPeer: PeerProtocol = {
  next: nextCommand,
  answer(request, value) {
    const command = request.toString('latin1')
    if (command === '0I!') return line('013VENDOR  LEVEL 100serial')
    if (command === '0MC!') return line('00003')
    return withCrc(`0${signed(value)}${signed(value)}${signed(value)}`)
  },
  refuse: () => Buffer.alloc(0),
  spoil: (answer) => (answer.length > 8 ? Buffer.concat([answer.subarray(0, -3), Buffer.from('~\r\n')]) : answer),
  malformed: line('what?'),
}

const deviceOf = (of: Sdi12Profile, timeoutMs: number) => ({
  id: 'probe',
  address: { char: '0' },
  profile: of,
  timeoutMs,
})

describeDriver({
  name: 'sdi-12',
  peer: () => new MisbehavingPeer(sensorPeer),
  driver: (peer, dependencies) => sdi12.create({ host: '127.0.0.1', port: peer.port }, dependencies),
  device: (_peer, timeoutMs) => deviceOf(profile, timeoutMs),
  several: (_peer, timeoutMs) =>
    deviceOf(
      { ...profile, channels: [3, 1, 2].map((value) => ({ ...level, id: `value-${value}`, source: { value } })) },
      timeoutMs,
    ),
  noReading: {
    say: (peer) => void (peer.value = noReading),
    device: (_peer, timeoutMs) => deviceOf(profile, timeoutMs),
    reason: 'sensor-fault',
  },
  expected: (value) => value,
  codes: {
    silent: 'driver.timeout',
    truncated: 'driver.frame',
    malformed: 'driver.frame',
    'wrong-check-sum': 'driver.crc',
  },
  away: 'driver.connection',
})

describe('SDI-12 answers', () => {
  it('start a measurement: seconds and number of values, for M and for C', () => {
    expect(parseStart('00013', '0')).toEqual({ seconds: 1, count: 3 })
    expect(parseStart('z03012', 'z')).toEqual({ seconds: 30, count: 12 })
  })

  it('carry values with their signs, and the CRC of the SDI-12 manual (0+3.14OqZ)', () => {
    expect(parseValues('0+312+0.4', '0', false)).toEqual([312, 0.4])
    expect(parseValues('0-1.5+.25-0', '0', false)).toEqual([-1.5, 0.25, -0])
    expect(parseValues('0+3.14OqZ', '0', true)).toEqual([3.14])
    expect(parseValues('0', '0', false)).toEqual([])
  })

  it.each([
    ['another sensor', () => parseStart('10013', '0'), 'driver.frame'],
    ['no start', () => parseStart('0+1', '0'), 'driver.frame'],
    ['no value', () => parseValues('0+1,5', '0', false), 'driver.frame'],
    ['two points', () => parseValues('0+1.2.3', '0', false), 'driver.frame'],
    ['a wrong CRC', () => parseValues('0+3.15OqZ', '0', true), 'driver.crc'],
  ])('that are %s are coded errors', async (_what, parse, code) => {
    expect(await codeOf(Promise.resolve().then(() => parse()))).toBe(code)
  })

  it('identify a sensor', () => {
    expect(isIdentification('013CAMPBELLCS451 100SN12345', '0')).toBe(true)
    expect(isIdentification('00013', '0')).toBe(false)
    expect(isIdentification('113CAMPBELLCS451 100', '0')).toBe(false)
  })
})

describe('An SDI-12 read', () => {
  let asked: string[]
  let answers: Record<string, Buffer>
  let peer: MisbehavingPeer
  let driver: Driver<Sdi12Address, Sdi12Profile>

  beforeEach(async () => {
    asked = []
    answers = {}
    peer = new MisbehavingPeer({
      ...sensorPeer,
      answer(request) {
        asked.push(request.toString('latin1'))
        return answers[request.toString('latin1')] ?? Buffer.alloc(0)
      },
    })
    await peer.start()
    driver = sdi12.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    await driver.open()
  })

  afterEach(async () => {
    await driver.close()
    await peer.stop()
  })

  const plain: Sdi12Profile = { ...profile, sdi12: { crc: false } }
  const read = (of: Sdi12Profile, timeoutMs = 10_000) => driver.read(deviceOf(of, timeoutMs), never)

  it('waits for the service request, which ends the wait before its time, and asks on until all values are there', async () => {
    answers = {
      // Nine hundred seconds, but the request comes with the next bytes.
      '0M!': Buffer.concat([line('09003'), line('0')]),
      '0D0!': line('0+1.5'),
      '0D1!': line('0+2.5-3'),
    }
    const channels = [1, 2, 3].map((value) => ({ ...level, id: `value-${value}`, source: { value } }))
    const measurements = await read({ ...plain, channels })
    expect(measurements.map(({ value }) => value)).toEqual([1.5, 2.5, -3])
    expect(asked).toEqual(['0M!', '0D0!', '0D1!'])
  })

  it('goes on when the time is over and no service request came', async () => {
    answers = { '0M!': line('00011'), '0D0!': line('0+7') }
    expect(await read(plain)).toMatchObject([{ value: 7, quality: 'good' }])
  })

  it('gives up at its own time limit, and says how long that was', async () => {
    answers = { '0M!': line('09991'), '0D0!': line('0+7') }
    expect(await codeOf(read(plain, 100))).toBe('driver.timeout')
    expect(asked).toEqual(['0M!'])
  })

  it('takes several measurements of one sensor, each once', async () => {
    answers = {
      '0C!': line('000002'),
      '0D0!': line('0+1+2'),
      '0R0!': line('0+9'),
    }
    const channels: Sdi12Channel[] = [
      { ...level, id: 'continuous', source: { command: 'R0', value: 1 } },
      { ...level, id: 'second', source: { command: 'C', value: 2 } },
      { ...level, id: 'first', source: { command: 'C', value: 1 } },
    ]
    expect((await read({ ...plain, channels })).map(({ value }) => value)).toEqual([9, 2, 1])
    expect(asked).toEqual(['0R0!', '0C!', '0D0!'])
  })

  it('asks with check sums by aMC!, aCC1! and aRC0!', async () => {
    answers = { '0CC1!': line('000001'), '0D0!': withCrc('0+4'), '0RC0!': withCrc('0+5') }
    const channels: Sdi12Channel[] = [
      { ...level, source: { command: 'C1', value: 1 } },
      { ...level, id: 'b', source: { command: 'R0', value: 1 } },
    ]
    expect((await read({ ...profile, channels })).map(({ value }) => value)).toEqual([4, 5])
  })

  it('makes a value that the sensor does not have bad, and a sensor that breaks off an exception', async () => {
    answers = { '0M!': line('00001'), '0D0!': line('0+4') }
    const channels = [level, { ...level, id: 'fourth', source: { value: 4 } }]
    expect(await read({ ...plain, channels })).toMatchObject([
      { value: 4, quality: 'good' },
      { channel: 'fourth', value: null, unit: 'm', quality: 'bad', reason: 'exception' },
    ])
    answers = { '0M!': line('00002'), '0D0!': line('0') }
    expect(await codeOf(read(plain))).toBe('driver.exception')
  })

  it('fits a bridge that echoes commands and wants them ended by a carriage return', async () => {
    await driver.close()
    const settings = { host: '127.0.0.1', port: peer.port, lineEnd: 'cr', echo: true } as const
    driver = sdi12.create(settings, { clock: systemClock, log: silentLog })
    await driver.open()
    answers = { '0M!': line('0M!00001'), '0D0!': Buffer.concat([line('0D0!'), line('0+4')]) }
    expect(await read(plain)).toMatchObject([{ value: 4 }])
  })
})
