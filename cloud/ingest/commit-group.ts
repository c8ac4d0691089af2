// The group that fills while the one before it is being committed: readings as growing columns, and what hangs on their commit.
import type { Quality } from '../../broker/contract/sample.ts'
import {
  qualityCodes,
  type Commit,
  type DeadLetter,
  type ReadingColumns,
  type SeriesRecord,
  type StoredEvent,
} from '../store/store.ts'
import type { EpochCursor, GatewayEntry } from './series-catalogue.ts'

interface Held {
  resolve(): void
  reject(reason: unknown): void
}

/** The thumbnail of an event: a JPEG under its hash. */
export interface EventPicture {
  readonly tenant: string
  readonly sha256: string
  readonly receivedMs: number
  readonly bytes: Uint8Array
}

/** Where a cursor stands once the group is stored. */
export interface CursorMove {
  readonly cursor: EpochCursor
  readonly through: number
}

const initialCapacity = 16_384

/** Reused for its whole life: two of them change places, so that no column is allocated per commit. */
export class CommitGroup {
  #capacity = initialCapacity
  #series = new Int32Array(initialCapacity)
  #timeMs = new Float64Array(initialCapacity)
  #value = new Float64Array(initialCapacity)
  #quality = new Uint8Array(initialCapacity)
  readonly #text = new Map<number, string>()
  readonly #moved = new Set<EpochCursor>()
  readonly #acksDue = new Set<EpochCursor>()
  readonly #rewindsDue = new Set<EpochCursor>()
  readonly #deadLetters: DeadLetter[] = []
  readonly #events: StoredEvent[] = []
  readonly #pictures: EventPicture[] = []
  readonly #held: Held[] = []
  readonly #arrivals = new Map<GatewayEntry, number>()
  #deadLetterBytes = 0
  #eventBytes = 0
  #textLength = 0
  rows = 0
  /** Monotonic ms at which the first thing entered; undefined while empty. */
  openedAtMs: number | undefined

  /** Appends one reading; `value` NaN and `text` as in ReadingColumns. */
  append(series: number, timeMs: number, value: number, quality: Quality, text: string | null): void {
    const row = this.rows
    if (row === this.#capacity) this.#grow()
    this.#series[row] = series
    this.#timeMs[row] = timeMs
    this.#value[row] = value
    this.#quality[row] = qualityCodes[quality]
    if (text !== null && text !== '') {
      this.#text.set(row, text)
      this.#textLength += text.length
    }
    this.rows = row + 1
  }

  /** Notes when (monotonic ms) readings of this gateway arrived. */
  arrived(gateway: GatewayEntry, atMs: number): void {
    this.#arrivals.set(gateway, atMs)
  }

  /** The newest arrival of each gateway with readings in this group. */
  arrivals(): ReadonlyMap<GatewayEntry, number> {
    return this.#arrivals
  }

  move(cursor: EpochCursor): void {
    this.#moved.add(cursor)
    this.#acksDue.add(cursor)
  }

  acknowledgeAgain(cursor: EpochCursor): void {
    this.#acksDue.add(cursor)
  }

  askToRewind(cursor: EpochCursor): void {
    this.#acksDue.add(cursor)
    this.#rewindsDue.add(cursor)
  }

  addDeadLetter(letter: DeadLetter): void {
    this.#deadLetters.push(letter)
    this.#deadLetterBytes += letter.payload.length
  }

  addEvent(event: StoredEvent, picture: EventPicture | undefined): void {
    this.#events.push(event)
    this.#eventBytes += event.body.length + (picture?.bytes.length ?? 0)
    if (picture !== undefined) this.#pictures.push(picture)
  }

  events(): readonly StoredEvent[] {
    return this.#events
  }

  /** Thumbnails of the group's events; to be kept before its commit. */
  pictures(): readonly EventPicture[] {
    return this.#pictures
  }

  /** Settles when the group is stored, or rejects when it is rolled back. */
  hold(): Promise<void> {
    return new Promise((resolve, reject) => this.#held.push({ resolve, reject }))
  }

  /** What waits in this group, in readings; texts, events and dead letters weigh as many as they take memory (about 100 bytes each). */
  get weight(): number {
    const bytes = this.#deadLetterBytes + this.#eventBytes + this.#textLength
    return this.rows + this.#deadLetters.length + this.#events.length + Math.ceil(bytes / 100)
  }

  get isEmpty(): boolean {
    return this.rows + this.#deadLetters.length + this.#events.length + this.#acksDue.size === 0
  }

  /** False where only acknowledgements are due: nothing new to store. */
  get needsCommit(): boolean {
    return this.rows + this.#deadLetters.length + this.#events.length + this.#moved.size > 0
  }

  /** Where the cursors stand now; called once, when the group stops filling. */
  cursorMoves(): readonly CursorMove[] {
    return Array.from(this.#moved, (cursor) => ({ cursor, through: cursor.accepted }))
  }

  toCommit(series: readonly SeriesRecord[], moves: readonly CursorMove[]): Commit {
    const cursors = moves.map(({ cursor, through }) => ({
      gateway: cursor.gateway.key,
      epoch: cursor.epoch,
      through,
    }))
    return { series, readings: this.columns(), cursors, deadLetters: this.#deadLetters, events: this.#events }
  }

  /** Views of the first `rows` entries; valid until `clear`. */
  columns(): ReadingColumns {
    const { rows } = this
    return {
      rows,
      series: this.#series.subarray(0, rows),
      timeMs: this.#timeMs.subarray(0, rows),
      value: this.#value.subarray(0, rows),
      quality: this.#quality.subarray(0, rows),
      text: this.#text,
    }
  }

  acksDue(): ReadonlySet<EpochCursor> {
    return this.#acksDue
  }

  wantsRewind(cursor: EpochCursor): boolean {
    return this.#rewindsDue.has(cursor)
  }

  release(): void {
    for (const held of this.#held.splice(0)) held.resolve()
  }

  /** Takes back everything in memory that this group's commit would have made true. */
  rollBack(reason: unknown): void {
    for (const cursor of this.#moved) cursor.accepted = cursor.committed
    for (const held of this.#held.splice(0)) held.reject(reason)
  }

  clear(): void {
    this.rows = 0
    this.openedAtMs = undefined
    this.#deadLetterBytes = 0
    this.#eventBytes = 0
    this.#events.length = 0
    this.#pictures.length = 0
    this.#textLength = 0
    this.#deadLetters.length = 0
    this.#text.clear()
    this.#moved.clear()
    this.#acksDue.clear()
    this.#rewindsDue.clear()
    this.#arrivals.clear()
  }

  #grow(): void {
    this.#capacity *= 2
    this.#series = grown(this.#series, new Int32Array(this.#capacity))
    this.#timeMs = grown(this.#timeMs, new Float64Array(this.#capacity))
    this.#value = grown(this.#value, new Float64Array(this.#capacity))
    this.#quality = grown(this.#quality, new Uint8Array(this.#capacity))
  }
}

function grown<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
