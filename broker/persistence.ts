// Sessions, retained messages, wills and queued messages on disk, with bounds, and in memory what every connect asks for.
import { Readable } from 'node:stream'
import type { AedesPublishPacket, Client, PublishPacket, Subscription } from 'aedes'
import AsyncLevelPersistence, { type StoredSubscription } from 'aedes-persistence-level/asyncPersistence.js'
import type { LevelJournal } from './level-journal.ts'
import type { BrokerLimits } from './limits.ts'
import { countReason, type BrokerCounts } from './metrics.ts'
import { gatewayPrefix, matchesFilter } from './topic-filter.ts'

export interface RetainedMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1 | 2
}

interface ClientKey {
  readonly id: string
}

export interface PersistenceOptions {
  readonly journal: LevelJournal
  readonly limits: BrokerLimits
  readonly counts: BrokerCounts
  /** aedes stores a whole SUBSCRIBE packet, its denied filters too; this keeps those out. */
  readonly maySubscribe: (client: Client, filter: string) => boolean
}

// One promise for all the times that the answer is "nothing": these are asked for with every message.
const noSubscriptions = Promise.resolve<StoredSubscription[]>([])
const nothing = Promise.resolve(undefined)
const otherTopics = ''

/**
 * aedes asks its store several times per connection and acknowledgement. The answers that are nearly always "nothing" are
 * kept as sets in memory, so that they cost no disk read; what exists is read from LevelDB.
 */
export class BrokerPersistence extends AsyncLevelPersistence {
  readonly #given: PersistenceOptions
  /** Bound: limits.retainedTopics. By gateway, so that a subscription to one gateway looks at its topics only. */
  readonly #retained = new Map<string, Map<string, RetainedMessage>>()
  #retainedCount = 0
  /** Topics whose first retained message is being written. Bound: with those above, limits.retainedTopics. */
  readonly #storing = new Set<string>()
  /** Messages on disk by client id. Bound: limits.offlineMessages each; beyond, the newest is dropped and counted. */
  readonly #queued = new Map<string, number>()
  #queuedCount = 0
  readonly #sessions = new Set<string>()
  readonly #wills = new Set<string>()
  readonly #incoming = new Set<string>()

  constructor(given: PersistenceOptions) {
    super(given.journal)
    this.#given = given
  }

  get retainedCount(): number {
    return this.#retainedCount
  }

  /** A client with a session on disk, present or absent, may have subscribed to anything. */
  get hasSessions(): boolean {
    return this.#sessions.size > 0
  }

  get queuedCount(): number {
    return this.#queuedCount
  }

  override async setup(broker: object): Promise<void> {
    await super.setup(broker)
    for await (const packet of super.createRetainedStream('#')) this.#keepRetained(packet as AedesPublishPacket)
    for await (const id of this.#clientIds('outgoing:')) this.#countQueued(id, 1)
    for await (const id of this.#clientIds('subscriptions:')) this.#sessions.add(id)
    for await (const id of this.#clientIds('will:')) this.#wills.add(id)
    for await (const id of this.#clientIds('incoming:')) this.#incoming.add(id)
  }

  /** Retained messages whose topic matches the filter. */
  retained(filter: string): readonly RetainedMessage[] {
    const prefix = gatewayPrefix(filter)
    const buckets = prefix === undefined ? [...this.#retained.values()] : [this.#retained.get(prefix)]
    const found: RetainedMessage[] = []
    for (const bucket of buckets) {
      for (const message of bucket?.values() ?? []) if (matchesFilter(filter, message.topic)) found.push(message)
    }
    return found
  }

  override async storeRetained(packet: AedesPublishPacket): Promise<void> {
    const { topic } = packet
    const known = this.#retained.get(gatewayPrefix(topic) ?? otherTopics)?.has(topic) === true
    const isNew = !known && !this.#storing.has(topic) && packet.payload.length > 0
    if (isNew && this.#retainedCount + this.#storing.size >= this.#given.limits.retainedTopics) {
      countReason(this.#given.counts.drops, 'retained-full')
      return
    }
    if (isNew) this.#storing.add(topic)
    try {
      await super.storeRetained(packet)
      // Only now, just before the subscribers get it: who subscribes meanwhile would get it twice.
      this.#keepRetained(packet)
    } finally {
      this.#storing.delete(topic)
    }
  }

  override createRetainedStream(pattern: string): Readable {
    return this.createRetainedStreamCombi([pattern])
  }

  override createRetainedStreamCombi(patterns: readonly string[]): Readable {
    const packets = patterns.flatMap((pattern) => this.retained(pattern).map((kept) => ({ ...kept, cmd: 'publish' })))
    return Readable.from(packets)
  }

  override async addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const allowed = subscriptions.filter((subscription) => this.#given.maySubscribe(client, subscription.topic))
    if (allowed.length > 0) this.#sessions.add(client.id)
    await super.addSubscriptions(client, allowed)
  }

  override async subscriptionsByClient(client: ClientKey): Promise<Subscription[]> {
    return this.#sessions.has(client.id) ? super.subscriptionsByClient(client) : []
  }

  override subscriptionsByTopic(topic: string): Promise<StoredSubscription[]> {
    return this.#sessions.size === 0 ? noSubscriptions : super.subscriptionsByTopic(topic)
  }

  override async cleanSubscriptions(client: ClientKey): Promise<void> {
    if (!this.#sessions.has(client.id)) return
    await super.cleanSubscriptions(client)
    this.#sessions.delete(client.id)
  }

  override outgoingEnqueueCombi(
    subscriptions: readonly StoredSubscription[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    if (subscriptions.length === 0) return nothing
    const room = subscriptions.filter(({ clientId }) => {
      const fits = (this.#queued.get(clientId) ?? 0) < this.#given.limits.offlineMessages
      if (fits) this.#countQueued(clientId, 1)
      else countReason(this.#given.counts.drops, 'offline-full')
      return fits
    })
    return super.outgoingEnqueueCombi(room, packet)
  }

  override outgoingClearMessageId(
    client: ClientKey,
    packet: { readonly messageId?: number | undefined },
  ): Promise<AedesPublishPacket | undefined> {
    return this.#queued.has(client.id) ? this.#clearQueued(client, packet) : nothing
  }

  override outgoingStream(client: ClientKey): Readable {
    return this.#queued.has(client.id) ? super.outgoingStream(client) : Readable.from([])
  }

  override async incomingStorePacket(client: ClientKey, packet: PublishPacket): Promise<void> {
    this.#incoming.add(client.id)
    await super.incomingStorePacket(client, packet)
  }

  override async cleanIncoming(client: ClientKey): Promise<void> {
    if (!this.#incoming.delete(client.id)) return
    await super.cleanIncoming(client)
  }

  override async putWill(client: ClientKey, packet: PublishPacket): Promise<void> {
    this.#wills.add(client.id)
    await super.putWill(client, packet)
  }

  /** Whose it was is all that is asked: the will itself is not read, which each of thousands would pay for when they come back at once. */
  override async delWill(client: ClientKey): Promise<undefined> {
    if (this.#wills.delete(client.id)) await this.#given.journal.del(`will:${encodeURIComponent(client.id)}`)
    return undefined
  }

  #keepRetained(packet: AedesPublishPacket): void {
    const prefix = gatewayPrefix(packet.topic) ?? otherTopics
    const bucket = this.#retained.get(prefix) ?? new Map<string, RetainedMessage>()
    this.#retainedCount -= bucket.size
    if (packet.payload.length === 0) bucket.delete(packet.topic)
    // A copy: the payload is a slice of a whole socket read, which would stay in memory with it.
    else bucket.set(packet.topic, { topic: packet.topic, payload: Buffer.from(packet.payload), qos: packet.qos })
    this.#retainedCount += bucket.size
    if (bucket.size > 0) this.#retained.set(prefix, bucket)
    else this.#retained.delete(prefix)
  }

  async #clearQueued(
    client: ClientKey,
    packet: { readonly messageId?: number | undefined },
  ): Promise<AedesPublishPacket | undefined> {
    const cleared = await super.outgoingClearMessageId(client, packet)
    if (cleared !== undefined) this.#countQueued(client.id, -1)
    return cleared
  }

  #countQueued(clientId: string, change: number): void {
    const count = (this.#queued.get(clientId) ?? 0) + change
    this.#queuedCount += change
    if (count > 0) this.#queued.set(clientId, count)
    else this.#queued.delete(clientId)
  }

  async *#clientIds(prefix: string): AsyncGenerator<string> {
    const range = { gte: prefix, lt: `${prefix.slice(0, -1)};` }
    for await (const key of this.#given.journal.keys(range)) yield decodeURIComponent(key.split(':')[1] ?? '')
  }
}
