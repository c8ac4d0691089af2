// A reading's journey through the hub: decode, validate, sequence, group, commit, latest, alarms, live stream, acknowledgement.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { EnvelopeHeader } from '../../broker/contract/envelope-codec.ts'
import { sequence } from '../../broker/contract/envelope.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import { parseTopic, topicOf, upChannels, type GatewayIdentity, type UpChannel } from '../../broker/contract/topics.ts'
import type { DeadLetter, Store } from '../store/store.ts'
import { CommitGroup } from './commit-group.ts'
import { commitWithRetry } from './commit-retry.ts'
import { newIngestCounters, type IngestCounters } from './ingest-counters.ts'
import { maxFutureMs, type FreshReadings, type LatestValues } from './latest-values.ts'
import { decodeMessage, type IncomingMessage } from './message.ts'
import { RoomQueue } from './room-queue.ts'
import type { EpochCursor, GatewayEntry, SeriesCatalogue } from './series-catalogue.ts'

export interface IngestDependencies {
  readonly store: Pick<Store, 'commit'>
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly alarms: { observe(fresh: FreshReadings, nowMs: number): void }
  readonly stream: { publish(fresh: FreshReadings): void }
  /** Decides whether readings in another unit than their series has begin a new one: registry/series-units.ts. */
  readonly units: {
    readonly hasRuns: boolean
    agreed(series: number, timeMs: number): void
    mismatched(series: number, unit: string, timeMs: number): boolean
  }
  /** A gateway's birth, farewell or last will. */
  readonly status: (identity: GatewayIdentity, document: StatusDocument) => void
  /** Sends one message down at QoS 1; a lost acknowledgement is repaired by the gateway's resend. */
  readonly publish: (topic: string, payload: Uint8Array) => void
  readonly clock: Clock
  readonly log: Log
}

export interface IngestLimits {
  /** A group is committed this long after its first reading … */
  readonly groupMs: number
  /** … or as soon as it holds this many. While a commit is in flight the next group fills up to `maxPending`. */
  readonly groupReadings: number
  /** Readings accepted and not yet stored; beyond it publishers wait (back-pressure), each with one message. */
  readonly maxPending: number
  /** How long a publisher waits for room before it is refused with `ingest.overloaded`. */
  readonly maxWaitMs: number
  /** A gateway is asked to rewind at most once in this time. */
  readonly rewindEveryMs: number
}

export const defaultIngestLimits: IngestLimits = {
  groupMs: 5,
  groupReadings: 10_000,
  maxPending: 60_000,
  maxWaitMs: 30_000,
  rewindEveryMs: 1_000,
}

interface Route {
  readonly gateway: GatewayEntry
  readonly channel: UpChannel
}

/** Parsed topics, so that a topic is parsed once and not per message. Bound: emptied when full. Owner: ingest. */
const maxRoutes = 100_000
const maxDeadLetterBytes = 64 * 1024
const maxReasonLength = 1_000

/** Exactly once in effect: a cursor moves in the same commit as the readings, and only what is committed is acknowledged. */
export class Ingest {
  readonly counters: IngestCounters = newIngestCounters()
  readonly #dependencies: IngestDependencies
  readonly #limits: IngestLimits
  readonly #routes = new Map<string, Route>()
  readonly #room: RoomQueue
  readonly #abort = new AbortController()
  #filling = new CommitGroup()
  #spare = new CommitGroup()
  #inFlight: Promise<void> | undefined
  #inFlightWeight = 0
  #timer: Timer | undefined
  #stopping = false
  #storeAvailable = true

  constructor(dependencies: IngestDependencies, limits: IngestLimits = defaultIngestLimits) {
    this.#dependencies = dependencies
    this.#limits = limits
    this.#room = new RoomQueue({ clock: dependencies.clock, maxWaitMs: limits.maxWaitMs })
  }

  /** Readings accepted and not yet stored. */
  get pending(): number {
    return this.#filling.weight + this.#inFlightWeight
  }

  /** Did the store take the last commit? */
  get storeAvailable(): boolean {
    return this.#storeAvailable
  }

  /**
   * Takes one publish. Undefined: taken. A promise is back-pressure (no more from this publisher until it settles) or, for
   * a bare `senml` pack, the commit: acknowledge the publish when it resolves. Rejects with `ingest.overloaded` or
   * `store.*`; the publish must then not be acknowledged.
   */
  tap(message: IncomingMessage): Promise<void> | undefined {
    if (this.#stopping) return Promise.reject(this.#overloaded('the hub is stopping'))
    if (this.pending < this.#limits.maxPending) return this.#take(message)
    return this.#takeWhenRoom(message)
  }

  /** Takes nothing more and commits what is pending. After `timeoutMs` no commit is tried again; what is left is rolled back and the gateways send it again. */
  async drain(timeoutMs: number): Promise<void> {
    this.#stopping = true
    this.#room.refuseAll(this.#overloaded('the hub is stopping'))
    const timer = this.#dependencies.clock.setTimer(() => this.#abort.abort(), timeoutMs)
    try {
      while (this.#inFlight !== undefined || !this.#filling.isEmpty) {
        this.#commitFilling()
        await this.#inFlight
      }
    } finally {
      timer.cancel()
      this.#timer?.cancel()
    }
  }

  /** Keeps a note among the dead letters that no message of its own caused; it travels in the next commit. */
  note(letter: DeadLetter): void {
    this.#filling.addDeadLetter(letter)
    // Not at once: the group may be in the middle of a message.
    queueMicrotask(() => this.#schedule())
  }

  // ---- the main path: a message into the open group …

  #take(message: IncomingMessage): Promise<void> | undefined {
    const { clock, status } = this.#dependencies
    const nowMs = clock.now()
    const route = this.#route(message.topic)
    if (route === undefined) return this.#ignore()
    const { gateway, channel } = route
    const decoded = decodeMessage(channel, message.payload, nowMs)
    // A status may be a last will, or a retained one that a broker delivers again: it proves nothing.
    if (channel !== 'status') {
      gateway.heardMs = nowMs
      gateway.heardAtMs = clock.monotonic()
    }
    switch (decoded.kind) {
      case 'sequenced':
        return this.#takeSequenced(gateway, decoded.header, decoded.readings, message)
      case 'bare':
        return this.#takeBare(gateway, decoded.readings, message)
      case 'status':
        this.counters.documents += 1
        status(gateway.identity, decoded.document)
        return undefined
      case 'poison':
        return this.#takePoison(gateway, decoded.header, decoded.error, message)
      case 'ignored':
        return this.#ignore()
      default:
        return decoded satisfies never
    }
  }

  #ignore(): undefined {
    this.counters.ignored += 1
  }

  // ---- … and the group from the commit to the acknowledgement.

  async #finish(group: CommitGroup): Promise<void> {
    const { store, catalogue, latest, alarms, stream, clock, log } = this.#dependencies
    const moves = group.cursorMoves()
    const series = catalogue.takeUnsaved()
    try {
      if (group.needsCommit) {
        await commitWithRetry({
          commit: () => store.commit(group.toCommit(series, moves)),
          onRetry: (error, delayMs) => this.#noteRetry(error, delayMs),
          signal: this.#abort.signal,
          clock,
        })
        this.counters.commits += 1
        this.#storeAvailable = true
      }
    } catch (thrown) {
      catalogue.returnUnsaved(series)
      this.#rollBack(group, toAppError(thrown, 'store.unavailable'))
      return
    }
    for (const { cursor, through } of moves) cursor.committed = through
    for (const [gateway, arrivalAtMs] of group.arrivals()) gateway.observedAtMs = arrivalAtMs
    try {
      const nowMs = clock.now()
      const fresh = latest.update(group.columns(), nowMs)
      alarms.observe(fresh, nowMs)
      stream.publish(fresh)
    } catch (thrown) {
      this.counters.observerFailures += 1
      log.error({ err: thrown }, 'a committed group could not be shown; its readings are stored')
    }
    this.#acknowledge(group)
    group.release()
  }

  #takeSequenced(
    gateway: GatewayEntry,
    header: EnvelopeHeader,
    readings: readonly Reading[],
    message: IncomingMessage,
  ): undefined {
    try {
      const { catalogue, clock } = this.#dependencies
      const cursor = catalogue.cursor(gateway, header.epoch, clock.monotonic())
      if (!this.#accepts(cursor, header)) return
      catalogue.admit(gateway, readings)
      this.#append(gateway, readings)
      this.#advance(cursor, header)
    } catch (thrown) {
      void this.#takePoison(gateway, header, toAppError(thrown, 'payload.malformed'), message)
    }
  }

  #takeBare(gateway: GatewayEntry, readings: readonly Reading[], message: IncomingMessage): Promise<void> | undefined {
    try {
      this.#dependencies.catalogue.admit(gateway, readings)
    } catch (thrown) {
      return this.#takePoison(gateway, undefined, toAppError(thrown, 'limit.exceeded'), message)
    }
    this.#append(gateway, readings)
    this.counters.accepted += 1
    const committed = this.#filling.hold()
    this.#schedule()
    return committed
  }

  /**
   * Keeps what cannot be understood. With a readable header the cursor moves past it, else the gateway would send it for
   * ever. Without one nothing moves: if the bytes were damaged on the way, the next message shows a gap and the rewind
   * brings them again; if the sender made them so, the dead letter is all there is.
   */
  #takePoison(
    gateway: GatewayEntry,
    header: EnvelopeHeader | undefined,
    error: AppError,
    message: IncomingMessage,
  ): Promise<void> | undefined {
    const cursor = header === undefined ? undefined : this.#cursorOrNone(gateway, header)
    if (header !== undefined && cursor !== undefined && !this.#accepts(cursor, header)) return undefined
    this.counters.poison.set(error.code, (this.counters.poison.get(error.code) ?? 0) + 1)
    this.#filling.addDeadLetter({
      timeMs: this.#dependencies.clock.now(),
      topic: message.topic,
      code: error.code,
      reason: error.message.slice(0, maxReasonLength),
      // A copy: the slice of a Buffer would keep the whole of what it was cut from.
      payload: Uint8Array.from(message.payload.subarray(0, maxDeadLetterBytes)),
    })
    if (header !== undefined && cursor !== undefined) this.#filling.move(this.#moved(cursor, header))
    if (message.topic.endsWith('/status')) this.#refuseStatus(gateway, error)
    const held = message.topic.endsWith('/senml') ? this.#filling.hold() : undefined
    this.#schedule()
    return held
  }

  /** A gateway whose birth cannot be used would else never hear of it. */
  #refuseStatus(gateway: GatewayEntry, error: AppError): void {
    const refused = `${error.code}: ${error.message}`.slice(0, maxReasonLength)
    const ack = { epoch: '', through: 0, refused }
    this.#dependencies.publish(topicOf(gateway.identity, 'ack'), encodeDocument(ack))
  }

  #cursorOrNone(gateway: GatewayEntry, header: EnvelopeHeader): EpochCursor | undefined {
    try {
      const { catalogue, clock } = this.#dependencies
      return catalogue.cursor(gateway, header.epoch, clock.monotonic())
    } catch {
      return undefined
    }
  }

  /** Sequencing: true where the message comes next; a duplicate is acknowledged again, a gap asks for a rewind. */
  #accepts(cursor: EpochCursor, header: EnvelopeHeader): boolean {
    switch (sequence(cursor.accepted, header)) {
      case 'accept':
        return true
      case 'duplicate':
        this.counters.duplicates += 1
        this.#filling.acknowledgeAgain(cursor)
        this.#schedule()
        return false
      case 'gap':
        this.counters.gaps += 1
        this.#askToRewind(cursor)
        return false
      default:
        return false
    }
  }

  #askToRewind(cursor: EpochCursor): void {
    const { gateway } = cursor
    const nowMs = this.#dependencies.clock.monotonic()
    if (nowMs - gateway.rewoundAtMs < this.#limits.rewindEveryMs) return
    gateway.rewoundAtMs = nowMs
    this.counters.rewinds += 1
    this.#filling.askToRewind(cursor)
    this.#schedule()
  }

  #moved(cursor: EpochCursor, header: EnvelopeHeader): EpochCursor {
    cursor.accepted = header.seq
    return cursor
  }

  #advance(cursor: EpochCursor, header: EnvelopeHeader): void {
    this.#filling.move(this.#moved(cursor, header))
    this.counters.accepted += 1
    this.#schedule()
  }

  #append(gateway: GatewayEntry, readings: readonly Reading[]): void {
    const { catalogue, clock } = this.#dependencies
    const bound = clock.now() + maxFutureMs
    const group = this.#filling
    group.arrived(gateway, gateway.heardAtMs)
    for (const reading of readings) {
      const id = catalogue.resolve(gateway, reading.name, reading.unit)
      if (reading.updateIntervalS !== undefined) catalogue.learnInterval(id, reading.updateIntervalS)
      const doubt = reading.quality === 'good' ? this.#doubt(id, reading, bound) : undefined
      const quality = doubt === undefined ? reading.quality : 'uncertain'
      group.append(id, reading.timeMs, reading.value ?? Number.NaN, quality, reading.text ?? doubt ?? null)
    }
    this.counters.readings += readings.length
  }

  /** Why a reading that calls itself good is stored as uncertain; its event time and value stay as sent. */
  #doubt(id: number, reading: Reading, bound: number): 'clock' | 'unit' | undefined {
    if (reading.timeMs > bound) {
      this.counters.clockAhead += 1
      return 'clock'
    }
    const { catalogue, units } = this.#dependencies
    const unit = catalogue.unit(id)
    if (reading.unit === unit || reading.unit === undefined) {
      if (units.hasRuns && reading.unit !== undefined) units.agreed(id, reading.timeMs)
      return undefined
    }
    if (unit === undefined) {
      catalogue.learnUnit(id, reading.unit)
      return undefined
    }
    if (units.mismatched(id, reading.unit, reading.timeMs)) return undefined
    this.counters.unitMismatch += 1
    return 'unit'
  }

  #schedule(): void {
    const group = this.#filling
    group.openedAtMs ??= this.#dependencies.clock.monotonic()
    if (this.#inFlight !== undefined) return
    if (group.weight >= this.#limits.groupReadings) this.#commitFilling()
    else this.#timer ??= this.#dependencies.clock.setTimer(() => this.#commitFilling(), this.#limits.groupMs)
  }

  /** One commit in flight at most; the group that filled meanwhile goes next. */
  #commitFilling(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#inFlight !== undefined || this.#filling.isEmpty) return
    const group = this.#filling
    this.#filling = this.#spare
    this.#inFlightWeight = group.weight
    this.#inFlight = this.#finish(group).then(() => {
      group.clear()
      this.#spare = group
      this.#inFlight = undefined
      this.#inFlightWeight = 0
      this.#room.release(() => this.pending < this.#limits.maxPending)
      this.#commitIfDue()
    })
  }

  #commitIfDue(): void {
    const { openedAtMs, weight } = this.#filling
    if (openedAtMs === undefined || this.#inFlight !== undefined) return
    const age = this.#dependencies.clock.monotonic() - openedAtMs
    if (weight >= this.#limits.groupReadings || age >= this.#limits.groupMs) this.#commitFilling()
    else this.#schedule()
  }

  #noteRetry(error: AppError, delayMs: number): void {
    this.counters.commitRetries += 1
    if (this.#storeAvailable) this.#dependencies.log.warn({ err: error, delayMs }, 'the store is unavailable; retrying')
    this.#storeAvailable = false
  }

  /** The group in flight did not become true, so the one that built on it cannot either; the gateways' resend repairs both. */
  #rollBack(group: CommitGroup, error: AppError): void {
    this.counters.rollbacks += 1
    this.#storeAvailable = false
    this.#dependencies.log.error({ err: error, readings: group.rows }, 'the store refused a group; it is rolled back')
    group.rollBack(error)
    this.#filling.rollBack(error)
    this.#filling.clear()
  }

  #acknowledge(group: CommitGroup): void {
    for (const cursor of group.acksDue()) {
      const { epoch, gateway, committed: through } = cursor
      const ack = group.wantsRewind(cursor) ? { epoch, through, rewind: true } : { epoch, through }
      this.#dependencies.publish(topicOf(gateway.identity, 'ack'), encodeDocument(ack))
      this.counters.acks += 1
    }
  }

  async #takeWhenRoom(message: IncomingMessage): Promise<void> {
    try {
      await this.#room.enter(() => this.#take(message))
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'ingest.overloaded') this.counters.overloaded += 1
      throw thrown
    }
  }

  #overloaded(why: string): AppError {
    return new AppError('ingest.overloaded', `ingest takes no message: ${why}`)
  }

  /** Undefined for what is not part of the contract, or flows down. */
  #route(topic: string): Route | undefined {
    const known = this.#routes.get(topic)
    if (known !== undefined) return known
    const parsed = parseTopic(topic)
    const channel = upChannels.find((name) => name === parsed?.kind)
    if (parsed === undefined || channel === undefined) return undefined
    const route = { gateway: this.#dependencies.catalogue.gateway(parsed.identity), channel }
    if (this.#routes.size >= maxRoutes) this.#routes.clear()
    this.#routes.set(topic, route)
    return route
  }
}
