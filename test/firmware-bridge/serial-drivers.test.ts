// The serial drivers on a real pair of pseudo-terminals (Debian's socat): RTU and lines over the same code as over TCP.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { codeOf } from '../../firmware-bridge/drivers/driver-contract.ts'
import { davis } from '../../firmware-bridge/drivers/davis.ts'
import type { DavisProfile } from '../../firmware-bridge/drivers/davis-schemas.ts'
import { line } from '../../firmware-bridge/drivers/line.ts'
import { modbusRtu } from '../../firmware-bridge/drivers/modbus-rtu.ts'
import { sdi12 } from '../../firmware-bridge/drivers/sdi12.ts'
import type { Sdi12Profile } from '../../firmware-bridge/drivers/sdi12-schemas.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import type { LineProfile, ModbusProfile } from '../../firmware-bridge/profile-schema.ts'
import { debianPackage } from '../debian.ts'

const never = new AbortController().signal
const patientMs = 10_000

describe.skipIf(!debianPackage('socat'))('Over a serial pair', () => {
  let folder: string
  let socat: ChildProcess
  let device: SerialPort
  let answer: (request: Buffer) => Buffer = () => Buffer.alloc(0)
  let path: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-serial-'))
    path = join(folder, 'gateway')
    const far = join(folder, 'device')
    socat = spawn('socat', [`pty,raw,echo=0,link=${path}`, `pty,raw,echo=0,link=${far}`], { stdio: 'ignore' })
    while (!existsSync(path) || !existsSync(far)) await new Promise((resolve) => void setTimeout(resolve, 5))
    device = new SerialPort({ path: far, baudRate: 9600, autoOpen: false })
    await new Promise<void>((resolve, reject) => device.open((error) => (error === null ? resolve() : reject(error))))
    device.on('data', (request: Buffer) => device.write(answer(request)))
  })

  afterAll(async () => {
    await new Promise<void>((resolve) => device.close(() => resolve()))
    const ended = new Promise((resolve) => void socat.once('exit', resolve))
    socat.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  })

  it('the RTU driver reads a soil probe by its published frames, in rounds that give the port back', async () => {
    const soil = (await loadProfile('soil-4in1')) as ModbusProfile
    answer = (request) =>
      request.toString('hex') === '0103000000044409'
        ? Buffer.from('0103080292ff9b03e8003857b6', 'hex')
        : Buffer.alloc(0)
    for (let round = 0; round < 5; round += 1) {
      const driver = modbusRtu.create({ path, baudRate: 9600 }, { clock: systemClock, log: silentLog })
      await driver.open()
      const measurements = await driver.read(
        { id: 'soil', address: { unitId: 1 }, profile: soil, timeoutMs: patientMs },
        never,
      )
      await driver.close()
      expect(measurements.map(({ value }) => value)).toEqual([0.658, -10.1, 0.1, 5.6])
    }
  })

  it('the RTU driver tells a wrong CRC, a truncated reply and silence apart', async () => {
    const soil = (await loadProfile('soil-4in1')) as ModbusProfile
    const driver = modbusRtu.create({ path, baudRate: 9600 }, { clock: systemClock, log: silentLog })
    await driver.open()
    const read = () => driver.read({ id: 'soil', address: { unitId: 1 }, profile: soil, timeoutMs: 400 }, never)
    answer = () => Buffer.from('0103080292ff9b03e8003857b7', 'hex')
    expect(await codeOf(read())).toBe('driver.crc')
    answer = () => Buffer.from('0103080292ff', 'hex')
    expect(await codeOf(read())).toBe('driver.frame')
    answer = () => Buffer.alloc(0)
    expect(await codeOf(read())).toBe('driver.timeout')
    await driver.close()
  })

  it('the line driver polls a weather transmitter', async () => {
    const weather = (await loadProfile('vaisala-wxt530')) as LineProfile
    answer = (request) =>
      Buffer.from(request.toString() === '0R0\r\n' ? '0R0,Dm=090D,Sm=0.4M,Ta=9.0C,Ua=88.6P\r\n' : '')
    const driver = line.create({ path, baudRate: 19_200 }, { clock: systemClock, log: silentLog })
    await driver.open()
    const measurements = await driver.read({ id: 'wxt', address: {}, profile: weather, timeoutMs: patientMs }, never)
    await driver.close()
    expect(measurements.map(({ channel }) => channel)).toEqual([
      'wind-direction',
      'wind-speed',
      'air-temperature',
      'humidity',
    ])
  })

  it('the Davis driver wakes a console and reads its packet', async () => {
    const vantage = (await loadProfile('davis-vantage')) as DavisProfile
    const packet = Buffer.from(
      '4c4f4f14006400e174f0022d03030705e100ffffffffffffffa0ffffffffffffff3effffffffffffff0a00232c031900ffff190078005c03' +
        '7800b80b28231effffff0fffffff00000000000000000000000000000000002003082db4013f070a0d4e28',
      'hex',
    )
    answer = (request) =>
      request.toString('latin1') === '\n'
        ? Buffer.from('\n\r')
        : Buffer.concat([Buffer.from(request.toString('latin1') === 'LOOP 1\n' ? [6] : []), packet])
    const driver = davis.create({ path }, { clock: systemClock, log: silentLog })
    await driver.open()
    const measurements = await driver.read({ id: 'davis', address: {}, profile: vantage, timeoutMs: patientMs }, never)
    await driver.close()
    const weather = new Map(measurements.map((entry) => [entry.channel, entry]))
    expect(weather.get('air-temperature')?.value).toBeCloseTo(25.0556, 4)
    expect(weather.get('humidity')).toMatchObject({ value: 62, quality: 'good' })
  })

  it('the SDI-12 driver measures through a bridge', async () => {
    const generic = (await loadProfile('sdi12-values')) as Sdi12Profile
    const answers: Record<string, string> = { '0M!': '00003\r\n', '0D0!': '0+1.5-2\r\n', '0D1!': '0+.5\r\n' }
    answer = (request) => Buffer.from(answers[request.toString('latin1')] ?? '')
    const driver = sdi12.create({ path, baudRate: 9600 }, { clock: systemClock, log: silentLog })
    await driver.open()
    const measurements = await driver.read(
      { id: 'probe', address: { char: '0' }, profile: generic, timeoutMs: patientMs },
      never,
    )
    await driver.close()
    expect(measurements.map(({ value }) => value)).toEqual([1.5, -2, 0.5])
  })

  it('a port that does not exist is a coded error, not an exception', async () => {
    const soil = (await loadProfile('soil-4in1')) as ModbusProfile
    const driver = modbusRtu.create({ path: join(folder, 'none') }, { clock: systemClock, log: silentLog })
    await driver.open()
    const reading = driver.read({ id: 'soil', address: { unitId: 1 }, profile: soil, timeoutMs: patientMs }, never)
    expect(await codeOf(reading)).toBe('driver.connection')
    await driver.close()
  })
})
