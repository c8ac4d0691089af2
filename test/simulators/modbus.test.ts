// The simulated Modbus devices, asked by somebody else's Modbus client over real sockets.
import ModbusSerial from 'modbus-serial'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { countingAddresses, createCountingDevice } from '../../firmware-bridge/simulators/devices/counting-device.ts'
import { serveModbusTcp, type ModbusServer } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { float32Words, sparseTable, type ModbusSlave } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'

type ModbusClient = InstanceType<typeof ModbusSerial.default>

const opened: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

const held = new Map([
  [0, 0x0292],
  [1, 0xff9b],
  [2, 0x03e8],
  [3, 0x0038],
])
const volts = float32Words(230.2)
const slave: ModbusSlave = {
  holding: sparseTable(held),
  input: sparseTable(new Map(volts.entries())),
  coils: (address, count) =>
    address + count > 9 ? undefined : Array.from({ length: count }, (_, bit) => (address + bit) % 2 === 0),
  writeHolding(address, value) {
    if (!held.has(address)) return false
    held.set(address, value)
    return true
  },
}

async function serve(framing: 'tcp' | 'rtu-tcp', slaves: ReadonlyMap<number, ModbusSlave>): Promise<ModbusServer> {
  const server = await serveModbusTcp({ framing, port: 0, slaves, clock: systemClock })
  opened.push(() => server.close())
  return server
}

async function client(framing: 'tcp' | 'rtu-tcp', port: number, unitId: number): Promise<ModbusClient> {
  const modbus = new ModbusSerial.default()
  if (framing === 'tcp') await modbus.connectTCP('127.0.0.1', { port })
  // What this client calls "telnet" is bare RTU frames on a TCP stream.
  else await modbus.connectTelnet('127.0.0.1', { port })
  modbus.setID(unitId)
  modbus.setTimeout(250)
  opened.push(() => new Promise<void>((resolve) => modbus.close(() => resolve())))
  return modbus
}

/** Sends raw bytes and gives the first `length` bytes that come back. */
async function exchange(port: number, hex: string, length: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  opened.push(() => void socket.destroy())
  socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  let received = Buffer.alloc(0)
  while (received.length < length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    received = Buffer.concat([received, chunk])
  }
  return received.toString('hex')
}

describe.each(['tcp', 'rtu-tcp'] as const)('simulated devices on Modbus %s', (framing) => {
  it('answer another implementation: registers, floats, coils and writes', async () => {
    const server = await serve(framing, new Map([[1, slave]]))
    const modbus = await client(framing, server.port, 1)
    expect((await modbus.readHoldingRegisters(0, 4)).data).toEqual([0x0292, 0xff9b, 0x03e8, 0x0038])
    expect((await modbus.readInputRegisters(0, 2)).buffer.readFloatBE(0)).toBeCloseTo(230.2, 4)
    expect((await modbus.readCoils(0, 9)).data.slice(0, 9)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ])
    await modbus.writeRegister(3, 57)
    expect((await modbus.readHoldingRegisters(3, 1)).data).toEqual([57])
    await modbus.writeRegister(3, 0x38)
  })

  it('refuse what they do not have, with the right exception', async () => {
    const server = await serve(framing, new Map([[1, slave]]))
    const modbus = await client(framing, server.port, 1)
    await expect(modbus.readHoldingRegisters(3, 2)).rejects.toMatchObject({ modbusCode: 2 })
    await expect(modbus.readDiscreteInputs(0, 1)).rejects.toMatchObject({ modbusCode: 1 })
  })

  it('fall silent, refuse, and recover on demand', async () => {
    const server = await serve(framing, new Map([[1, slave]]))
    const modbus = await client(framing, server.port, 1)
    server.misbehave.set(1, { kind: 'silence' }, 1)
    await expect(modbus.readHoldingRegisters(0, 1)).rejects.toMatchObject({ name: 'TransactionTimedOutError' })
    server.misbehave.set(1, { kind: 'exception', code: 4 }, 1)
    await expect(modbus.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 4 })
    server.misbehave.set(1, { kind: 'late', delayMs: 40 })
    expect((await modbus.readHoldingRegisters(0, 1)).data).toEqual([0x0292])
    server.misbehave.clear(1)
    expect((await modbus.readHoldingRegisters(0, 1)).data).toEqual([0x0292])
    expect(server.requests()).toBe(4)
  })
})

describe('the frames of a simulated RTU device', () => {
  it("are byte for byte the vendors' published ones", async () => {
    const server = await serve('rtu-tcp', new Map([[1, slave]]))
    expect(await exchange(server.port, '01 03 00 00 00 04 44 09', 13)).toBe('0103080292ff9b03e8003857b6')
    expect(await exchange(server.port, '01 04 00 00 00 02 71 CB', 9)).toBe('010404436633335afa')
  })

  it('come with a wrong check sum or cut short when told to', async () => {
    const server = await serve('rtu-tcp', new Map([[1, slave]]))
    server.misbehave.set(1, { kind: 'wrong-crc' }, 1)
    const broken = await exchange(server.port, '01 04 00 00 00 02 71 CB', 9)
    expect(broken.slice(0, 14)).toBe('01040443663333')
    expect(broken.slice(14)).not.toBe('5afa')
    server.misbehave.set(1, { kind: 'truncated' }, 1)
    const socket = connect({ host: '127.0.0.1', port: server.port })
    opened.push(() => void socket.destroy())
    socket.write(Buffer.from('01040000000271cb', 'hex'))
    const [half] = (await once(socket, 'data')) as [Buffer]
    expect(half.toString('hex')).toBe('01040443')
  })

  it('are found behind noise and in pieces', async () => {
    const server = await serve('rtu-tcp', new Map([[1, slave]]))
    const socket = connect({ host: '127.0.0.1', port: server.port, noDelay: true })
    opened.push(() => void socket.destroy())
    socket.write(Buffer.from('ff00ff0104', 'hex'))
    await once(socket, 'connect')
    socket.write(Buffer.from('0000000271cb', 'hex'))
    const [reply] = (await once(socket, 'data')) as [Buffer]
    expect(reply.toString('hex')).toBe('010404436633335afa')
  })

  it('never come from a unit that is not on the bus, while a TCP gateway says so', async () => {
    const server = await serve('rtu-tcp', new Map([[1, slave]]))
    const modbus = await client('rtu-tcp', server.port, 9)
    await expect(modbus.readHoldingRegisters(0, 1)).rejects.toMatchObject({ name: 'TransactionTimedOutError' })
    const gateway = await serve('tcp', new Map([[1, slave]]))
    const overTcp = await client('tcp', gateway.port, 9)
    await expect(overTcp.readHoldingRegisters(0, 1)).rejects.toMatchObject({ modbusCode: 11 })
  })
})

describe('the counting device', () => {
  it('never serves a value twice and tells which it served', async () => {
    const device = createCountingDevice()
    const server = await serve('tcp', new Map([[1, device.slave]]))
    const modbus = await client('tcp', server.port, 1)
    const seen: number[] = []
    for (let read = 0; read < 20; read += 1) {
      seen.push((await modbus.readHoldingRegisters(countingAddresses.uint32, 2)).buffer.readUInt32BE(0))
      seen.push((await modbus.readInputRegisters(countingAddresses.float64, 4)).buffer.readDoubleBE(0))
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(device.served()).toEqual(seen)
    device.freeze()
    await expect(modbus.readHoldingRegisters(countingAddresses.uint32, 2)).rejects.toMatchObject({ modbusCode: 2 })
    expect(device.served()).toHaveLength(40)
  })
})
