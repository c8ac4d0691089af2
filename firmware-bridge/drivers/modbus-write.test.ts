import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import type { DriverDevice } from '../driver.ts'
import type { ModbusChannel, ModbusProfile } from '../profile-schema.ts'
import { serveModbusTcp } from '../simulators/modbus/modbus-server.ts'
import type { ModbusAddress } from './modbus-schemas.ts'
import { modbusRtuTcp } from './modbus-rtu-tcp.ts'
import { modbusTcp } from './modbus-tcp.ts'
import { planWrite, writeHindrance } from './modbus-write.ts'

const label = { ja: '値', en: 'Value' }
const never = new AbortController().signal

function channel(id: string, source: ModbusChannel['source'], more: Partial<ModbusChannel> = {}): ModbusChannel {
  return { id, label, source, ...more }
}

const profile: ModbusProfile = {
  id: 'actuators',
  driver: 'modbus',
  label,
  channels: [
    channel('relay', { table: 'coil', address: 3, type: 'bit' }, { unit: '/' }),
    channel('speed', { table: 'holding', address: 5, type: 'int16' }, { scale: 0.1, offset: -5, unit: 'percent' }),
    channel('flow', { table: 'holding', address: 8, type: 'float32' }, { unit: 'm3/s' }),
    channel('count', { table: 'holding', address: 12, type: 'uint32' }),
    channel('level', { table: 'input', address: 0, type: 'uint16' }, { unit: 'm' }),
  ],
}

const framings = [
  ['modbus-tcp', 'tcp', modbusTcp],
  ['modbus-rtu-tcp', 'rtu-tcp', modbusRtuTcp],
] as const

describe.each(framings)('Setting channels by %s', (_name, framing, factory) => {
  async function withDevice(
    work: (given: {
      readonly write: (channel: string, value: number) => Promise<void>
      readonly read: () => Promise<ReadonlyMap<string, unknown>>
      readonly server: Awaited<ReturnType<typeof serveModbusTcp>>
      readonly words: Map<number, number>
    }) => Promise<void>,
  ): Promise<void> {
    const words = new Map<number, number>()
    const coils = new Map<number, boolean>()
    const range = <T>(count: number, at: (index: number) => T) => Array.from({ length: count }, (_, index) => at(index))
    const slave = {
      input: (_address: number, count: number) => range(count, () => 7),
      holding: (address: number, count: number) => range(count, (index) => words.get(address + index) ?? 0),
      coils: (address: number, count: number) => range(count, (index) => coils.get(address + index) ?? false),
      writeHolding: (address: number, value: number) => (address < 100 ? (words.set(address, value), true) : false),
      writeCoil: (address: number, value: boolean) => (coils.set(address, value), true),
    }
    const server = await serveModbusTcp({ framing, port: 0, slaves: new Map([[1, slave]]), clock: systemClock })
    const driver = factory.create({ host: '127.0.0.1', port: server.port }, { clock: systemClock, log: silentLog })
    const device: DriverDevice<ModbusAddress, ModbusProfile> = {
      id: 'unit',
      address: { unitId: 1 },
      profile,
      timeoutMs: 300,
    }
    try {
      await driver.open()
      await work({
        write: (channel, value) =>
          driver.write?.(device, { channel, value }, never) ?? Promise.reject(new Error('none')),
        read: async () => new Map((await driver.read(device, never)).map((one) => [one.channel, one.value])),
        server,
        words,
      })
    } finally {
      await driver.close()
      await server.close()
    }
  }

  it('reads back what was set, scaled and in the unit of the channel', async () => {
    await withDevice(async ({ write, read }) => {
      await write('relay', 1)
      await write('speed', 0.425)
      await write('flow', 0.5)
      await write('count', 100_000)
      expect(Object.fromEntries(await read())).toMatchObject({ relay: 1, speed: 0.425, flow: 0.5, count: 100_000 })
      await write('relay', 0)
      expect((await read()).get('relay')).toBe(0)
    })
  })

  it('tells a refusal, a silence and a value that does not fit apart, and goes on after each', async () => {
    await withDevice(async ({ write, read, server }) => {
      server.misbehave.set(1, { kind: 'exception', code: 2 }, 1)
      await expect(write('relay', 1)).rejects.toMatchObject({ code: 'driver.exception' })
      server.misbehave.set(1, { kind: 'silence' }, 1)
      await expect(write('relay', 1)).rejects.toMatchObject({ code: 'driver.timeout' })
      await expect(write('relay', 0.5)).rejects.toMatchObject({ code: 'limit.exceeded' })
      await expect(write('level', 1)).rejects.toMatchObject({ code: 'driver.exception' })
      await write('relay', 1)
      expect((await read()).get('relay')).toBe(1)
    })
  })

  it('does not take the late confirmation of one write for that of another', async () => {
    await withDevice(async ({ write, server, words }) => {
      server.misbehave.set(1, { kind: 'late', delayMs: 400 }, 1)
      await expect(write('speed', 0.1)).rejects.toMatchObject({ code: 'driver.timeout' })
      await write('speed', 0.2)
      expect(words.get(5)).toBe(250)
    })
  })
})

describe('What a write puts into registers', () => {
  it('is what a read makes the same value of, for every value that a register holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_768, max: 32_767 }), (raw) => {
        const value = Number(((raw * 0.1 - 5) * 0.01).toPrecision(12))
        expect(planWrite(profile, { channel: 'speed', value })).toMatchObject({ words: [raw & 0xffff] })
      }),
    )
  })

  it('says why a channel cannot be set', () => {
    expect(writeHindrance(profile, 'level')).toContain('table input')
    expect(writeHindrance(profile, 'none')).toContain('not a channel')
    expect(writeHindrance(profile, 'relay')).toBeUndefined()
  })
})
