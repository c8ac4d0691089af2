// Drains the outbox over whatever connection there is: in order, at most a window ahead of the hub's acknowledgement, again where none comes.
import { readAck } from '../../broker/contract/ack.ts'
import { toAppError } from '../../broker/contract/app-error.ts'
import type { AckDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope, isEventBody } from '../../broker/contract/envelope-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { type GatewayIdentity, topicOf } from '../../broker/contract/topics.ts'
import type { Counters } from '../counters.ts'
import type { OutboxMessage } from '../outbox/message.ts'
import type { LaneView, Outbox } from '../outbox/outbox.ts'
import type { Connection } from './connection.ts'
import { LaneWindow } from './lane-window.ts'
import { RepeatedWarning } from './repeated-warning.ts'

export interface DrainOptions {
  readonly identity: GatewayIdentity
  /** Messages sent and not yet acknowledged by the hub, over all epochs. Beyond it sending waits; nothing is dropped. */
  readonly window: number
  /** The part of the window that a backlog leaves to live readings; at most half of it, so that a backlog always drains. */
  readonly liveReserve: number
  /** With more readings than this waiting at a connect, live readings get an epoch of their own and overtake the backlog. */
  readonly rollAboveReadings: number
  readonly ackTimeoutMs: number
}

export interface DrainDependencies {
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  /** [0, 1), for jitter. */
  readonly random: () => number
}

/** What the drain needs of the uplink, and tells it. */
interface DrainPort {
  /** Undefined: there is none, and nothing is sent. */
  readonly connection: () => Connection | undefined
  /** The hub has stored something: the connection is a good one. */
  readonly progressed: () => void
  readonly birthRefused: (reason: string) => void
  /** The epoch was renewed: the birth names another one. */
  readonly epochRenewed: () => void
  /** Not even PUBACKs come: a new connection is needed. */
  readonly stuck: () => void
}

/** So many messages are a backlog too: events have no readings, and their thumbnails take their time. */
const rollAboveMessages = 1_000
/** More epochs than this are never drained side by side. */
const maxLanes = 4
const takeLimit = 32
const rewindGuardMs = 2000
const ackTimeoutCapMs = 120_000
/** Resent messages may wait for PUBACKs beside the window's own; beyond this nothing is sent until the ack time-out decides. */
const maxUnconfirmedWindows = 4

export class OutboxDrain {
  readonly #options: DrainOptions
  readonly #dependencies: DrainDependencies
  readonly #port: DrainPort
  readonly #telemetryTopic: string
  readonly #eventTopic: string
  readonly #windows = new Map<string, LaneWindow>()
  readonly #refusedAck: RepeatedWarning
  #running = false
  #ackTimer: Timer | undefined
  #ackTimeoutMs: number

  constructor(options: DrainOptions, dependencies: DrainDependencies, port: DrainPort) {
    this.#options = options
    this.#dependencies = dependencies
    this.#port = port
    this.#telemetryTopic = topicOf(options.identity, 'telemetry')
    this.#eventTopic = topicOf(options.identity, 'event')
    this.#ackTimeoutMs = options.ackTimeoutMs
    this.#refusedAck = new RepeatedWarning('an acknowledgement of the hub could not be used', dependencies)
  }

  /** Sends from now on what becomes ready, wherever there is a connection. */
  start(): void {
    this.#running = true
    this.#dependencies.outbox.onReady(() => this.#pump())
  }

  stop(): void {
    this.#running = false
    this.#dependencies.outbox.onReady(() => undefined)
    this.disconnected()
  }

  /** Before a birth: behind a long backlog live readings get an epoch of their own, which the birth names. */
  makeWay(): void {
    if (this.#running && this.#mustRoll()) this.#dependencies.outbox.rollEpoch()
  }

  /** A new connection: whatever is not acknowledged is sent again. */
  forget(): void {
    this.#windows.clear()
  }

  connected(): void {
    if (this.#running) this.#pump()
  }

  disconnected(): void {
    this.#ackTimer?.cancel()
    this.#ackTimer = undefined
  }

  /** Takes an acknowledgement, as it came. Does not throw. */
  received(payload: Uint8Array): void {
    try {
      this.#acknowledged(readAck(payload))
    } catch (error) {
      const fault = toAppError(error, 'internal')
      this.#dependencies.counters.add('uplink_refused_acks', fault.code)
      this.#refusedAck.warn({ code: fault.code, reason: fault.message, bytes: payload.length })
    }
  }

  #mustRoll(): boolean {
    const { outbox } = this.#dependencies
    const { readings, messages } = outbox.depth()
    const long = readings > this.#options.rollAboveReadings || messages > rollAboveMessages
    return long && outbox.lanes().length < maxLanes
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
    const sent = this.#port.connection()?.send({ topic, payload: envelope, retain: false }) ?? false
    if (sent) window.sent(seq, this.#dependencies.clock.monotonic())
    return sent
  }

  #maySend(): boolean {
    const connection = this.#port.connection()
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

  #acknowledged(ack: AckDocument): void {
    const { outbox, counters, log, clock } = this.#dependencies
    if (ack.refused !== undefined) {
      counters.add('uplink_births_refused', 'hub')
      return this.#port.birthRefused(ack.refused)
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
      this.#port.epochRenewed()
      return this.#pump()
    }
    const window = this.#windowOf(ack.epoch)
    if (outbox.ack(ack.epoch, ack.through) === 'advanced') {
      window.acked(ack.through, clock.monotonic())
      this.#ackTimeoutMs = this.#options.ackTimeoutMs
      this.#port.progressed()
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
    if (overdue.length > 0 && (this.#port.connection()?.unconfirmed ?? 0) >= this.#options.window) this.#port.stuck()
    else this.#pump()
  }
}
