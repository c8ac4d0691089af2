// Devices behind a broker that is there already: a LoRaWAN network server's, a building's, a Sparkplug plant's.
import { readFile } from 'node:fs/promises'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { DeviceListener, Driver, DriverDependencies, DriverFactory, Measurement } from '../driver.ts'
import { type BrokerAddress, BrokerLink } from '../mqtt/broker-link.ts'
import type { MqttDevice } from '../mqtt/device-ears.ts'
import { MessageRouter } from '../mqtt/message-router.ts'
import { type MqttAddress, type MqttDeviceProfile, subscriptionsOf } from '../mqtt/mqtt-address.ts'
import type { MqttClientConnection, mqttClientSchemas } from './mqtt-client-schemas.ts'

export const mqttClient: DriverFactory<typeof mqttClientSchemas> = {
  type: 'mqtt-client',
  schemas: async () => (await import('./mqtt-client-schemas.ts')).mqttClientSchemas,
  create: (connection, dependencies) => new MqttClientDriver(connection, dependencies),
}

class MqttClientDriver implements Driver<MqttAddress, MqttDeviceProfile> {
  readonly #connection: MqttClientConnection
  readonly #dependencies: DriverDependencies
  readonly #router: MessageRouter
  #link: BrokerLink | undefined
  #opened: Promise<void> = Promise.resolve()
  #isOpen = false
  #start: NodeJS.Immediate | undefined

  constructor(connection: MqttClientConnection, dependencies: DriverDependencies) {
    this.#connection = connection
    this.#dependencies = dependencies
    this.#router = new MessageRouter(dependencies, (topic, payload) => this.#link?.publish(topic, payload))
  }

  async open(): Promise<void> {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#opened = this.#router.open()
    await this.#opened
  }

  listen(device: MqttDevice, listener: DeviceListener): () => void {
    const end = this.#router.add(device, listener)
    this.#link?.subscribe(subscriptionsOf(device.address))
    // All that are added in this turn are heard before the broker is asked for what it kept.
    this.#start ??= setImmediate(() => void this.#connect())
    return end
  }

  read(device: MqttDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    return this.#router.next(device, signal, (asked, listener) => this.listen(asked, listener))
  }

  async close(): Promise<void> {
    this.#isOpen = false
    clearImmediate(this.#start)
    this.#start = undefined
    await this.#opened
    const link = this.#link
    this.#link = undefined
    await link?.stop()
    await this.#router.close()
  }

  async #connect(): Promise<void> {
    const { clock, log } = this.#dependencies
    try {
      await Promise.all([this.#opened, this.#router.ready()])
      const address = await addressOf(this.#connection)
      if (!this.#isOpen || this.#link !== undefined) return
      this.#link = new BrokerLink(address, {
        clock,
        log,
        subscriptions: () => this.#router.subscriptions,
        hear: (message) => this.#router.hear(message),
        down: (error) => this.#router.fault(error),
      })
      this.#link.start()
    } catch (thrown) {
      const error = toAppError(thrown, 'driver.connection')
      log.error({ reason: error.message }, 'the broker cannot be connected to')
      this.#router.fault(error)
    }
  }
}

async function addressOf({
  url,
  user,
  password,
  passwordFile,
  session,
  ca,
  certificate,
  key,
}: MqttClientConnection): Promise<BrokerAddress> {
  const read = async (path: string | undefined) => (path === undefined ? undefined : await contentsOf(path))
  const secret = await read(passwordFile)
  return {
    url,
    user,
    session,
    password: secret === undefined ? password : secret.toString('utf8').trim(),
    ca: await read(ca),
    certificate: await read(certificate),
    key: await read(key),
  }
}

async function contentsOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new AppError('driver.connection', `${path} cannot be read`, { cause })
  }
}
