// How each kind of device is heard: from a message of its topics to measurements for its listener.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { DeviceListener, DriverDevice, DriverDiscard } from '../driver.ts'
import { readChirpstack } from '../lorawan/chirpstack.ts'
import { readTheThingsStack } from '../lorawan/the-things-stack.ts'
import type { Uplink } from '../lorawan/uplink.ts'
import type { UplinkMemory } from '../lorawan/uplink-memory.ts'
import { measureStatus, measureUplink } from '../lorawan/uplink-measurements.ts'
import type { SparkplugEvent } from '../sparkplug/node-session.ts'
import { measureMetrics } from '../sparkplug/sparkplug-measurements.ts'
import type {
  ChirpstackAddress,
  MqttAddress,
  MqttDeviceProfile,
  SparkplugAddress,
  TheThingsStackAddress,
} from './mqtt-address.ts'
import { readPlainPayload } from './plain-payload.ts'
import type { LorawanProfile, MqttProfile, SparkplugProfile } from './profile-schemas.ts'
import { readSenmlPayload } from './senml-payload.ts'
import type { SparkplugNodes } from './sparkplug-nodes.ts'

export interface MqttMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: number
  /** Kept by the broker from before the subscription: it may be of any age. */
  readonly retained: boolean
}

export type MqttDevice = DriverDevice<MqttAddress, MqttDeviceProfile>

export interface EarDependencies {
  readonly clock: Clock
  readonly log: Log
  readonly discard: (reason: DriverDiscard, amount: number) => void
  readonly uplinks: UplinkMemory
  readonly nodes: SparkplugNodes
}

/** Hears one message: resolves when it may be confirmed, rejects when its readings could not be kept. */
export type DeviceEar = (message: MqttMessage) => Promise<void>

/** Throws `config.invalid` for a profile that does not fit the address. Faults of payloads are told to the listener. */
export function deviceEar(device: MqttDevice, listener: DeviceListener, dependencies: EarDependencies): DeviceEar {
  const { id, address, profile } = device
  if (profile.driver === 'mqtt' && 'topic' in address) return plainEar(profile, listener, dependencies)
  if (profile.driver === 'lorawan' && 'server' in address) {
    return lorawanEar({ id, address, profile }, listener, dependencies)
  }
  if (profile.driver === 'sparkplug' && 'node' in address) return sparkplugEar(address, profile, listener, dependencies)
  throw new AppError('config.invalid', `${id}: a ${profile.driver} profile does not fit this address`)
}

/** A retained message is of any age: it is of use only where it says its time itself. */
function plainEar(profile: MqttProfile, listener: DeviceListener, { clock, discard }: EarDependencies): DeviceEar {
  return async ({ topic, payload, retained }) => {
    const measurements = understood(listener, () => {
      if (profile.mqtt.payload === 'json') return readPlainPayload(topic, payload, profile)
      const read = readSenmlPayload(payload, clock.now(), profile)
      if (read.unlisted > 0) discard('foreign', read.unlisted)
      return read.measurements
    })
    if (measurements === undefined) return
    const isUndated = retained && (profile.mqtt.payload === 'senml' || profile.mqtt.time === undefined)
    if (isUndated) discard('retained', 1)
    else await listener.take(measurements)
  }
}

function lorawanEar(
  device: {
    readonly id: string
    readonly address: ChirpstackAddress | TheThingsStackAddress
    readonly profile: LorawanProfile
  },
  listener: DeviceListener,
  dependencies: EarDependencies,
): DeviceEar {
  const { id, address, profile } = device
  const read = address.server === 'chirpstack' ? readChirpstack : readTheThingsStack
  const uplinks = new UplinkEar(id, profile, listener, dependencies)
  return async ({ topic, payload }) => {
    const said = understood(listener, () => read(topic, payload))
    if (said?.kind === 'uplink') await uplinks.take(said)
    if (said?.kind === 'status') await listener.take(measureStatus(said, profile))
  }
}

/** Takes each uplink of one device once, however often and by however many ways the network server sends it. */
class UplinkEar {
  readonly #device: string
  readonly #profile: LorawanProfile
  readonly #listener: DeviceListener
  readonly #dependencies: EarDependencies
  /** Uplinks whose readings are not kept yet. Bound: that of the driver's unconfirmed messages. */
  readonly #taking = new Map<string, Promise<void>>()
  #lost = 0

  constructor(device: string, profile: LorawanProfile, listener: DeviceListener, dependencies: EarDependencies) {
    this.#device = device
    this.#profile = profile
    this.#listener = listener
    this.#dependencies = dependencies
  }

  take(uplink: Uplink): Promise<void> {
    const { uplinks, discard } = this.#dependencies
    const id = uplink.id === undefined ? undefined : `${this.#device} ${uplink.id}`
    if (id === undefined) return this.#deliver(uplink)
    const isKept = uplinks.has(id)
    const underWay = this.#taking.get(id)
    if (isKept || underWay !== undefined) discard('duplicate', 1)
    if (isKept) return Promise.resolve()
    if (underWay !== undefined) return underWay
    const taking = this.#deliver(uplink)
      .then(() => uplinks.add(id))
      .finally(() => this.#taking.delete(id))
    this.#taking.set(id, taking)
    return taking
  }

  async #deliver(uplink: Uplink): Promise<void> {
    const { uplinks, discard } = this.#dependencies
    const lost = uplinks.lostBefore(this.#device, uplink.session, uplink.fCnt)
    if (lost > 0) discard('gap', lost)
    this.#lost += lost
    const measured = understood(this.#listener, () => measureUplink(uplink, this.#lost, this.#profile))
    if (measured === undefined) return
    if (measured.unlisted > 0) discard('foreign', measured.unlisted)
    await this.#listener.take(measured.measurements)
  }
}

function sparkplugEar(
  address: SparkplugAddress,
  profile: SparkplugProfile,
  listener: DeviceListener,
  { nodes, discard }: EarDependencies,
): DeviceEar {
  return async (message) => {
    const event = understood(listener, () => nodes.take(address, message))
    if (event === undefined || event.kind === 'none') return
    if (event.kind === 'death') {
      if (event.device === undefined || event.device === address.device) listener.fault(deathOf(event))
      return
    }
    if (event.device !== address.device) return
    const { measurements, unlisted } = measureMetrics(event.metrics, profile)
    if (unlisted > 0) discard('foreign', unlisted)
    await listener.take(measurements)
  }
}

function deathOf({ device }: SparkplugEvent & { kind: 'death' }): AppError {
  return new AppError('driver.connection', device === undefined ? 'the edge node is offline' : 'the device is offline')
}

/** What cannot be understood now never will be: it is told as a fault, and may be confirmed. */
function understood<T>(listener: DeviceListener, read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    listener.fault(frameFault(thrown))
    return undefined
  }
}

function frameFault(thrown: unknown): AppError {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new AppError('driver.frame', message, { cause: thrown })
}
