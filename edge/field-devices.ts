// The devices of a gateway at work: opens their drivers, and polls each device or listens to it.
import { join } from 'node:path'
import { AppError } from '../broker/contract/app-error.ts'
import type { Clock, Log } from '../broker/contract/ports.ts'
import type { Driver } from '../firmware-bridge/driver.ts'
import type { DriverRegistry } from '../firmware-bridge/drivers/registry.ts'
import { lineConnections } from './cameras/camera-devices.ts'
import type { DeviceConfig, GatewayConfig } from './config.ts'
import type { Counters } from './counters.ts'
import { ListenedDevice } from './device-listener.ts'
import { type DeviceCondition, DevicePoller } from './device-poller.ts'
import type { FaultTally } from './fault-tally.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { Pipeline } from './pipeline.ts'

interface Ports {
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

type OpenDrivers = ReadonlyMap<string, Driver<unknown, unknown>>

export async function openDrivers(
  config: GatewayConfig,
  { clock, log, counters, registry }: Ports & { readonly registry: DriverRegistry },
): Promise<OpenDrivers> {
  const drivers = new Map<string, Driver<unknown, unknown>>()
  const ofInspections = lineConnections(config.inspections)
  for (const { id, type, settings } of config.connections) {
    if (ofInspections.has(id)) continue
    const factory = await registry.load(type)
    if (factory === undefined) throw new AppError('config.invalid', `"${type}" is not a driver`)
    drivers.set(
      id,
      factory.create(settings, {
        clock,
        log: log.child({ connection: id }),
        folder: join(config.dataFolder, 'connections', id),
        onDiscard: (reason, amount) => counters.add('driver_discards', reason, amount),
      }),
    )
  }
  await Promise.all([...drivers.values()].map((driver) => driver.open()))
  return drivers
}

export async function closeDrivers(drivers: OpenDrivers): Promise<void> {
  await Promise.allSettled([...drivers.values()].map((driver) => driver.close()))
}

/** A device at work: polled, or listened to. */
export interface FieldDevice {
  readonly plan: { readonly device: string }
  readonly condition: DeviceCondition
  readonly faults: Pick<FaultTally, 'sinceMs' | 'code' | 'errors'>
  start(): void
  /** A person waits for it: asks at once, however long it was silent. Does nothing for a device that speaks by itself. */
  askSoon(): void
  stop(): Promise<void>
}

type DevicePorts = Ports & {
  readonly pipeline: Pipeline
  readonly outbox: Outbox
  readonly random: () => number
}

export function createDevices(config: GatewayConfig, drivers: OpenDrivers, ports: DevicePorts): readonly FieldDevice[] {
  return config.devices.flatMap((device, index): FieldDevice[] => {
    const driver = drivers.get(device.connection)
    if (driver === undefined) return []
    const intervalMs = device.intervalS * 1000
    const phase = phaseMs(index, config.devices.length, intervalMs)
    return [listenedDevice(driver, device, ports) ?? polledDevice(driver, device, phase, ports)]
  })
}

/** Undefined where the driver's devices do not speak by themselves. */
function listenedDevice(
  driver: Driver<unknown, unknown>,
  { id, address, profile, timeoutMs, intervalS }: DeviceConfig,
  { pipeline, outbox, ...ports }: DevicePorts,
): FieldDevice | undefined {
  if (driver.listen === undefined) return undefined
  const listen = driver.listen.bind(driver)
  return new ListenedDevice(
    { device: id, intervalMs: intervalS * 1000 },
    {
      ...ports,
      listen: (listener) => listen({ id, address, profile, timeoutMs }, listener),
      deliver: (heard) => pipeline.carry(heard),
      durable: () => outbox.durable(),
    },
  )
}

function polledDevice(
  driver: Driver<unknown, unknown>,
  { id, address, profile, timeoutMs, intervalS, retries }: DeviceConfig,
  phase: number,
  { pipeline, ...ports }: DevicePorts,
): FieldDevice {
  const plan = { device: id, intervalMs: intervalS * 1000, phaseMs: phase, timeoutMs, retries }
  const read = (signal: AbortSignal) => driver.read({ id, address, profile, timeoutMs }, signal)
  return new DevicePoller(plan, { ...ports, read, deliver: (poll) => pipeline.carry(poll) })
}

/** Spreads the devices over their interval, but over no more than two seconds: the first reading is waited for. */
function phaseMs(index: number, devices: number, intervalMs: number): number {
  return (index / devices) * Math.min(intervalMs, 2000)
}

export async function stopDevices(devices: readonly FieldDevice[]): Promise<void> {
  await Promise.all(devices.map((device) => device.stop()))
}
