// One lasting connection to somebody else's broker: made again when it is lost, and confirming a message only when it is kept.
import { type IClientOptions, type IPublishPacket, type MqttClient, connect } from 'mqtt'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { MqttMessage } from './device-ears.ts'
import type { Subscription } from './mqtt-address.ts'

export interface BrokerAddress {
  readonly url: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** A session of this name, in which the broker keeps what we have not confirmed; undefined: none is kept. */
  readonly session: string | undefined
  readonly ca: Buffer | undefined
  readonly certificate: Buffer | undefined
  readonly key: Buffer | undefined
}

export interface BrokerLinkDependencies {
  readonly clock: Clock
  readonly log: Log
  /** What is subscribed at each connection. */
  readonly subscriptions: () => readonly Subscription[]
  /** Resolves when the message may be confirmed. Rejects with `driver.connection` when nobody listens any more. */
  readonly hear: (message: MqttMessage) => Promise<void>
  /** The broker has been away for a minute, and at each further attempt: a sensor that speaks every ten minutes misses nothing in a shorter one. */
  readonly down: (error: AppError) => void
}

const firstRetryMs = 100
const maxRetryMs = 10_000
/** A connection that lasted this long was a good one. */
const stableAfterMs = 30_000
const connectTimeoutMs = 10_000
const toldAwayAfterMs = 60_000
const keepaliveS = 30
const endTimeoutMs = 1000
/** Owner: this link. Bound: messages of QoS 1 not confirmed. Beyond it the connection is made anew, and the broker sends them again. */
const maxUnconfirmed = 1000

/** MQTT 3.1.1 §3.4. MQTT.js writes a PUBACK only before it takes the next message, which would be one message a commit. */
const puback = (messageId: number): Buffer => Buffer.of(0x40, 2, messageId >> 8, messageId & 0xff)

export class BrokerLink {
  readonly #address: BrokerAddress
  readonly #dependencies: BrokerLinkDependencies
  readonly #heard = new Set<Promise<void>>()
  #lastHeard: Promise<void> = Promise.resolve()
  #client: MqttClient | undefined
  #isRunning = false
  #retryMs = firstRetryMs
  #retryTimer: Timer | undefined
  #connectedMs = 0
  #awaySinceMs: number | undefined

  constructor(address: BrokerAddress, dependencies: BrokerLinkDependencies) {
    this.#address = address
    this.#dependencies = dependencies
  }

  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#connect()
  }

  /** Waits a moment for messages that are being kept, so that they are confirmed; then disconnects. */
  async stop(): Promise<void> {
    this.#isRunning = false
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    const client = this.#client
    if (client === undefined) return
    await this.#within(endTimeoutMs, Promise.allSettled(this.#heard))
    this.#client = undefined
    if (client.connected)
      await this.#within(
        endTimeoutMs,
        client.endAsync(false).catch(() => undefined),
      )
    discard(client)
  }

  /** Subscribes to what was added since the connection was made. */
  subscribe(subscriptions: readonly Subscription[]): void {
    const client = this.#client
    if (client?.connected === true) void this.#subscribe(client, subscriptions)
  }

  /** QoS 0; nothing happens while there is no connection. */
  publish(topic: string, payload: Uint8Array): void {
    if (this.#client?.connected === true) this.#client.publish(topic, Buffer.from(payload), { qos: 0 })
  }

  #connect(): void {
    let client: MqttClient
    try {
      client = connect(this.#address.url, this.#options())
    } catch (thrown) {
      this.#lost(undefined, toAppError(thrown, 'driver.connection'))
      return
    }
    this.#client = client
    let reason = new AppError('driver.connection', 'the broker closed the connection')
    client.handleMessage = (packet, next) => this.#received(client, packet, next)
    client.on('connect', () => {
      this.#connectedMs = this.#dependencies.clock.monotonic()
      this.#awaySinceMs = undefined
      this.#dependencies.log.info({ broker: this.#address.url }, 'connected to the broker')
      void this.#subscribe(client, this.#dependencies.subscriptions())
    })
    client.on('error', (error) => {
      reason = new AppError('driver.connection', `the broker: ${error.message}`, { cause: error })
    })
    client.on('close', () => this.#lost(client, reason))
  }

  #options(): IClientOptions {
    const { user, password, session, ca, certificate, key } = this.#address
    return {
      protocolVersion: 4,
      clientId: session ?? `musubi-${Math.random().toString(36).slice(2, 12)}`,
      clean: session === undefined,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      rejectUnauthorized: true,
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    }
  }

  async #subscribe(client: MqttClient, subscriptions: readonly Subscription[]): Promise<void> {
    const { log } = this.#dependencies
    if (subscriptions.length === 0) return
    try {
      const wanted = Object.fromEntries(subscriptions.map(({ filter, qos }) => [filter, { qos }]))
      const grants = await client.subscribeAsync(wanted)
      for (const { topic } of grants.filter(({ qos }) => qos === 128)) {
        log.error({ topic }, 'the broker refuses the subscription')
      }
    } catch (error) {
      log.warn({ error }, 'the subscriptions could not be made')
      if (this.#client === client) client.stream.destroy()
    }
  }

  /** `next` with an error goes on without a PUBACK: ours follows when the message is kept. */
  #received(client: MqttClient, packet: IPublishPacket, next: (error?: Error) => void): void {
    const { topic, qos, retain, messageId } = packet
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    if (this.#heard.size >= maxUnconfirmed) {
      this.#dependencies.log.warn({ unconfirmed: maxUnconfirmed }, 'too many messages are not confirmed')
      client.stream.destroy()
      return
    }
    const before = this.#lastHeard
    const hearing = this.#hear(client, { topic, payload, qos, retained: retain }, { messageId, before })
    this.#lastHeard = hearing
    this.#heard.add(hearing)
    void hearing.finally(() => this.#heard.delete(hearing))
    next(qos === 0 ? undefined : notYet)
  }

  /** Never rejects. PUBACKs go out in the order in which the messages came [MQTT-4.6.0-2]. */
  async #hear(
    client: MqttClient,
    message: MqttMessage,
    { messageId, before }: { readonly messageId: number | undefined; readonly before: Promise<void> },
  ): Promise<void> {
    try {
      await this.#dependencies.hear(message)
    } catch (thrown) {
      const error = toAppError(thrown, 'internal')
      this.#dependencies.log.warn({ code: error.code, topic: message.topic }, 'a message was not kept')
      // The broker sends again what a session has not confirmed, but only after a new connection.
      const isWorthwhile = message.qos > 0 && error.code !== 'driver.connection'
      if (isWorthwhile && this.#client === client) client.stream.destroy()
      return
    }
    await before
    if (message.qos === 1 && messageId !== undefined && client.connected) client.stream.write(puback(messageId))
  }

  #lost(client: MqttClient | undefined, error: AppError): void {
    if (client !== undefined) discard(client)
    if (this.#client !== client) return
    this.#client = undefined
    if (!this.#isRunning) return
    const { clock, log, down } = this.#dependencies
    log.warn({ broker: this.#address.url, reason: error.message }, 'the broker is not there')
    if (this.#connectedMs > 0 && clock.monotonic() - this.#connectedMs > stableAfterMs) this.#retryMs = firstRetryMs
    this.#connectedMs = 0
    this.#awaySinceMs ??= clock.monotonic()
    if (clock.monotonic() - this.#awaySinceMs >= toldAwayAfterMs) down(error)
    const delayMs = this.#retryMs * (0.5 + Math.random() / 2)
    this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2)
    this.#retryTimer = clock.setTimer(() => {
      this.#retryTimer = undefined
      this.#connect()
    }, delayMs)
  }

  async #within(limitMs: number, work: Promise<unknown>): Promise<void> {
    let timer: Timer | undefined
    const late = new Promise<void>((resolve) => {
      timer = this.#dependencies.clock.setTimer(resolve, limitMs)
    })
    await Promise.race([work, late])
    timer?.cancel()
  }
}

const notYet = new Error('confirmed when it is kept')

/** Ends a client for good: no event of it reaches us any more, and a late error cannot become an uncaught one. */
function discard(client: MqttClient): void {
  client.removeAllListeners()
  client.on('error', () => undefined)
  client.end(true)
}
