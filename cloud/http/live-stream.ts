// The live stream behind `/api/v1/stream`: coalesces readings, keeps a ring for resumption, and serves each client its part.
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { FreshReadings } from '../ingest/latest-values.ts'

/** One connected reader. `write` returns the bytes that wait behind it; `end` cuts it off. */
export interface StreamClient {
  write(chunk: string): number
  end(): void
}

export interface StreamFilter {
  /** Undefined: every series. Asked at each flush, because a site's series may change. */
  readonly series?: (id: number) => boolean
  /** Undefined: every alarm, gateway and event. */
  readonly event?: (event: PlainEvent) => boolean
}

/** An alarm, a gateway or an event of a model; `payload` is what the API shows of it. */
export interface PlainEvent {
  readonly type: 'alarm' | 'gateway' | 'event'
  readonly payload: object
}

export interface LiveStreamDependencies {
  /** The JSON object of a series' newest reading. */
  readonly readingJson: (series: number) => string
  readonly clock: Clock
  readonly log: Log
  /** Distinguishes this run's event ids from those of earlier runs. */
  readonly bootId: string
}

export interface StreamCounters {
  sent: number
  slowClientsDropped: number
  resumed: number
  resets: number
}

interface Entry {
  readonly sequence: number
  readonly event: PlainEvent | undefined
  /** Series of a `reading` event and the JSON of each, in the same order. */
  readonly series: readonly number[]
  readonly json: readonly string[]
  whole: string | undefined
}

const coalesceMs = 100
/** Thrice within the time after which a reader doubts the stream. */
const heartbeatMs = 4_000
/** An event of its own, so that a page can tell a hub with nothing to say from a proxy that holds back what it says. */
const beatText = 'event: beat\ndata: {}\n\n'
/** Ring bound: events and readings within them; the oldest leave first and a client that needed them gets `reset`. Owner: LiveStream. */
const maxEvents = 2_000
const maxReadings = 40_000
/** A client behind which more waits is cut off and counted; it resumes by Last-Event-ID. */
const maxWaitingBytes = 2 * 1024 * 1024
/** Characters of up to three bytes. A reader that missed more begins anew, which costs it less. */
const maxResumedLength = maxWaitingBytes / 4
/** Without a reader for this long the ring is emptied, so that an unwatched hub does no work for it. */
const idleAfterMs = 60_000

export class LiveStream {
  readonly counters: StreamCounters = { sent: 0, slowClientsDropped: 0, resumed: 0, resets: 0 }
  readonly #dependencies: LiveStreamDependencies
  readonly #clients = new Map<StreamClient, StreamFilter>()
  readonly #ring: Entry[] = []
  #ringReadings = 0
  #sequence = 0
  #dirty: number[] = []
  #isDirty = new Uint8Array(1024)
  #flushTimer: Timer | undefined
  #heartbeat: Timer | undefined
  #flushedMs = Number.NEGATIVE_INFINITY
  #watchedMs = Number.NEGATIVE_INFINITY

  constructor(dependencies: LiveStreamDependencies) {
    this.#dependencies = dependencies
  }

  get clients(): number {
    return this.#clients.size
  }

  start(): void {
    const beat = () => {
      for (const client of this.#clients.keys()) this.#send(client, beatText)
      this.#heartbeat = this.#dependencies.clock.setTimer(beat, heartbeatMs)
    }
    this.#heartbeat = this.#dependencies.clock.setTimer(beat, heartbeatMs)
  }

  stop(): void {
    this.#heartbeat?.cancel()
    this.#flushTimer?.cancel()
    this.#heartbeat = undefined
    this.#flushTimer = undefined
    for (const client of this.#clients.keys()) client.end()
    this.#clients.clear()
  }

  /** Marks fresh readings; they leave at once when the last flush is 100 ms ago, else together 100 ms after it. */
  publish(fresh: FreshReadings): void {
    if (fresh.count === 0 || !this.#isWatched()) return
    const { columns, rows, count } = fresh
    for (let index = 0; index < count; index += 1) {
      const series = columns.series[rows[index] as number] as number
      if (series >= this.#isDirty.length) this.#growDirty(series)
      if (this.#isDirty[series] === 1) continue
      this.#isDirty[series] = 1
      this.#dirty.push(series)
    }
    if (this.#flushTimer !== undefined) return
    const waitMs = this.#flushedMs + coalesceMs - this.#dependencies.clock.monotonic()
    if (waitMs <= 0) this.#flush()
    else this.#flushTimer = this.#dependencies.clock.setTimer(() => this.#flush(), waitMs)
  }

  publishEvent(event: PlainEvent): void {
    if (!this.#isWatched()) return
    this.#append({ sequence: this.#nextSequence(), event, series: [], json: [], whole: undefined })
  }

  /** Id of the newest event. Somebody is about to go on from it: what follows is kept for them. */
  position(): string {
    this.#isWatched()
    this.#watchedMs = this.#dependencies.clock.monotonic()
    return this.#id(this.#sequence)
  }

  /** Adds a reader; with `lastEventId` it first gets what it missed, or `reset` where that is not known any more. */
  attach(client: StreamClient, filter: StreamFilter, lastEventId: string | undefined): void {
    this.#isWatched()
    this.#clients.set(client, filter)
    this.#send(client, `retry: 2000\n${beatText}`)
    if (lastEventId === undefined) return
    const missed = this.#missed(lastEventId, filter)
    if (missed === undefined) {
      this.counters.resets += 1
      this.#send(client, `id: ${this.#id(this.#sequence)}\nevent: reset\ndata: {}\n\n`)
      return
    }
    this.counters.resumed += 1
    for (const text of missed) this.#send(client, text)
  }

  detach(client: StreamClient): void {
    this.#clients.delete(client)
  }

  #isWatched(): boolean {
    const nowMs = this.#dependencies.clock.monotonic()
    if (this.#clients.size > 0) this.#watchedMs = nowMs
    if (nowMs - this.#watchedMs <= idleAfterMs) return true
    if (this.#ring.length > 0) {
      this.#ring.length = 0
      this.#ringReadings = 0
      this.#sequence += 1
    }
    return false
  }

  #flush(): void {
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    this.#flushedMs = this.#dependencies.clock.monotonic()
    const series = this.#dirty
    if (series.length === 0) return
    this.#dirty = []
    for (const id of series) this.#isDirty[id] = 0
    const json = series.map((id) => this.#dependencies.readingJson(id))
    this.#append({ sequence: this.#nextSequence(), event: undefined, series, json, whole: undefined })
  }

  #append(entry: Entry): void {
    this.#ring.push(entry)
    this.#ringReadings += entry.series.length
    while (this.#ring.length > maxEvents || (this.#ringReadings > maxReadings && this.#ring.length > 1)) {
      this.#ringReadings -= this.#ring.shift()?.series.length ?? 0
    }
    for (const [client, filter] of this.#clients) this.#sendEntry(client, filter, entry)
  }

  #sendEntry(client: StreamClient, filter: StreamFilter, entry: Entry): void {
    const text = this.#textFor(filter, entry)
    if (text !== undefined) this.#send(client, text)
  }

  #textFor(filter: StreamFilter, entry: Entry): string | undefined {
    const id = `id: ${this.#id(entry.sequence)}\n`
    if (entry.event !== undefined) {
      if (filter.event !== undefined && !filter.event(entry.event)) return undefined
      return (entry.whole ??= `${id}event: ${entry.event.type}\ndata: ${JSON.stringify(entry.event.payload)}\n\n`)
    }
    if (filter.series === undefined) {
      return (entry.whole ??= `${id}event: reading\ndata: [${entry.json.join(',')}]\n\n`)
    }
    const wanted = entry.json.filter((_, index) => filter.series?.(entry.series[index] as number))
    return wanted.length === 0 ? undefined : `${id}event: reading\ndata: [${wanted.join(',')}]\n\n`
  }

  #send(client: StreamClient, chunk: string): void {
    this.counters.sent += 1
    if (client.write(chunk) <= maxWaitingBytes) return
    this.counters.slowClientsDropped += 1
    this.#dependencies.log.warn({ bytes: maxWaitingBytes }, 'a reader of the live stream is too slow and is cut off')
    this.#clients.delete(client)
    client.end()
  }

  /** As text; undefined where it is not known any more, or so much that the reader would be cut off for it again and again. */
  #missed(lastEventId: string, filter: StreamFilter): readonly string[] | undefined {
    const entries = this.#after(lastEventId)
    if (entries === undefined) return undefined
    const texts: string[] = []
    let length = 0
    for (const entry of entries) {
      const text = this.#textFor(filter, entry) ?? ''
      length += text.length
      if (text !== '') texts.push(text)
    }
    return length > maxResumedLength ? undefined : texts
  }

  /** What follows an event id; undefined where the ring does not reach back to it. */
  #after(lastEventId: string): readonly Entry[] | undefined {
    const [boot, number] = lastEventId.split('.')
    const sequence = Number(number)
    if (boot !== this.#dependencies.bootId || !Number.isSafeInteger(sequence) || sequence > this.#sequence) {
      return undefined
    }
    if (sequence === this.#sequence) return []
    const first = this.#ring[0]
    if (first === undefined || first.sequence > sequence + 1) return undefined
    return this.#ring.filter((entry) => entry.sequence > sequence)
  }

  #id(sequence: number): string {
    return `${this.#dependencies.bootId}.${sequence}`
  }

  #nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  #growDirty(series: number): void {
    const grown = new Uint8Array(Math.max(series + 1, this.#isDirty.length * 2))
    grown.set(this.#isDirty)
    this.#isDirty = grown
  }
}
