// The whole simulated field over its real protocols, and its faults, asked by other implementations.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import ModbusSerial from 'modbus-serial'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../broker/contract/ports.ts'
import { startAccessPointAgent } from '../../firmware-bridge/simulators/devices/access-point-agent.ts'
import { startField, type Field } from '../../firmware-bridge/simulators/field.ts'
import { snmpCommunity } from '../../firmware-bridge/simulators/kimitsu.ts'

interface Varbind {
  readonly oid: string
  readonly type: number
  readonly value: number | Buffer
}
interface Session {
  get(oids: readonly string[], callback: (error: Error | null, varbinds: readonly Varbind[]) => void): void
  subtree(oid: string, feed: (varbinds: readonly Varbind[]) => void, done: (error: Error | null) => void): void
  close(): void
}
const snmp = createRequire(import.meta.url)('net-snmp') as {
  createSession(host: string, community: string, options: object): Session
  createV3Session(host: string, user: object, options: object): Session
  readonly SecurityLevel: { readonly authPriv: number }
  readonly AuthProtocols: { readonly sha: number }
  readonly PrivProtocols: { readonly aes: number }
  readonly Version2c: number
  readonly ObjectType: Readonly<Record<string, number>>
}

const midnightMs = Date.parse('2026-11-22T23:30:00+09:00')
const time = { nowMs: midnightMs }
const clock: Clock = { ...systemClock, now: () => time.nowMs }
let field: Field
type ModbusClient = InstanceType<typeof ModbusSerial.default>

const opened: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  field = await startField({
    seed: 7,
    timeLapse: 1,
    originMs: midnightMs,
    weatherPath: undefined,
    ports: undefined,
    clock,
  })
})
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})
afterAll(() => field.close())

async function paddyBus(unitId: number): Promise<ModbusClient> {
  const modbus = new ModbusSerial.default()
  await modbus.connectTelnet('127.0.0.1', { port: field.ports.paddyBus })
  opened.push(() => new Promise<void>((resolve) => modbus.close(() => resolve())))
  modbus.setID(unitId)
  modbus.setTimeout(300)
  return modbus
}

async function cabinet(index: number, unitId: number): Promise<ModbusClient> {
  const modbus = new ModbusSerial.default()
  await modbus.connectTCP('127.0.0.1', { port: field.ports.cabinets[index]! })
  opened.push(() => new Promise<void>((resolve) => modbus.close(() => resolve())))
  modbus.setID(unitId)
  return modbus
}

function session(index: number, timeoutMs: number): Session {
  const made = snmp.createSession('127.0.0.1', snmpCommunity, {
    port: field.ports.accessPoints[index],
    version: snmp.Version2c,
    timeout: timeoutMs,
    retries: 0,
  })
  opened.push(() => made.close())
  return made
}

async function get(from: Session, oids: readonly string[]): Promise<readonly Varbind[]> {
  return await new Promise((resolve, reject) => {
    from.get(oids, (error, varbinds) => (error === null ? resolve(varbinds) : reject(error)))
  })
}

async function ask(socket: Socket, command: string): Promise<string> {
  socket.write(command)
  let received = ''
  while (!received.endsWith('\r\n')) received += String((await once(socket, 'data'))[0])
  return received
}

describe("the paddies' bus", () => {
  it('has a level probe with its unit and decimals, and a soil probe, for each of four paddies', async () => {
    for (const number of [1, 2, 3, 4]) {
      const modbus = await paddyBus(number)
      const [unit, , unitCode, decimals, level, , temperature] = (await modbus.readHoldingRegisters(0, 8)).data
      expect([unit, unitCode, decimals]).toEqual([number, 8, 1])
      expect(level! / 10).toBeGreaterThan(20)
      expect(level! / 10).toBeLessThan(110)
      expect(temperature! / 10).toBeGreaterThan(0)
      modbus.setID(10 + number)
      const [moisture, , ec, ph] = (await modbus.readHoldingRegisters(0, 4)).data
      expect(moisture! / 10).toBeGreaterThan(50)
      expect(ec).toBeGreaterThan(200)
      expect(ph! / 10).toBeCloseTo(6, 0)
    }
  })

  it('shows a leak as a falling level and its repair as a rising one', async () => {
    const modbus = await paddyBus(2)
    const level = async (): Promise<number> => (await modbus.readHoldingRegisters(4, 1)).data[0]! / 10
    const before = await level()
    field.inject({ kind: 'pump-leak', paddy: 'koito-2' })
    time.nowMs += 40_000
    const leaking = await level()
    expect(before - leaking).toBeGreaterThan(25)
    field.clear({ kind: 'pump-leak', paddy: 'koito-2' })
    time.nowMs += 120_000
    expect(await level()).toBeGreaterThan(leaking + 20)
  })

  it('lets one probe fail while its neighbours answer', async () => {
    const modbus = await paddyBus(3)
    field.inject({ kind: 'probe-silent', unitId: 3 })
    await expect(modbus.readHoldingRegisters(4, 1)).rejects.toMatchObject({ name: 'TransactionTimedOutError' })
    modbus.setID(4)
    expect((await modbus.readHoldingRegisters(4, 1)).data).toHaveLength(1)
    field.clear({ kind: 'probe-silent', unitId: 3 })
    modbus.setID(3)
    expect((await modbus.readHoldingRegisters(4, 1)).data).toHaveLength(1)
  })
})

describe('a streetlight cabinet', () => {
  it('shows eight burning lamps at night, and the meter their sum', async () => {
    const controller = await cabinet(0, 1)
    const { buffer } = await controller.readInputRegisters(0, 32)
    const powers = Array.from({ length: 8 }, (_, lamp) => buffer.readFloatBE(2 * (0x10 + 2 * lamp)))
    for (const power of powers) expect(Math.abs(power / 72 - 1)).toBeLessThan(0.15)
    expect((await controller.readCoils(0, 8)).data.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => true))
    const meter = await cabinet(0, 2)
    const total = (await meter.readInputRegisters(0x0c, 2)).buffer.readFloatBE(0)
    expect(total).toBeCloseTo(
      powers.reduce((sum, power) => sum + power, 6.5),
      1,
    )
    const energyKwh = (await meter.readInputRegisters(0x156, 2)).buffer.readFloatBE(0)
    expect(energyKwh).toBeGreaterThan(5000)
  })

  it('shows a dark lamp behind a closed relay', async () => {
    field.inject({ kind: 'lamp-out', cabinet: 'cabinet-2', lamp: 3 })
    const controller = await cabinet(1, 1)
    const { buffer } = await controller.readInputRegisters(0x10, 16)
    expect(buffer.readFloatBE(8)).toBeLessThan(1)
    expect(buffer.readFloatBE(4)).toBeGreaterThan(50)
    expect((await controller.readCoils(2, 1)).data[0]).toBe(true)
    field.clear({ kind: 'lamp-out', cabinet: 'cabinet-2', lamp: 3 })
  })

  it('cannot have a fault that nothing has', () => {
    expect(() => field.inject({ kind: 'lamp-out', cabinet: 'cabinet-9', lamp: 1 })).toThrow('cabinet-9')
  })
})

describe('the weather station', () => {
  it('answers its composite query with every field of the ASCII protocol', async () => {
    const socket = connect({ host: '127.0.0.1', port: field.ports.weather! })
    opened.push(() => void socket.destroy())
    const line = await ask(socket, '0R0\r\n')
    expect(line).toMatch(/^0R0,Dn=\d{3}D,Dm=\d{3}D,Dx=\d{3}D,Sn=\d+\.\dM,Sm=\d+\.\dM,Sx=\d+\.\dM,Ta=-?\d+\.\dC,/)
    expect(line).toMatch(/,Ua=\d+\.\dP,Pa=\d{3,4}\.\dH,Rc=\d+\.\d\dM,Rd=\d+s,Ri=\d+\.\dM,/)
    expect(await ask(socket, '?\r\n')).toBe('0\r\n')
    expect(await ask(socket, '0R1\r\n')).toMatch(/^0R1,Dn=/)
    expect(await ask(socket, '0XX\r\n')).toBe('0TX,Unknown cmd error\r\n')
  })
})

describe('the access points', () => {
  it('count octets in Counter64 and stations by radio', async () => {
    const ap = session(1, 2000)
    const read = (): Promise<readonly Varbind[]> =>
      get(ap, [
        '1.3.6.1.2.1.1.3.0',
        '1.3.6.1.2.1.31.1.1.1.6.2',
        '1.3.6.1.2.1.31.1.1.1.1.2',
        '1.3.6.1.4.1.41112.1.6.1.2.1.8.2',
        '1.3.6.1.2.1.2.2.1.8.2',
      ])
    const [upTime, octets, name, stations, status] = await read()
    expect(octets?.type).toBe(snmp.ObjectType['Counter64'])
    expect(String(name?.value)).toBe('eth0')
    expect(stations?.value).toBeGreaterThanOrEqual(0)
    expect(status?.value).toBe(1)
    time.nowMs += 10_000
    const [upTimeLater, octetsLater] = await read()
    expect(Number(upTimeLater?.value) - Number(upTime?.value)).toBe(1000)
    const value = (varbind: Varbind): bigint => BigInt(`0x${(varbind.value as Buffer).toString('hex')}`)
    expect(value(octetsLater!)).toBeGreaterThan(value(octets!))
  })

  it('can be walked with bulk requests, all twenty of them', async () => {
    for (let index = 0; index < 20; index += 1) {
      const found: string[] = []
      await new Promise<void>((resolve, reject) => {
        session(index, 2000).subtree(
          '1.3.6.1.4.1.41112.1.6.1.2.1.9',
          (varbinds) => void found.push(...varbinds.map(({ value }) => String(value))),
          (error) => (error === null || error === undefined ? resolve() : reject(error)),
        )
      })
      expect(found).toEqual(['ng', 'na'])
    }
  })

  it('answer SNMP v3 with authentication and privacy where they have a user', async () => {
    const user = { name: 'monitor', authKey: 'authentication', privKey: 'confidential' }
    const agent = await startAccessPointAgent({
      port: 0,
      community: snmpCommunity,
      user,
      name: 'ap-v3',
      location: 'test',
      read: () => ({ clients2g: 3, clients5g: 4, inOctets: 2n ** 40n, outOctets: 7n, upTimeTicks: 12_345 }),
    })
    opened.push(() => agent.close())
    const security = {
      level: snmp.SecurityLevel.authPriv,
      authProtocol: snmp.AuthProtocols.sha,
      privProtocol: snmp.PrivProtocols.aes,
    }
    const made = snmp.createV3Session('127.0.0.1', { ...user, ...security }, { port: agent.port, timeout: 2000 })
    opened.push(() => made.close())
    const [upTime, octets] = await get(made, ['1.3.6.1.2.1.1.3.0', '1.3.6.1.2.1.31.1.1.1.6.2'])
    expect(upTime?.value).toBe(12_345)
    expect((octets!.value as Buffer).toString('hex')).toMatch(/^0*10000000000$/)
  })

  it('say nothing when they are down', async () => {
    field.inject({ kind: 'access-point-down', accessPoint: 'ap-05' })
    await expect(get(session(4, 150), ['1.3.6.1.2.1.1.3.0'])).rejects.toThrow('timed out')
    field.clear({ kind: 'access-point-down', accessPoint: 'ap-05' })
    expect(await get(session(4, 2000), ['1.3.6.1.2.1.1.5.0'])).toHaveLength(1)
  })
})
