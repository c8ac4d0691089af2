// Carries the outbox to the hub: in order, at most a window ahead of the hub's acknowledgement, again after any interruption.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { encodeCommandResult } from '../../broker/contract/command-codec.ts'
import type { CommandResult } from '../../broker/contract/command.ts'
import { readAck } from '../../broker/contract/ack.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { AckDocument, StatusDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope, isEventBody } from '../../broker/contract/envelope-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { maxStatusBytes } from '../../broker/contract/status-size.ts'
import {
  commandResultTopic,
  everyCommand,
  type GatewayIdentity,
  gatewayKey,
  parseTopic,
  topicOf,
} from '../../broker/contract/topics.ts'
import type { Counters } from '../counters.ts'
import type { OutboxMessage } from '../outbox/message.ts'
import type { LaneView, Outbox } from '../outbox/outbox.ts'
import { createBackoff } from './backoff.ts'
import { type Connection, type HubAddress, type Message, openConnection } from './connection.ts'
import { LaneWindow } from './lane-window.ts'
import { RepeatedWarning } from './repeated-warning.ts'

export interface UplinkOptions {
  readonly identity: GatewayIdentity
  readonly hub: HubAddress
  /** Messages sent and not yet acknowledged by the hub, over all epochs. Beyond it sending waits; nothing is dropped. */
  readonly window: number
  /** The part of the window that a backlog leaves to live readings; at most half of it, so that a backlog always drains. */
  readonly liveReserve: number
  /** With more readings than this waiting at a connect, live readings get an epoch of their own and overtake the backlog. */
  readonly rollAboveReadings: number
  readonly ackTimeoutMs: number
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

export interface UplinkDependencies {
  readonly outbox: Outbox
  /** The birth (`online`), the announced end (`shutdown`) or the last will (`lost`). */
  readonly status: (state: 'online' | 'shutdown' | 'lost') => StatusDocument
  /** A command of the hub, as it came. Does not throw. */
  readonly onCommand?: (id: string, payload: Uint8Array) => void
  /** Absent: this gateway takes no desired state. */
  readonly deployment?: DesiredStatePort | undefined
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** [0, 1), for jitter. */
  readonly random: () => number
}

/** So many messages are a backlog too: events have no readings, and their thumbnails take their time. */
const rollAboveMessages = 1_000
/** More epochs than this are never drained side by side. */
const maxLanes = 4
const takeLimit = 32
const rewindGuardMs = 2000
const ackTimeoutCapMs = 120_000
/** A connection that lasted this long was a good one: the next attempt starts without the delay of earlier failures. */
const stableAfterMs = 30_000
/** Resent messages may wait for PUBACKs beside the window's own; beyond this nothing is sent until the ack time-out decides. */
const maxUnconfirmedWindows = 4
const statusDelayMs = 1000
/** Of the log that somebody follows no more is sent while so many publishes wait for their PUBACK. */
const mostUnconfirmedForLog = 256

export class Uplink {
  readonly #options: UplinkOptions
  readonly #dependencies: UplinkDependencies
  readonly #ackTopic: string
  readonly #desiredTopic: string
  readonly #telemetryTopic: string
  readonly #eventTopic: string
  readonly #windows = new Map<string, LaneWindow>()
  readonly #reconnect: ReturnType<typeof createBackoff>
  readonly #refusedAck: RepeatedWarning
  readonly #refusedBirth: RepeatedWarning
  #running = false
  #connection: Connection | undefined
  #connectedAtMs = 0
  #attempt: Promise<void> = Promise.resolve()
  #retryTimer: Timer | undefined
  #ackTimer: Timer | undefined
  #statusTimer: Timer | undefined
  #ackTimeoutMs: number
  #tlsSession: Buffer | undefined
  /** The certificate that the session was made with: a session outlives no renewal. */
  #tlsCertificate: Buffer | undefined

  constructor(options: UplinkOptions, dependencies: UplinkDependencies) {
    this.#options = options
    this.#dependencies = dependencies
    this.#ackTopic = topicOf(options.identity, 'ack')
    this.#desiredTopic = topicOf(options.identity, 'desired')
    this.#telemetryTopic = topicOf(options.identity, 'telemetry')
    this.#eventTopic = topicOf(options.identity, 'event')
    this.#ackTimeoutMs = options.ackTimeoutMs
    const { reconnectBaseMs: baseMs, reconnectCapMs: capMs } = options
    this.#reconnect = createBackoff({ baseMs, capMs, random: dependencies.random })
    this.#refusedAck = new RepeatedWarning('an acknowledgement of the hub could not be used', dependencies)
    this.#refusedBirth = new RepeatedWarning('the hub cannot use the birth document of this gateway', dependencies)
  }

  get connected(): boolean {
    return this.#connection !== undefined
  }

  /** Begins to connect; returns at once, and goes on trying until `stop`. */
  start(): void {
    this.#running = true
    this.#dependencies.outbox.onReady(() => this.#pump())
    this.#attempt = this.#connect()
  }

  /** Announces the end, disconnects and cancels every timer. What is not acknowledged stays in the outbox. */
  async stop(): Promise<void> {
    this.#running = false
    this.#dependencies.outbox.onReady(() => undefined)
    for (const timer of [this.#retryTimer, this.#ackTimer, this.#statusTimer]) timer?.cancel()
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
      if (this.#running && this.#mustRoll()) this.#dependencies.outbox.rollEpoch()
      await this.#announce(connection)
      this.#report(connection)
      // Its end before this line was told to nobody: without the check no other attempt would ever be made.
      if (!connection.usable) throw new AppError('uplink.refused', 'the connection was lost while it was being made')
      this.#windows.clear()
      this.#connectedAtMs = clock.monotonic()
      this.#connection = connection
      log.info({ hub: this.#options.hub.url }, 'connected to the hub')
      if (this.#running) this.#pump()
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
    this.#ackTimer?.cancel()
    this.#ackTimer = undefined
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

  #mustRoll(): boolean {
    const { outbox } = this.#dependencies
    const { readings, messages } = outbox.depth()
    const long = readings > this.#options.rollAboveReadings || messages > rollAboveMessages
    return long && outbox.lanes().length < maxLanes
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
    const { counters, log } = this.#dependencies
    const document = this.#dependencies.status(state)
    let payload = encodeDocument(document)
    if (payload.length > maxStatusBytes) {
      counters.add('uplink_births_refused', 'too-large')
      const fields = { bytes: payload.length, maxBytes: maxStatusBytes, devices: document.devices?.length ?? 0 }
      log.error(fields, 'the birth document is too large for the hub: it is sent without devices; use several gateways')
      const { devices: _devices, ...rest } = document
      payload = encodeDocument(rest)
    }
    return { topic: topicOf(this.#options.identity, 'status'), payload, retain: true }
  }

  /** Sends what the window allows, the newest epoch first: that is where the live readings are. */
  #pump(): void {
    const lanes = [...this.#dependencies.outbox.lanes()].reverse()
    for (const epoch of this.#windows.keys()) {
      if (!lanes.some((lane) => lane.epoch === epoch)) this.#windows.delete(epoch)
    }
    const reserve = Math.min(this.#options.liveReserve, Math.floor(this.#options.window / 2))
    for (const [index, lane] of lanes.entries()) this.#pumpLane(lane, index === 0 ? 0 : reserve)
    this.#watchAcks()
  }

  #pumpLane({ epoch }: LaneView, reserve: number): void {
    const window = this.#windowOf(epoch)
    for (;;) {
      const limit = Math.min(takeLimit, this.#options.window - reserve - this.#inFlight())
      if (limit <= 0 || !this.#maySend()) return
      const messages = this.#dependencies.outbox.take({ epoch, after: window.sentThrough, limit })
      for (const message of messages) if (!this.#send(window, message)) return
      if (messages.length < limit) return
    }
  }

  #send(window: LaneWindow, { epoch, seq, pack }: OutboxMessage): boolean {
    const envelope = encodeEnvelope({ epoch, seq, prev: window.sentThrough, pack })
    const topic = isEventBody(pack) ? this.#eventTopic : this.#telemetryTopic
    const sent = this.#connection?.send({ topic, payload: envelope, retain: false }) ?? false
    if (sent) window.sent(seq, this.#dependencies.clock.monotonic())
    return sent
  }

  #maySend(): boolean {
    const connection = this.#connection
    return connection?.usable === true && connection.unconfirmed < maxUnconfirmedWindows * this.#options.window
  }

  #inFlight(): number {
    let sum = 0
    for (const window of this.#windows.values()) sum += window.inFlight
    return sum
  }

  #windowOf(epoch: string): LaneWindow {
    const existing = this.#windows.get(epoch)
    if (existing !== undefined) return existing
    const window = new LaneWindow(epoch)
    this.#windows.set(epoch, window)
    return window
  }

  #report(connection: Connection): void {
    const payload = this.#dependencies.deployment?.report()
    if (payload === undefined) return
    connection.send({ topic: topicOf(this.#options.identity, 'reported'), payload, retain: true })
  }

  #received(topic: string, payload: Uint8Array): void {
    if (topic === this.#desiredTopic) return this.#dependencies.deployment?.received(payload)
    if (topic !== this.#ackTopic) {
      const command = parseTopic(topic)
      if (command?.kind === 'command') this.#dependencies.onCommand?.(command.id, payload)
      return
    }
    try {
      this.#acknowledged(readAck(payload))
    } catch (error) {
      const fault = toAppError(error, 'internal')
      this.#dependencies.counters.add('uplink_refused_acks', fault.code)
      this.#refusedAck.warn({ code: fault.code, reason: fault.message, bytes: payload.length })
    }
  }

  #acknowledged(ack: AckDocument): void {
    const { outbox, counters, log, clock } = this.#dependencies
    if (ack.refused !== undefined) {
      counters.add('uplink_births_refused', 'hub')
      return this.#refusedBirth.warn({ reason: ack.refused })
    }
    const lane = outbox.lanes().find(({ epoch }) => epoch === ack.epoch)
    if (lane === undefined) {
      counters.add('uplink_refused_acks', 'unknown-epoch')
      this.#refusedAck.warn({
        code: 'unknown-epoch',
        reason: 'it is about an epoch that is not here',
        epoch: ack.epoch,
      })
      return
    }
    if (ack.through > lane.takenThrough) {
      log.error(
        { epoch: ack.epoch, through: ack.through },
        'the hub acknowledges what was never sent: the epoch is renewed',
      )
      outbox.renewEpoch(ack.epoch)
      this.statusChanged()
      return this.#pump()
    }
    const window = this.#windowOf(ack.epoch)
    if (outbox.ack(ack.epoch, ack.through) === 'advanced') {
      window.acked(ack.through, clock.monotonic())
      this.#ackTimeoutMs = this.#options.ackTimeoutMs
      this.#reconnect.reset()
    }
    if (ack.rewind === true && window.rewind(clock.monotonic(), rewindGuardMs)) counters.add('uplink_rewinds', 'hub')
    this.#pump()
  }

  #watchAcks(): void {
    if (this.#inFlight() === 0) {
      this.#ackTimer?.cancel()
      this.#ackTimer = undefined
    } else if (this.#running) {
      this.#ackTimer ??= this.#dependencies.clock.setTimer(() => this.#ackOverdue(), this.#ackTimeoutMs)
    }
  }

  /** The hub may have lost messages that its broker confirmed: send again, less and less often while nothing comes back. */
  #ackOverdue(): void {
    const { clock, counters, log } = this.#dependencies
    this.#ackTimer = undefined
    const nowMs = clock.monotonic()
    const overdue = [...this.#windows.values()].filter((window) => window.waitedMs(nowMs) >= this.#ackTimeoutMs - 1)
    if (overdue.length > 0) {
      log.warn({ timeoutMs: this.#ackTimeoutMs }, 'the hub does not acknowledge')
      const jitter = 1 + this.#dependencies.random() / 4
      this.#ackTimeoutMs = Math.min(ackTimeoutCapMs, this.#ackTimeoutMs * 2 * jitter)
    }
    for (const window of overdue) {
      counters.add('uplink_rewinds', 'ack-timeout')
      window.restart()
    }
    if (overdue.length > 0 && (this.#connection?.unconfirmed ?? 0) >= this.#options.window) this.#abandon()
    else this.#pump()
  }

  /** Not even PUBACKs come: a new connection, so that MQTT.js does not collect what is sent again and again. */
  #abandon(): void {
    this.#connection?.destroy()
    this.#connection = undefined
    this.#dependencies.counters.add('uplink_disconnects', 'no-puback')
    this.#retryLater()
  }
}
