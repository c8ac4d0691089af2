// Simulated devices on a real serial device: the two ends of a pseudo terminal pair made by socat.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ModbusSerial from 'modbus-serial'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSerialPair, type SerialPair } from '../../bin/demo/serial-pair.ts'
import { systemClock } from '../../broker/contract/ports.ts'
import { startWeatherStation } from '../../firmware-bridge/simulators/devices/weather-station.ts'
import {
  closeSerialPort,
  openSerialPort,
  serveModbusSerial,
} from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { createSimulatedClock } from '../../firmware-bridge/simulators/nature/simulated-clock.ts'
import { createWeather } from '../../firmware-bridge/simulators/nature/weather.ts'
import { debianPackage } from '../debian.ts'

describe.skipIf(!debianPackage('socat'))('on a serial line', () => {
  let folder: string
  let pair: SerialPair
  const opened: (() => Promise<void> | void)[] = []

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'musubi-serial-'))
    const made = await openSerialPair(folder, {
      clock: systemClock,
      random: () => 0.5,
      onDeath: () => undefined,
      logFile: join(folder, 'socat.log'),
    })
    if (made === undefined) throw new Error('socat made no pair')
    pair = made
  })
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close()
    await pair.program.stop()
    rmSync(folder, { recursive: true })
  })

  it('the weather station answers and sends by itself', async () => {
    const station = await startWeatherStation({
      weather: createWeather(1),
      simulated: createSimulatedClock(systemClock, { factor: 1, originMs: 0 }),
      clock: systemClock,
      line: { path: pair.stationPath, baudRate: 19_200 },
      autoSendMs: 50,
    })
    opened.push(() => station.close())
    const port = await openSerialPort(pair.gatewayPath, 19_200)
    opened.push(() => closeSerialPort(port))
    let heard = ''
    port.on('data', (bytes) => (heard += String(bytes)))
    await expect.poll(() => heard).toMatch(/0R0,Dn=\d{3}D,.*\r\n/)
    port.write('0R2\r\n')
    await expect.poll(() => heard).toMatch(/0R2,Ta=-?\d+\.\dC,Tp=/)
  })

  it('a Modbus RTU probe answers another implementation', async () => {
    const server = await serveModbusSerial({
      path: pair.stationPath,
      baudRate: 9600,
      slaves: new Map([[7, { holding: sparseTable(new Map([[4, 123]])) }]]),
      clock: systemClock,
    })
    opened.push(() => server.close())
    const modbus = new ModbusSerial.default()
    await modbus.connectRTUBuffered(pair.gatewayPath, { baudRate: 9600 })
    opened.push(() => new Promise<void>((resolve) => modbus.close(() => resolve())))
    modbus.setID(7)
    modbus.setTimeout(1000)
    expect((await modbus.readHoldingRegisters(4, 1)).data).toEqual([123])
    expect(server.requests()).toBe(1)
  })
})
