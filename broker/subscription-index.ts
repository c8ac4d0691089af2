// Finds who subscribed to a topic, fast for the topics that come again and again; the emitter that aedes is given.
import { gatewayPrefix, matchesFilter } from './topic-filter.ts'

type Callback = (error?: Error | null) => void
type Deliver = (packet: { readonly topic: string }, done: Callback) => void

interface Subscription {
  readonly filter: string
  readonly deliver: Deliver
}

interface Bucket {
  subscriptions: readonly Subscription[]
  /** Answers found so far; empty again when this bucket or the general one changes. */
  readonly found: Map<string, readonly Deliver[]>
}

/** More topics than this in one bucket, and its answers are looked up anew. */
const foundBound = 1_000
const general = ''

/**
 * The interface of mqemitter, without its queue (its concurrency 0). Filters with four literal first levels stand in the
 * bucket of that gateway, all others in a general one, so that a new subscription of one gateway leaves the others' answers.
 */
export class SubscriptionIndex {
  readonly #buckets = new Map<string, Bucket>()
  #closed = false

  on(filter: string, deliver: Deliver, done?: () => void): this {
    this.#change(filter, (subscriptions) => [...subscriptions, { filter, deliver }])
    if (done !== undefined) setImmediate(done)
    return this
  }

  removeListener(filter: string, deliver: Deliver, done?: () => void): this {
    const isOther = (kept: Subscription) => kept.deliver !== deliver || kept.filter !== filter
    this.#change(filter, (subscriptions) => subscriptions.filter(isOther))
    if (done !== undefined) setImmediate(done)
    return this
  }

  /** Calls every matching subscriber; `done` runs once, after the last of them has finished. */
  emit(packet: { readonly topic: string }, done: Callback): this {
    if (this.#closed) {
      done(new Error('the broker is closed'))
      return this
    }
    const delivers = this.#find(packet.topic)
    let left = delivers.length
    if (left === 0) {
      done()
      return this
    }
    const finished = () => {
      left -= 1
      if (left === 0) done()
    }
    for (const deliver of delivers) deliver(packet, finished)
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

  #find(topic: string): readonly Deliver[] {
    const prefix = gatewayPrefixOf(topic)
    const bucket = this.#buckets.get(prefix) ?? this.#buckets.get(general)
    if (bucket === undefined) return []
    const known = bucket.found.get(topic)
    if (known !== undefined) return known
    const own = prefix === general ? [] : (this.#buckets.get(prefix)?.subscriptions ?? [])
    const all = [...(this.#buckets.get(general)?.subscriptions ?? []), ...own]
    const matching = all.filter(({ filter }) => matchesFilter(filter, topic)).map(({ deliver }) => deliver)
    if (bucket.found.size >= foundBound) bucket.found.clear()
    bucket.found.set(topic, matching)
    return matching
  }

  #change(filter: string, change: (subscriptions: readonly Subscription[]) => readonly Subscription[]): void {
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
