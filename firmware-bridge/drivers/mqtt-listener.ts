// Devices on the LAN that publish to the gateway itself: a small MQTT listener with a user and a topic prefix for each.
import { readFile } from 'node:fs/promises'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { DeviceListener, Driver, DriverDependencies, DriverFactory, Measurement } from '../driver.ts'
import type { MqttDevice } from '../mqtt/device-ears.ts'
import { ListenerBroker } from '../mqtt/listener-broker.ts'
import { listenerDefaults, type ListenerSettings } from '../mqtt/listener-settings.ts'
import { parseUsersFile } from '../mqtt/listener-users.ts'
import { MessageRouter } from '../mqtt/message-router.ts'
import type { MqttAddress, MqttDeviceProfile } from '../mqtt/mqtt-address.ts'
import { passwordHashPattern } from '../mqtt/password-hash.ts'
import type { MqttListenerConnection, mqttListenerSchemas } from './mqtt-listener-schemas.ts'

export const mqttListener: DriverFactory<typeof mqttListenerSchemas> = {
  type: 'mqtt-listener',
  schemas: async () => (await import('./mqtt-listener-schemas.ts')).mqttListenerSchemas,
  create: (connection, dependencies) => new MqttListenerDriver(connection, dependencies),
}

class MqttListenerDriver implements Driver<MqttAddress, MqttDeviceProfile> {
  readonly #connection: MqttListenerConnection
  readonly #dependencies: DriverDependencies
  readonly #router: MessageRouter
  #broker: ListenerBroker | undefined
  #opened: Promise<void> = Promise.resolve()
  #isOpen = false
  #start: NodeJS.Immediate | undefined

  constructor(connection: MqttListenerConnection, dependencies: DriverDependencies) {
    this.#connection = connection
    this.#dependencies = dependencies
    this.#router = new MessageRouter(dependencies, (topic, payload) => this.#broker?.publish(topic, payload))
  }

  /** Throws `config.invalid` for a users file that cannot be read. The port opens when the devices are listened to. */
  async open(): Promise<void> {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#opened = this.#prepare()
    await this.#opened
  }

  listen(device: MqttDevice, listener: DeviceListener): () => void {
    const end = this.#router.add(device, listener)
    // All that are added in this turn are heard before a device can publish: nothing is confirmed that nobody took.
    this.#start ??= setImmediate(() => void this.#accept())
    return end
  }

  read(device: MqttDevice, signal: AbortSignal): Promise<readonly Measurement[]> {
    return this.#router.next(device, signal, (asked, listener) => this.listen(asked, listener))
  }

  async close(): Promise<void> {
    this.#isOpen = false
    clearImmediate(this.#start)
    this.#start = undefined
    await this.#opened.catch(() => undefined)
    const broker = this.#broker
    this.#broker = undefined
    await broker?.stop()
    await this.#router.close()
  }

  async #prepare(): Promise<void> {
    const { clock, log, onDiscard: discard = () => undefined } = this.#dependencies
    await this.#router.open()
    const settings = await settingsOf(this.#connection)
    if (!this.#isOpen) return
    this.#broker = new ListenerBroker(settings, {
      clock,
      log,
      discard,
      hear: (message) => this.#router.hear(message),
      down: (error) => this.#router.fault(error),
    })
  }

  async #accept(): Promise<void> {
    try {
      await Promise.all([this.#opened, this.#router.ready()])
      if (this.#isOpen) this.#broker?.start()
    } catch (thrown) {
      this.#router.fault(toAppError(thrown, 'driver.connection'))
    }
  }
}

async function settingsOf(connection: MqttListenerConnection): Promise<ListenerSettings> {
  const { usersFile, certificate, key, users = [], ...given } = connection
  const isHash = (hash: string) => new RegExp(passwordHashPattern).test(hash)
  const fromFile =
    usersFile === undefined ? [] : parseUsersFile((await contentsOf(usersFile)).toString('utf8'), usersFile, isHash)
  const tls =
    certificate === undefined || key === undefined
      ? undefined
      : { certificate: await contentsOf(certificate), key: await contentsOf(key) }
  return { ...listenerDefaults, ...given, users: [...users, ...fromFile], tls }
}

async function contentsOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new AppError('config.invalid', `${path} cannot be read`, { cause })
  }
}
