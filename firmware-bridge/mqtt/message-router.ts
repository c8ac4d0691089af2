// Gives each message to the devices whose topics it is on, and tells when it may be confirmed to its sender.
import { AppError } from '../../broker/contract/app-error.ts'
import type { DeviceListener, DriverDependencies, Measurement } from '../driver.ts'
import { abortReason, startDeadline } from '../drivers/read-deadline.ts'
import { UplinkMemory } from '../lorawan/uplink-memory.ts'
import { type DeviceEar, deviceEar, type MqttDevice, type MqttMessage } from './device-ears.ts'
import { type Subscription, subscriptionsOf } from './mqtt-address.ts'
import { SparkplugNodes } from './sparkplug-nodes.ts'
import { matchesTopic, parseFilter, type TopicFilter } from './topic-filter.ts'

interface Entry {
  readonly device: MqttDevice
  readonly listener: DeviceListener
  readonly ear: DeviceEar
  readonly subscriptions: readonly Subscription[]
  readonly filters: readonly TopicFilter[]
}

export class MessageRouter {
  readonly #dependencies: DriverDependencies
  readonly #entries = new Set<Entry>()
  readonly #uplinks: UplinkMemory
  readonly #nodes: SparkplugNodes

  constructor(dependencies: DriverDependencies, publish: (topic: string, payload: Uint8Array) => void) {
    const { clock, log, folder } = dependencies
    this.#dependencies = dependencies
    this.#uplinks = new UplinkMemory({ clock, log, folder })
    this.#nodes = new SparkplugNodes({ clock, log, discard: this.#discard, publish })
  }

  get isListening(): boolean {
    return this.#entries.size > 0
  }

  /** Each filter once, with the highest QoS that a device wants. */
  get subscriptions(): readonly Subscription[] {
    const wanted = new Map<string, 0 | 1>()
    for (const { filter, qos } of [...this.#entries].flatMap(({ subscriptions }) => subscriptions)) {
      wanted.set(filter, qos === 1 || wanted.get(filter) === 1 ? 1 : 0)
    }
    return [...wanted].map(([filter, qos]) => ({ filter, qos }))
  }

  /** Throws `config.invalid` for a profile that does not fit the address. */
  add(device: MqttDevice, listener: DeviceListener): () => void {
    const ear = deviceEar(device, listener, {
      ...this.#dependencies,
      discard: this.#discard,
      uplinks: this.#uplinks,
      nodes: this.#nodes,
    })
    const subscriptions = subscriptionsOf(device.address)
    const filters = subscriptions.map(({ filter }) => parseFilter(filter))
    const entry: Entry = { device, listener, ear, subscriptions, filters }
    this.#entries.add(entry)
    return () => void this.#entries.delete(entry)
  }

  /** The next readings of a device, without confirming them: whoever asks once does not keep them. */
  async next(device: MqttDevice, signal: AbortSignal, add: MessageRouter['add']): Promise<readonly Measurement[]> {
    const deadline = startDeadline(this.#dependencies.clock, device.timeoutMs, signal)
    const { promise, resolve, reject } = Promise.withResolvers<readonly Measurement[]>()
    const end = add(device, {
      take(measurements) {
        resolve(measurements)
        return Promise.reject(new AppError('outbox.full', 'a single read keeps nothing'))
      },
      fault: reject,
    })
    const onAbort = () => reject(abortReason(deadline.signal))
    deadline.signal.addEventListener('abort', onAbort, { once: true })
    if (deadline.signal.aborted) onAbort()
    try {
      return await promise
    } finally {
      end()
      deadline.signal.removeEventListener('abort', onAbort)
      deadline.end()
    }
  }

  /** What must be there before the first message. */
  async ready(): Promise<void> {
    if ([...this.#entries].some(({ device }) => device.profile.driver === 'sparkplug')) await this.#nodes.load()
  }

  /**
   * Resolves when the message may be confirmed: its readings are kept, it is of no device, or nobody will ever understand
   * it. Rejects when it must not be: the readings could not be kept, or nobody listens (`driver.connection`).
   */
  async hear(message: MqttMessage): Promise<void> {
    if (!this.isListening) throw new AppError('driver.connection', 'nobody listens')
    const ears = [...this.#entries].filter(({ filters }) =>
      filters.some((filter) => matchesTopic(filter, message.topic)),
    )
    if (ears.length === 0) {
      this.#discard('foreign', 1)
      this.#dependencies.log.debug({ topic: message.topic }, 'a message of no device')
      return
    }
    const outcomes = await Promise.allSettled(ears.map(({ ear }) => ear(message)))
    const refused = outcomes.find((outcome) => outcome.status === 'rejected')
    if (refused !== undefined) throw refused.reason
  }

  /** Of the whole connection. */
  fault(error: AppError): void {
    for (const { listener } of this.#entries) listener.fault(error)
  }

  open(): Promise<void> {
    return this.#uplinks.open()
  }

  async close(): Promise<void> {
    this.#entries.clear()
    await this.#uplinks.close()
  }

  readonly #discard = (reason: Parameters<NonNullable<DriverDependencies['onDiscard']>>[0], amount: number): void => {
    this.#dependencies.onDiscard?.(reason, amount)
  }
}
