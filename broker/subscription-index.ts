// Finds who subscribed to a topic, fast for the topics that come again and again; the emitter that aedes is given.
import { gatewayPrefix, matchesFilter } from './topic-filter.ts'

type Callback = (error?: Error | null) => void
type Deliver = (packet: { readonly topic: string }, done: Callback) => void

interface Subscription<Subscriber> {
  readonly filter: string
  readonly deliver: Deliver
  /** Undefined: reached by `deliver` alone. */
  readonly subscriber: Subscriber | undefined
}

interface Bucket<Subscriber> {
  subscriptions: readonly Subscription<Subscriber>[]
  /** Answers found so far; empty again when this bucket or the general one changes. */
  readonly found: Map<string, readonly Subscription<Subscriber>[]>
}

/** More topics than this in one bucket, and its answers are looked up anew. */
const foundBound = 1_000
const general = ''

/**
 * The interface of mqemitter, without its queue (its concurrency 0). Filters with four literal first levels stand in the
 * bucket of that gateway, all others in a general one, so that a new subscription of one gateway leaves the others' answers.
 * aedes gives a function for each subscription; `granting` says whose it is.
 */
export class SubscriptionIndex<Subscriber = never> {
  readonly #buckets = new Map<string, Bucket<Subscriber>>()
  #granting: { readonly filter: string; readonly subscriber: Subscriber } | undefined
  #version = 0
  #closed = false

  /** Another number after each change of the subscriptions. */
  get version(): number {
    return this.#version
  }

  /** Runs `subscribe`, within which the subscription to `filter` is known to be this subscriber's. */
  granting(filter: string, subscriber: Subscriber, subscribe: () => void): void {
    this.#granting = { filter, subscriber }
    try {
      subscribe()
    } finally {
      this.#granting = undefined
    }
  }

  /** Who subscribed to the topic, once for each matching filter; undefined when somebody among them is not known. */
  subscribers(topic: string): readonly Subscriber[] | undefined {
    if (this.#closed) return undefined
    const known: Subscriber[] = []
    for (const { subscriber } of this.#find(topic)) {
      if (subscriber === undefined) return undefined
      known.push(subscriber)
    }
    return known
  }

  on(filter: string, deliver: Deliver, done?: () => void): this {
    const subscriber = this.#granting?.filter === filter ? this.#granting.subscriber : undefined
    this.#change(filter, (subscriptions) => [...subscriptions, { filter, deliver, subscriber }])
    if (done !== undefined) setImmediate(done)
    return this
  }

  removeListener(filter: string, deliver: Deliver, done?: () => void): this {
    const isOther = (kept: Subscription<Subscriber>) => kept.deliver !== deliver || kept.filter !== filter
    this.#change(filter, (subscriptions) => subscriptions.filter(isOther))
    // At once: aedes forgets the subscription then, and would take one made meanwhile for the same.
    done?.()
    return this
  }

  /** Calls every matching subscriber; `done` runs once, after the last of them has finished. */
  emit(packet: { readonly topic: string }, done: Callback): this {
    if (this.#closed) {
      done(new Error('the broker is closed'))
      return this
    }
    const found = this.#find(packet.topic)
    let left = found.length
    if (left === 0) {
      done()
      return this
    }
    const finished = () => {
      left -= 1
      if (left === 0) done()
    }
    for (const { deliver } of found) deliver(packet, finished)
    return this
  }

  hasSubscriber(topic: string): boolean {
    return this.#closed || this.#find(topic).length > 0
  }

  close(done: () => void): this {
    this.#closed = true
    setImmediate(done)
    return this
  }

  #find(topic: string): readonly Subscription<Subscriber>[] {
    const prefix = gatewayPrefixOf(topic)
    const bucket = this.#buckets.get(prefix) ?? this.#buckets.get(general)
    if (bucket === undefined) return []
    const known = bucket.found.get(topic)
    if (known !== undefined) return known
    const own = prefix === general ? [] : (this.#buckets.get(prefix)?.subscriptions ?? [])
    const all = [...(this.#buckets.get(general)?.subscriptions ?? []), ...own]
    const matching = all.filter(({ filter }) => matchesFilter(filter, topic))
    if (bucket.found.size >= foundBound) bucket.found.clear()
    bucket.found.set(topic, matching)
    return matching
  }

  #change(
    filter: string,
    change: (subscriptions: readonly Subscription<Subscriber>[]) => readonly Subscription<Subscriber>[],
  ): void {
    this.#version += 1
    const prefix = gatewayPrefixOf(filter)
    const bucket = this.#buckets.get(prefix) ?? { subscriptions: [], found: new Map() }
    bucket.subscriptions = change(bucket.subscriptions)
    if (bucket.subscriptions.length === 0) this.#buckets.delete(prefix)
    else this.#buckets.set(prefix, bucket)
    bucket.found.clear()
    if (prefix !== general) {
      // Answers for topics of this gateway may have been kept in the general bucket while it had none of its own.
      this.#forgetGeneral(prefix)
      return
    }
    for (const other of this.#buckets.values()) other.found.clear()
  }

  #forgetGeneral(prefix: string): void {
    const found = this.#buckets.get(general)?.found
    for (const topic of found?.keys() ?? []) if (topic.startsWith(`${prefix}/`)) found?.delete(topic)
  }
}

/** `general` for what does not begin with four literal levels; a topic of exactly four levels matches `…/#` as well. */
function gatewayPrefixOf(topicOrFilter: string): string {
  return gatewayPrefix(topicOrFilter) ?? general
}
