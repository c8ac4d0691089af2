import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { DriverDependencies, DriverDevice, DriverFactory } from '../driver.ts'
import { loadProfile } from '../profile-loader.ts'
import type { ModbusChannel, ModbusProfile } from '../profile-schema.ts'
import { codeOf, describeDriver } from './driver-contract.ts'
import { MisbehavingPeer, type PeerProtocol } from './misbehaving-peer.ts'
import type { ModbusAddress, modbusTcpSchemas } from './modbus-schemas.ts'
import { mbapPeer, rtuPeer } from './modbus-peer.ts'
import { withCrc } from './modbus-framing.ts'
import { modbusRtuTcp } from './modbus-rtu-tcp.ts'
import { modbusTcp } from './modbus-tcp.ts'

const label = { ja: '値', en: 'Value' }
const noReading = 32_767
const value: ModbusChannel = {
  id: 'value',
  label,
  source: { table: 'holding', address: 10, type: 'int16' },
  scale: 0.1,
  unit: 'm',
  invalid: [noReading],
}
const profile: ModbusProfile = { id: 'one-register', driver: 'modbus', label, channels: [value] }
/** Three tables and addresses that do not rise, so that the requests have another order than the channels. */
const scattered: ModbusProfile = {
  ...profile,
  channels: [
    { ...value, id: 'last', source: { table: 'input', address: 900, type: 'int16' } },
    { ...value, id: 'first', source: { table: 'holding', address: 3, type: 'uint16' } },
    { ...value, id: 'between', source: { table: 'input', address: 4, type: 'int16' } },
    { ...value, id: 'bit', unit: '/', scale: 1, source: { table: 'coil', address: 1, type: 'bit' } },
  ],
}
const never = new AbortController().signal

function device(timeoutMs: number, of: ModbusProfile = profile): DriverDevice<ModbusAddress, ModbusProfile> {
  return { id: 'probe', address: { unitId: 1 }, profile: of, timeoutMs }
}

function contractOf(factory: DriverFactory<typeof modbusTcpSchemas>, protocol: PeerProtocol) {
  return {
    name: factory.type,
    peer: () => new MisbehavingPeer(protocol),
    driver: (peer: MisbehavingPeer, dependencies: DriverDependencies) =>
      factory.create({ host: '127.0.0.1', port: peer.port }, dependencies),
    device: (_peer: MisbehavingPeer, timeoutMs: number) => device(timeoutMs),
    several: (_peer: MisbehavingPeer, timeoutMs: number) => device(timeoutMs, scattered),
    noReading: {
      say: (peer: MisbehavingPeer) => void (peer.value = noReading),
      device: (_peer: MisbehavingPeer, timeoutMs: number) => device(timeoutMs),
      reason: 'sensor-fault' as const,
    },
    expected: (value: number) => value / 10,
    away: 'driver.connection' as const,
  }
}

describeDriver({
  ...contractOf(modbusRtuTcp, rtuPeer),
  codes: {
    silent: 'driver.timeout',
    truncated: 'driver.frame',
    malformed: 'driver.frame',
    'wrong-check-sum': 'driver.crc',
    refusing: 'driver.exception',
  },
})

describeDriver({
  ...contractOf(modbusTcp, mbapPeer),
  codes: {
    silent: 'driver.timeout',
    truncated: 'driver.frame',
    malformed: 'driver.frame',
    refusing: 'driver.exception',
  },
})

describe('A Modbus device that ignores requests for registers that it does not have', () => {
  it('is read again after a silence, though the request that would show its answers in order stays unanswered', async () => {
    const ignoring: PeerProtocol = {
      ...rtuPeer,
      answer: (request, value) => (request.readUInt16BE(4) === 1 ? rtuPeer.answer(request, value) : Buffer.alloc(0)),
    }
    const peer = new MisbehavingPeer(ignoring)
    await peer.start()
    const driver = modbusRtuTcp.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    try {
      await driver.open()
      peer.mode = 'silent'
      expect(await codeOf(driver.read(device(30), never))).toBe('driver.timeout')
      peer.mode = 'right'
      peer.value = 12
      const outcomes: string[] = []
      while (outcomes.length < 50 && outcomes.at(-1) !== 'read') {
        outcomes.push(
          await driver.read(device(200), never).then(
            () => 'read',
            () => 'failed',
          ),
        )
      }
      expect(outcomes.at(-1)).toBe('read')
      expect(await driver.read(device(10_000), never)).toMatchObject([{ value: 1.2, quality: 'good' }])
    } finally {
      await driver.close()
      await peer.stop()
    }
  })
})

/** A peer that knows a fixed set of request and reply frames, in hexadecimal. */
function scripted(frames: Readonly<Record<string, string>>): PeerProtocol {
  return {
    ...rtuPeer,
    answer: (request) => Buffer.from(frames[request.toString('hex')] ?? '', 'hex'),
  }
}

async function readScripted(frames: Readonly<Record<string, string>>, id: string) {
  const peer = new MisbehavingPeer(scripted(frames))
  await peer.start()
  const driver = modbusRtuTcp.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
  try {
    await driver.open()
    const loaded = await loadProfile(id)
    if (loaded.driver !== 'modbus') throw new Error(`${id} is no Modbus profile`)
    const measurements = await driver.read(device(10_000, loaded), never)
    return new Map(measurements.map((entry) => [entry.channel, entry]))
  } finally {
    await driver.close()
    await peer.stop()
  }
}

describe('Modbus devices answer with their published frames:', () => {
  it('SEN0604 soil probe: 65.8 %, -10.1 degC, 1000 uS/cm, pH 5.6', async () => {
    const soil = await readScripted({ '0103000000044409': '0103080292ff9b03e8003857b6' }, 'soil-4in1')
    expect(soil.get('soil-moisture')).toMatchObject({ value: 0.658, unit: '/', quality: 'good' })
    expect(soil.get('soil-temperature')).toMatchObject({ value: -10.1, unit: 'Cel', quality: 'good' })
    expect(soil.get('soil-ec')).toMatchObject({ value: 0.1, unit: 'S/m', quality: 'good' })
    expect(soil.get('soil-ph')).toMatchObject({ value: 5.6, unit: 'pH', quality: 'good' })
  })

  it.each([
    // unit code, decimals, value → metres
    [8, 1, 123, 0.0123],
    [7, 3, 123, 0.123],
    [1, 2, 123, 1.23 * 0.101971621298],
    [8, 0, -5, -0.005],
  ])('QDY30A level probe: unit %i, %i decimals, %i is %d m', async (unit, decimals, value, metres) => {
    const data = Buffer.alloc(6)
    data.writeUInt16BE(unit, 0)
    data.writeUInt16BE(decimals, 2)
    data.writeInt16BE(value, 4)
    const level = await readScripted(
      frame('010300020003', Buffer.concat([Buffer.from('010306', 'hex'), data])),
      'qdy30a-level',
    )
    expect(level.get('water-level')?.value).toBeCloseTo(metres, 10)
    expect(level.get('water-level')).toMatchObject({ unit: 'm', quality: 'good' })
  })

  it.each([
    ['an unknown unit code', '010306000c0001007b'],
    ['an impossible number of decimals', '01030600080009007b'],
  ])('QDY30A level probe: %s is a sensor fault', async (_fault, reply) => {
    const level = await readScripted(frame('010300020003', Buffer.from(reply, 'hex')), 'qdy30a-level')
    expect(level.get('water-level')).toMatchObject({ value: null, quality: 'bad', reason: 'sensor-fault' })
  })

  it('QDY30A with temperature: register 6 in tenths, its marks for no reading are a sensor fault', async () => {
    const warm = await readScripted(
      frame('010300020005', Buffer.from('01030a00080000007b0000fff6', 'hex')),
      'qdy30a-level-temperature',
    )
    expect(warm.get('water-temperature')).toMatchObject({ value: -1, unit: 'Cel', quality: 'good' })
    const broken = await readScripted(
      frame('010300020005', Buffer.from('01030a00080000007b00007fff', 'hex')),
      'qdy30a-level-temperature',
    )
    expect(broken.get('water-temperature')).toMatchObject({ quality: 'bad', reason: 'sensor-fault' })
    expect(broken.get('water-level')).toMatchObject({ value: 0.123, quality: 'good' })
  })

  it('SDM120: 230.2 V, 38.25 W and 1234.5 kWh, and NaN as a sensor fault', async () => {
    const floats = (from: number, count: number, values: Readonly<Record<number, number>>) => {
      const data = Buffer.alloc(count * 2)
      for (const [address, value] of Object.entries(values)) data.writeFloatBE(value, (Number(address) - from) * 2)
      return Buffer.concat([Buffer.from([1, 4, data.length]), data])
    }
    const meter = await readScripted(
      {
        ...frame('010400000020', floats(0, 0x20, { 0: 230.2, 6: Number.NaN, 0x0c: 38.25 })),
        ...frame('010400460006', floats(0x46, 6, { 0x46: 50 })),
        ...frame('010401560002', Buffer.from('010404449a5000', 'hex')),
      },
      'eastron-sdm120',
    )
    expect(meter.get('voltage')?.value).toBeCloseTo(230.2, 4)
    expect(meter.get('active-power')).toMatchObject({ value: 38.25, unit: 'W', quality: 'good' })
    expect(meter.get('total-energy')).toMatchObject({ value: 1234.5 * 3_600_000, unit: 'J', quality: 'good' })
    expect(meter.get('current')).toMatchObject({ value: null, unit: 'A', quality: 'bad', reason: 'sensor-fault' })
  })
})

/** A request and its reply, both given without their CRC. */
function frame(request: string, reply: Buffer): Record<string, string> {
  return { [withCrc(Buffer.from(request, 'hex')).toString('hex')]: withCrc(reply).toString('hex') }
}

describe('A Modbus read of several blocks', () => {
  it('makes only the channels of a refused block bad', async () => {
    const protocol: PeerProtocol = {
      ...rtuPeer,
      answer: (request, value) => (request[1] === 4 ? rtuPeer.refuse(request) : rtuPeer.answer(request, value)),
    }
    const peer = new MisbehavingPeer(protocol)
    peer.value = 12
    await peer.start()
    const driver = modbusRtuTcp.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    await driver.open()
    const mixed: ModbusProfile = {
      ...profile,
      channels: [
        ...profile.channels,
        { id: 'other', label, source: { table: 'input', address: 0, type: 'uint16' }, unit: 'V' },
      ],
    }
    const measurements = await driver.read(device(10_000, mixed), never)
    await driver.close()
    await peer.stop()
    expect(measurements).toMatchObject([
      { channel: 'value', value: 1.2, quality: 'good' },
      { channel: 'other', value: null, unit: 'V', quality: 'bad', reason: 'exception' },
    ])
  })

  it('refuses a TCP reply with fewer registers than were asked for, whatever its byte count says', async () => {
    const peer = new MisbehavingPeer({
      ...mbapPeer,
      answer: (request) => Buffer.concat([request.subarray(0, 4), Buffer.from('00040103020c', 'hex')]),
    })
    await peer.start()
    const driver = modbusTcp.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    await driver.open()
    expect(await codeOf(driver.read(device(10_000), never))).toBe('driver.frame')
    await driver.close()
    await peer.stop()
  })

  it('reports a gateway whose device does not answer (exception 0B) as a time-out', async () => {
    const peer = new MisbehavingPeer({
      ...mbapPeer,
      answer: (request) =>
        Buffer.concat([request.subarray(0, 4), Buffer.from([0, 3, request[6] ?? 0, (request[7] ?? 0) | 0x80, 0x0b])]),
    })
    await peer.start()
    const driver = modbusTcp.create({ host: '127.0.0.1', port: peer.port }, { clock: systemClock, log: silentLog })
    await driver.open()
    expect(await codeOf(driver.read(device(10_000), never))).toBe('driver.timeout')
    await driver.close()
    await peer.stop()
  })
})
