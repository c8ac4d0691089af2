// A message's journey through the hub: decode, validate, sequence, group; group-commits.ts takes the group to its acknowledgement.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { EnvelopeHeader } from '../../broker/contract/envelope-codec.ts'
import { sequence } from '../../broker/contract/envelope.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import { parseTopic, topicOf, upChannels, type GatewayIdentity, type UpChannel } from '../../broker/contract/topics.ts'
import type { DeadLetter, Store } from '../store/store.ts'
import type { CommitGroup } from './commit-group.ts'
import { GroupCommits, type EventSink } from './group-commits.ts'
import { newIngestCounters, type IngestCounters } from './ingest-counters.ts'
import type { FreshReadings, LatestValues } from './latest-values.ts'
import { decodeMessage, type Decoded, type IncomingMessage } from './message.ts'
import { ReadingIntake, type UnitWatch } from './reading-intake.ts'
import { RoomQueue } from './room-queue.ts'
import type { EpochCursor, GatewayEntry, SeriesCatalogue } from './series-catalogue.ts'

export interface IngestDependencies {
  readonly store: Pick<Store, 'commit'>
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly alarms: { observe(fresh: FreshReadings, nowMs: number): void }
  readonly stream: { publish(fresh: FreshReadings): void }
  readonly units: UnitWatch
  readonly events: EventSink
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
  readonly #groups: GroupCommits
  readonly #intake: ReadingIntake
  #stopping = false

  constructor(dependencies: IngestDependencies, limits: IngestLimits = defaultIngestLimits) {
    this.#dependencies = dependencies
    this.#limits = limits
    this.#room = new RoomQueue({ clock: dependencies.clock, maxWaitMs: limits.maxWaitMs })
    this.#groups = new GroupCommits(
      { ...dependencies, counters: this.counters, onRoom: () => this.#room.release(() => this.#hasRoom()) },
      limits,
    )
    this.#intake = new ReadingIntake({ ...dependencies, counters: this.counters })
  }

  /** Readings accepted and not yet stored. */
  get pending(): number {
    return this.#groups.pending
  }

  /** Did the store take the last commit? */
  get storeAvailable(): boolean {
    return this.#groups.storeAvailable
  }

  /**
   * Takes one publish. Undefined: taken. A promise is back-pressure (no more from this publisher until it settles) or, for
   * a bare `senml` pack, the commit: acknowledge the publish when it resolves. Rejects with `ingest.overloaded` or
   * `store.*`; the publish must then not be acknowledged.
   */
  tap(message: IncomingMessage): Promise<void> | undefined {
    if (this.#stopping) return Promise.reject(this.#overloaded('the hub is stopping'))
    if (this.#hasRoom()) return this.#take(message)
    return this.#takeWhenRoom(message)
  }

  /** Takes nothing more and commits what is pending. After `timeoutMs` no commit is tried again; what is left is rolled back and the gateways send it again. */
  async drain(timeoutMs: number): Promise<void> {
    this.#stopping = true
    this.#room.refuseAll(this.#overloaded('the hub is stopping'))
    await this.#groups.drain(timeoutMs)
  }

  /** Keeps a note among the dead letters that no message of its own caused; it travels in the next commit. */
  note(letter: DeadLetter): void {
    this.#group.addDeadLetter(letter)
    // Not at once: the group may be in the middle of a message.
    queueMicrotask(() => this.#groups.schedule())
  }

  /**
   * Stores what the hub itself found out as readings under the gateway that it is about; resolves when they are durable.
   * Throws `limit.exceeded`, `ingest.overloaded`, `store.*`.
   */
  async keep(identity: GatewayIdentity, readings: readonly Reading[]): Promise<void> {
    if (this.#stopping) throw this.#overloaded('the hub is stopping')
    const gateway = this.#dependencies.catalogue.gateway(identity)
    const take = (): Promise<void> => {
      this.#dependencies.catalogue.admit(gateway, readings)
      this.#intake.append(this.#group, gateway, readings)
      const committed = this.#group.hold()
      this.#groups.schedule()
      return committed
    }
    await (this.#hasRoom() ? take() : this.#room.enter(take))
  }

  /** The group that fills. */
  get #group(): CommitGroup {
    return this.#groups.filling
  }

  #hasRoom(): boolean {
    return this.#groups.pending < this.#limits.maxPending
  }

  /** The main path: a message into the open group. */
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
      case 'event':
        return this.#takeEvent(gateway, decoded, message)
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
      this.#intake.append(this.#group, gateway, readings)
      this.#advance(cursor, header)
    } catch (thrown) {
      void this.#takePoison(gateway, header, toAppError(thrown, 'payload.malformed'), message)
    }
  }

  #takeEvent(
    gateway: GatewayEntry,
    { header, event, body, picture }: Extract<Decoded, { readonly kind: 'event' }>,
    message: IncomingMessage,
  ): undefined {
    try {
      const { catalogue, clock } = this.#dependencies
      const cursor = catalogue.cursor(gateway, header.epoch, clock.monotonic())
      if (!this.#accepts(cursor, header)) return
      const { kind, source, thumbnail: sha256 } = event
      const { epoch, seq } = header
      const timeMs = Math.floor(event.timeMs)
      const receivedMs = Math.floor(gateway.heardMs)
      this.#group.arrived(gateway, gateway.heardAtMs)
      this.#group.addEvent(
        { gateway: gateway.key, epoch, seq, timeMs, receivedMs, kind, source, body },
        // A copy: the slice of a Buffer would keep the whole of what it was cut from.
        sha256 === undefined || picture === undefined
          ? undefined
          : { tenant: gateway.identity.tenant, sha256, receivedMs, bytes: Uint8Array.from(picture) },
      )
      this.counters.events += 1
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
    this.#intake.append(this.#group, gateway, readings)
    this.counters.accepted += 1
    const committed = this.#group.hold()
    this.#groups.schedule()
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
    this.#group.addDeadLetter({
      timeMs: this.#dependencies.clock.now(),
      topic: message.topic,
      code: error.code,
      reason: error.message.slice(0, maxReasonLength),
      // A copy: the slice of a Buffer would keep the whole of what it was cut from.
      payload: Uint8Array.from(message.payload.subarray(0, maxDeadLetterBytes)),
    })
    if (header !== undefined && cursor !== undefined) this.#group.move(this.#moved(cursor, header))
    if (message.topic.endsWith('/status')) this.#refuseStatus(gateway, error)
    const held = message.topic.endsWith('/senml') ? this.#group.hold() : undefined
    this.#groups.schedule()
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
        this.#group.acknowledgeAgain(cursor)
        this.#groups.schedule()
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
    this.#group.askToRewind(cursor)
    this.#groups.schedule()
  }

  #moved(cursor: EpochCursor, header: EnvelopeHeader): EpochCursor {
    cursor.accepted = header.seq
    return cursor
  }

  #advance(cursor: EpochCursor, header: EnvelopeHeader): void {
    this.#group.move(this.#moved(cursor, header))
    this.counters.accepted += 1
    this.#groups.schedule()
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
