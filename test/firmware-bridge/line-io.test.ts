// Triggers and relays: against pymodbus as the module, and through programs that speak like libgpiod's tools.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { until } from '../../firmware-bridge/cameras/camera-contract.ts'
import { openGpioRelay, openGpioTrigger } from '../../firmware-bridge/line-io/gpio.ts'
import { type ModbusIo, openModbusIo } from '../../firmware-bridge/line-io/modbus-io.ts'
import { debianPackage } from '../debian.ts'
import { type PymodbusModule, startPymodbusModule } from './pymodbus-module.ts'

const dependencies = { clock: systemClock, log: silentLog }
const never = new AbortController().signal

describe.skipIf(!debianPackage('python3-pymodbus'))('With a Modbus module', () => {
  let module: PymodbusModule
  let io: ModbusIo

  beforeEach(async () => {
    module = await startPymodbusModule()
    io = openModbusIo({ host: '127.0.0.1', port: module.port }, dependencies)
  })
  afterEach(async () => {
    await io.close()
    await module.close()
  })

  const settings = { unitId: 1, table: 'discrete', address: 3, edge: 'rising', pollMs: 5, debounceMs: 10 } as const

  it('a rising input triggers once, a falling one and the level at the start do not', async () => {
    module.setInput(3, true)
    const edges: number[] = []
    const before = systemClock.monotonic()
    const input = io.trigger(settings, (atMs) => edges.push(atMs))
    await until(() => input.fault === undefined)
    for (let part = 1; part <= 3; part += 1) {
      module.setInput(3, false)
      await new Promise((resolve) => void setTimeout(resolve, 60))
      expect(edges).toHaveLength(part - 1)
      module.setInput(3, true)
      await until(() => edges.length === part)
    }
    expect(edges[0]).toBeGreaterThan(before)
    await input.close()
  })

  it('the input is read while the relay is set, and the relay shows what was asked in order', async () => {
    const edges: number[] = []
    const input = io.trigger(settings, (atMs) => edges.push(atMs))
    const relay = io.relay({ unitId: 1, coil: 5 })
    await until(() => input.fault === undefined)
    const asked = Array.from({ length: 20 }, (_, index) => index % 2 === 0)
    await Promise.all(asked.map((on) => relay.set(on, never)))
    await until(() => module.written.length === asked.length)
    expect(module.written).toEqual(asked.map((on) => ({ coil: 5, on })))
    module.setInput(3, true)
    await until(() => edges.length === 1)
    await input.close()
  })

  it('a module that is away is told, comes back, and its return is no edge', async () => {
    const edges: number[] = []
    const input = io.trigger(settings, (atMs) => edges.push(atMs))
    await until(() => input.fault === undefined)
    await module.close()
    await until(() => input.fault !== undefined)
    expect(input.fault?.code).toMatch(/^driver\./)
    await expect(io.relay({ unitId: 1, coil: 5 }).set(true, never)).rejects.toMatchObject({ code: 'driver.connection' })
    module = await startPymodbusModule(module.port, [3])
    await until(() => input.fault === undefined)
    await new Promise((resolve) => void setTimeout(resolve, 60))
    expect(edges).toEqual([])
    await input.close()
  })
})

describe('With GPIO tools', () => {
  const folder = mkdtempSync(join(tmpdir(), 'musubi-gpio-'))
  const held = join(folder, 'held')
  const pin = { chip: 'gpiochip0', line: 17, activeLow: true }

  function tool(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('edges of gpiomon trigger, its bouncing does not, and it is started again when it ends', async () => {
    // As gpiomon --format=%e: 1 rising, 0 falling. The first run bounces, triggers and ends.
    const fifo = join(folder, 'runs')
    tool('gpiomon', `echo "$@" >> ${fifo}; printf '1\\n0\\n1\\n0\\n'; sleep 0.1; echo 1; sleep 0.2`)
    const edges: number[] = []
    const input = openGpioTrigger({ ...pin, edge: 'rising', debounceMs: 30 }, (atMs) => edges.push(atMs), {
      ...dependencies,
      toolFolder: folder,
    })
    await until(() => edges.length === 1)
    await until(() => edges.length === 2)
    await input.close()
    const [first] = readFileSync(fifo, 'utf8').split('\n')
    expect(first).toBe('--line-buffered --format=%e --active-low gpiochip0 17')
  })

  it('gpioset holds the level until the next one, and lets go at the end', async () => {
    tool('gpioset', `echo "$@" > ${held}; trap 'rm ${held}; exit 0' TERM; while :; do sleep 0.01; done`)
    const relay = openGpioRelay(pin, { ...dependencies, toolFolder: folder })
    await relay.set(true, never)
    await until(() => existsSync(held) && readFileSync(held, 'utf8').endsWith('\n'))
    expect(readFileSync(held, 'utf8')).toBe('--mode=signal --active-low gpiochip0 17=1\n')
    await relay.set(false, never)
    await until(() => existsSync(held) && readFileSync(held, 'utf8').endsWith('17=0\n'))
    await relay.close()
    expect(existsSync(held)).toBe(false)
  })

  it.runIf(debianPackage('gpiod'))('the real tools say which chip is missing', async () => {
    const relay = openGpioRelay({ chip: 'gpiochip99', line: 1, activeLow: false }, dependencies)
    const input = openGpioTrigger(
      { chip: 'gpiochip99', line: 1, activeLow: false, edge: 'rising', debounceMs: 5 },
      () => undefined,
      dependencies,
    )
    await until(() => input.fault?.message.includes('has ended') === true)
    expect(input.fault?.message).toContain('gpiochip99')
    const outcome = await relay.set(true, never).then(
      () => 'set',
      (error: unknown) => (error as { readonly message: string }).message,
    )
    if (outcome !== 'set') expect(outcome).toContain('gpiochip99')
    await relay.close()
    await input.close()
  })

  it('tools that are not there are told by name', async () => {
    const relay = openGpioRelay(pin, { ...dependencies, toolFolder: '/nowhere' })
    await expect(relay.set(true, never)).rejects.toMatchObject({ code: 'tool.missing' })
    await relay.close()
  })
})
