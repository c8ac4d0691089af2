// The store port: what ingest, queries and the alarm engine need of a time-series database.

/** One series as stored. `id` is dense from 0 and never reused; `key` is `{tenant}/{gateway}/{name}`. */
export interface SeriesRecord {
  readonly id: number
  readonly key: string
  readonly unit: string | undefined
}

/** Qualities as stored in one byte. */
export const qualityCodes = { good: 0, uncertain: 1, bad: 2 } as const
/** By their number. */
export const qualityNames = ['good', 'uncertain', 'bad'] as const

/**
 * Readings as columns, row i of each column describing one reading, in arrival order.
 * `series` Int32 ids; `timeMs` Float64 Unix ms; `value` Float64, NaN where the reading has no number (text, or bad);
 * `quality` Uint8 of qualityCodes; `text` row → string value, or the reason of a quality that is not good.
 */
export interface ReadingColumns {
  readonly rows: number
  readonly series: Int32Array
  readonly timeMs: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly text: ReadonlyMap<number, string>
}

/** Through which seq an epoch of a gateway (`{tenant}/{gateway}`) is stored. */
export interface Cursor {
  readonly gateway: string
  readonly epoch: string
  readonly through: number
}

/** A message that could not be understood, kept for a person to look at. `payload` is cut to 64 KiB. */
export interface DeadLetter {
  readonly timeMs: number
  readonly topic: string
  readonly code: string
  readonly reason: string
  readonly payload: Uint8Array
}

/** What one event is found and ordered by: its time, then who sent it. Whole ms. */
export interface EventKey {
  readonly timeMs: number
  /** `{tenant}/{gateway}` */
  readonly gateway: string
  readonly epoch: string
  readonly seq: number
}

/** An event as stored. `body` is its JSON, at most 60,000 bytes in UTF-8; `receivedMs` the hub's time when it came. */
export interface StoredEvent extends EventKey {
  readonly receivedMs: number
  readonly kind: string
  readonly source: string
  readonly body: string
}

export interface EventsQuery {
  readonly kind?: string | undefined
  readonly source?: string | undefined
  readonly gateway?: string | undefined
  /** Only of gateways of these, `[a-z0-9-]`; undefined: of all. */
  readonly tenants?: readonly string[] | undefined
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  /** Only events that come after this one in the order, which is newest first. */
  readonly after?: EventKey | undefined
  readonly limit: number
}

/** Everything that becomes durable together. */
export interface Commit {
  readonly series: readonly SeriesRecord[]
  readonly readings: ReadingColumns
  readonly cursors: readonly Cursor[]
  readonly deadLetters: readonly DeadLetter[]
  readonly events: readonly StoredEvent[]
}

/**
 * What a hub needs to go on where it stopped. `latest` is the newest reading of each series by event time. Of a gateway's
 * `cursors` those that moved last come last, where the store knows.
 */
export interface StoreState {
  readonly series: readonly SeriesRecord[]
  readonly cursors: readonly Cursor[]
  readonly latest: readonly StoredReading[]
}

export interface StoredReading {
  readonly series: number
  readonly timeMs: number
  readonly value: number | null
  readonly quality: number
  readonly text: string | null
}

/** Aggregates over equal spans; index i of each array is one non-empty span that begins at timeMs[i]. Bad readings are left out. */
export interface Buckets {
  readonly timeMs: readonly number[]
  readonly min: readonly number[]
  readonly mean: readonly number[]
  readonly max: readonly number[]
  readonly count: readonly number[]
}

/** Readings of one series that are not good, of one quality and one span of a query, gathered. */
export interface Flaw {
  readonly firstMs: number
  readonly lastMs: number
  /** 1 or 2: qualityCodes. */
  readonly quality: number
  readonly count: number
  /** Why, as one of them says it. */
  readonly text: string | null
}

export interface SpanQuery {
  readonly series: number
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** How long raw readings and hourly roll-ups of a class of series are kept; the first class whose pattern matches the key wins. */
export interface RetentionClass {
  readonly name: string
  readonly pattern: RegExp
  readonly rawDays: number
  readonly hourlyDays: number
}

/**
 * A time-series database. All methods throw AppError `store.unavailable` (retryable) when it cannot be reached or
 * written, `store.query` when a query makes no sense.
 */
export interface Store {
  open(): Promise<StoreState>
  /** Durable when it resolves. Applied whole or not at all; applying the same commit twice stores it once in effect. */
  commit(commit: Commit): Promise<void>
  /** Raw readings in time order, at most `limit`. */
  readings(query: SpanQuery & { readonly limit: number }): Promise<readonly StoredReading[]>
  /** At most `buckets` spans of equal length that cover [fromMs, toMs). Uses hourly roll-ups where raw readings have expired. */
  buckets(query: SpanQuery & { readonly buckets: number }): Promise<Buckets>
  /** What is uncertain or bad in each of at most `buckets` equal spans, in the order of time; nothing of what has expired. */
  flaws(query: SpanQuery & { readonly buckets: number }): Promise<readonly Flaw[]>
  /** Hourly aggregates of every series in [fromMs, toMs). */
  hourly(query: { readonly fromMs: number; readonly toMs: number }): Promise<ReadonlyMap<number, Buckets>>
  deadLetters(query: { readonly limit: number }): Promise<readonly DeadLetter[]>
  /** Newest first: by time, then gateway, epoch and seq, each descending. */
  events(query: EventsQuery): Promise<readonly StoredEvent[]>
  event(key: EventKey): Promise<StoredEvent | undefined>
  /** Deletes events that are older. Gives how many, where the store knows. */
  expireEvents(beforeMs: number): Promise<number>
  /**
   * Background work: roll up closed hours, compact closed days, drop what has expired. Safe to repeat or to cut off anywhere:
   * a run that `close()` cuts off rejects with store.unavailable, what it has done stays done, and a later run goes on from there.
   */
  maintain(nowMs: number, retention: readonly RetentionClass[]): Promise<MaintenanceReport>
  /**
   * Writes everything that was committed when it was called, and at most what was committed soon after, into a new file, while
   * commits go on. Throws `backup.*`, `store.unavailable`. Absent: a database server, which is backed up by its own tools.
   */
  copyTo?(file: string): Promise<StoreCopy>
  /** Waits for commits that were asked for, not for a run of `maintain` or `copyTo`, which are cut off. */
  close(): Promise<void>
}

/** What a copy of a store holds: up to which commit, epochs of gateways, and raw readings. */
export interface StoreCopy {
  readonly batch: number
  readonly cursors: number
  readonly readings: number
}

export interface MaintenanceReport {
  readonly rolledUpHours: number
  readonly compactedDays: number
  readonly expiredReadings: number
}
