// The gateway's connection to its hub: made again after any interruption, announced by a birth and an end, and shared by all that goes over it.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { encodeCommandResult } from '../../broker/contract/command-codec.ts'
import type { CommandResult } from '../../broker/contract/command.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { Timer } from '../../broker/contract/ports.ts'
import { commandResultTopic, everyCommand, gatewayKey, parseTopic, topicOf } from '../../broker/contract/topics.ts'
import { createBackoff } from './backoff.ts'
import { type Connection, type HubAddress, type Message, openConnection } from './connection.ts'
import { type DrainDependencies, type DrainOptions, OutboxDrain } from './outbox-drain.ts'
import { RepeatedWarning } from './repeated-warning.ts'
import { statusMessage } from './status-message.ts'

export interface UplinkOptions extends DrainOptions {
  readonly hub: HubAddress
  readonly connectTimeoutMs: number
  readonly keepaliveS: number
  readonly reconnectBaseMs: number
  readonly reconnectCapMs: number
}

export const uplinkDefaults = {
  window: 64,
  liveReserve: 16,
  rollAboveReadings: 20_000,
  ackTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  keepaliveS: 30,
  reconnectBaseMs: 1000,
  reconnectCapMs: 60_000,
} as const satisfies Partial<UplinkOptions>

interface DesiredStatePort {
  /** A desired state, as it came. Does not throw. */
  received(payload: Uint8Array): void
  /** The reported state, for each connection and after each change. */
  report(): Uint8Array
}

export interface UplinkDependencies extends DrainDependencies {
  /** The birth (`online`), the announced end (`shutdown`) or the last will (`lost`). */
  readonly status: (state: 'online' | 'shutdown' | 'lost') => StatusDocument
  /** What is new since the birth, in short. Absent: nothing ever is. */
  readonly condition?: () => StatusDocument
  /** A command of the hub, as it came. Does not throw. */
  readonly onCommand?: (id: string, payload: Uint8Array) => void
  /** Absent: this gateway takes no desired state. */
  readonly deployment?: DesiredStatePort | undefined
}

/** A connection that lasted this long was a good one: the next attempt starts without the delay of earlier failures. */
const stableAfterMs = 30_000
const statusDelayMs = 1000
/** Of the log that somebody follows no more is sent while so many publishes wait for their PUBACK. */
const mostUnconfirmedForLog = 256

export class Uplink {
  readonly #options: UplinkOptions
  readonly #dependencies: UplinkDependencies
  readonly #ackTopic: string
  readonly #desiredTopic: string
  readonly #reconnect: ReturnType<typeof createBackoff>
  readonly #drain: OutboxDrain
  readonly #refusedBirth: RepeatedWarning
  #running = false
  #connection: Connection | undefined
  #connectedAtMs = 0
  #attempt: Promise<void> = Promise.resolve()
  #retryTimer: Timer | undefined
  #statusTimer: Timer | undefined
  #tlsSession: Buffer | undefined
  /** The certificate that the session was made with: a session outlives no renewal. */
  #tlsCertificate: Buffer | undefined

  constructor(options: UplinkOptions, dependencies: UplinkDependencies) {
    this.#options = options
    this.#dependencies = dependencies
    this.#ackTopic = topicOf(options.identity, 'ack')
    this.#desiredTopic = topicOf(options.identity, 'desired')
    const { reconnectBaseMs: baseMs, reconnectCapMs: capMs } = options
    this.#reconnect = createBackoff({ baseMs, capMs, random: dependencies.random })
    this.#refusedBirth = new RepeatedWarning('the hub cannot use the birth document of this gateway', dependencies)
    this.#drain = new OutboxDrain(options, dependencies, {
      connection: () => this.#connection,
      progressed: () => this.#reconnect.reset(),
      birthRefused: (reason) => this.#refusedBirth.warn({ reason }),
      epochRenewed: () => this.statusChanged(),
      stuck: () => this.#abandon(),
    })
  }

  get connected(): boolean {
    return this.#connection !== undefined
  }

  /** Begins to connect; returns at once, and goes on trying until `stop`. */
  start(): void {
    this.#running = true
    this.#drain.start()
    this.#attempt = this.#connect()
  }

  /** Announces the end, disconnects and cancels every timer. What is not acknowledged stays in the outbox. */
  async stop(): Promise<void> {
    this.#running = false
    this.#drain.stop()
    for (const timer of [this.#retryTimer, this.#statusTimer]) timer?.cancel()
    await this.#attempt
    const connection = this.#connection
    this.#connection = undefined
    if (connection === undefined) return
    try {
      await connection.deliver(this.#statusMessage('shutdown'))
    } catch (error) {
      this.#dependencies.log.warn({ error }, 'the offline status could not be delivered')
    }
    await connection.end()
  }

  /** The birth document has changed: it is published again, soon and once for several changes. */
  statusChanged(): void {
    if (!this.#running) return
    this.#statusTimer ??= this.#dependencies.clock.setTimer(() => {
      this.#statusTimer = undefined
      this.#connection?.send(this.#statusMessage('online'))
    }, statusDelayMs)
  }

  /** The condition has changed: told at once, and not retained. Without a connection the next birth tells it. */
  conditionChanged(): void {
    const document = this.#dependencies.condition?.()
    if (document === undefined) return
    const { counters, log } = this.#dependencies
    const message = statusMessage(document, { identity: this.#options.identity, counters, log })
    this.#connection?.send({ ...message, retain: false })
  }

  /** Tells what became of a command. Returns false, and sends nothing, where there is no connection. */
  answer(id: string, result: CommandResult): boolean {
    const topic = commandResultTopic(this.#options.identity, id)
    return this.#connection?.send({ topic, payload: encodeCommandResult(result), retain: false }) ?? false
  }

  /** Lines of the log for whoever follows it. Returns false where there is no connection, or too much waits on it already. */
  publishLog(payload: Uint8Array): boolean {
    const connection = this.#connection
    if (connection === undefined || connection.unconfirmed >= mostUnconfirmedForLog) return false
    return connection.send({ topic: topicOf(this.#options.identity, 'log'), payload, retain: false })
  }

  /** The reported state has changed. What is not sent now is sent at the next connection. */
  reportChanged(): void {
    if (this.#connection !== undefined) this.#report(this.#connection)
  }

  async #connect(): Promise<void> {
    const { log, counters, clock } = this.#dependencies
    try {
      const connection = await this.#open()
      this.#drain.makeWay()
      await this.#announce(connection)
      this.#report(connection)
      // Its end before this line was told to nobody: without the check no other attempt would ever be made.
      if (!connection.usable) throw new AppError('uplink.refused', 'the connection was lost while it was being made')
      this.#drain.forget()
      this.#connectedAtMs = clock.monotonic()
      this.#connection = connection
      log.info({ hub: this.#options.hub.url }, 'connected to the hub')
      this.#drain.connected()
    } catch (error) {
      const fault = toAppError(error, 'uplink.refused')
      counters.add('uplink_connect_failures', fault.code)
      log.warn({ reason: fault.message }, 'the hub cannot be reached')
      this.#retryLater()
    }
  }

  async #open(): Promise<Connection> {
    const { identity, hub, keepaliveS, connectTimeoutMs: timeoutMs } = this.#options
    if (hub.certificate !== this.#tlsCertificate) this.#tlsSession = undefined
    this.#tlsCertificate = hub.certificate
    const connection = await openConnection(
      {
        hub,
        clientId: gatewayKey(identity),
        keepaliveS,
        timeoutMs,
        will: this.#statusMessage('lost'),
        subscribe: [
          this.#ackTopic,
          everyCommand(identity),
          ...(this.#dependencies.deployment === undefined ? [] : [this.#desiredTopic]),
        ],
        tlsSession: this.#tlsSession,
        clock: this.#dependencies.clock,
      },
      {
        onMessage: (topic, payload) => this.#received(topic, payload),
        onTlsSession: (session) => {
          this.#tlsSession = session
        },
        onClose: (reason) => {
          if (this.#connection === connection) this.#closed(reason)
        },
      },
    )
    return connection
  }

  #closed(reason: AppError): void {
    const { log, counters, clock } = this.#dependencies
    this.#connection = undefined
    this.#drain.disconnected()
    if (!this.#running) return
    counters.add('uplink_disconnects', reason.code)
    log.warn({ reason: reason.message }, 'the connection to the hub is gone')
    if (clock.monotonic() - this.#connectedAtMs > stableAfterMs) this.#reconnect.reset()
    this.#retryLater()
  }

  #retryLater(): void {
    if (!this.#running) return
    this.#retryTimer?.cancel()
    this.#retryTimer = this.#dependencies.clock.setTimer(() => {
      this.#attempt = this.#connect()
    }, this.#reconnect.next())
  }

  /** Delivers the birth. A broker that does not take it can only close the connection, so the log says what it was closed on. */
  async #announce(connection: Connection): Promise<void> {
    const birth = this.#statusMessage('online')
    try {
      await connection.deliver(birth)
    } catch (error) {
      connection.destroy()
      this.#dependencies.counters.add('uplink_births_refused', 'not-acknowledged')
      const reason = toAppError(error, 'uplink.refused').message
      const bytes = birth.payload.length
      throw new AppError('uplink.refused', `the birth document of ${bytes} bytes was not taken: ${reason}`, {
        cause: error,
      })
    }
  }

  #statusMessage(state: 'online' | 'shutdown' | 'lost'): Message {
    const { counters, log, status } = this.#dependencies
    return statusMessage(status(state), { identity: this.#options.identity, counters, log })
  }

  #report(connection: Connection): void {
    const payload = this.#dependencies.deployment?.report()
    if (payload === undefined) return
    connection.send({ topic: topicOf(this.#options.identity, 'reported'), payload, retain: true })
  }

  #received(topic: string, payload: Uint8Array): void {
    if (topic === this.#desiredTopic) return this.#dependencies.deployment?.received(payload)
    if (topic === this.#ackTopic) return this.#drain.received(payload)
    const command = parseTopic(topic)
    if (command?.kind === 'command') this.#dependencies.onCommand?.(command.id, payload)
  }

  /** Not even PUBACKs come: a new connection, so that MQTT.js does not collect what is sent again and again. */
  #abandon(): void {
    this.#connection?.destroy()
    this.#connection = undefined
    this.#dependencies.counters.add('uplink_disconnects', 'no-puback')
    this.#retryLater()
  }
}
