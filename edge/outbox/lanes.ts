// What an outbox holds in memory: its epochs, their newest messages, and what the next commit has to write of them.
import { randomBytes } from 'node:crypto'
import type { Sample } from '../../broker/contract/sample.ts'
import { canNumber, createLane, isDrained, type Lane, tailIndexAfter } from './lane.ts'
import { type Priority, rankOf } from './message.ts'
import type { EvictedMessage, OutboxChanges, OutboxFile } from './outbox-file.ts'
import { TailMessage } from './tail-message.ts'

/** Owner: one outbox, which bounds `bytes`. */
export class Lanes {
  readonly #nowMs: () => number
  readonly #dropUnencodable: (readings: number) => void
  #lanes: Lane[] = []
  /** Rows of messages that memory has given up, for the next commit. */
  #removed: { readonly epoch: string; readonly seq: number }[] = []
  #bytes = 0
  #appended = 0

  /** `nowMs`: monotonic. `dropUnencodable` is told of readings that no pack can hold. */
  constructor(nowMs: () => number, dropUnencodable: (readings: number) => void) {
    this.#nowMs = nowMs
    this.#dropUnencodable = dropUnencodable
  }

  /** Oldest first; the last one is current. */
  get all(): readonly Lane[] {
    return this.#lanes
  }

  /** About how much memory the messages take. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many samples and events were ever appended; the number of the last one. */
  get appended(): number {
    return this.#appended
  }

  /** The number of the oldest sample that is neither on disk nor acknowledged; Infinity: none. */
  firstUnsafe(): number {
    return this.dirty().reduce((first, { dirtySince }) => Math.min(first, dirtySince.append), Infinity)
  }

  get current(): Lane {
    const lane = this.#lanes.at(-1)
    if (lane === undefined) throw new Error('an outbox always has a current lane')
    return lane
  }

  find(epoch: string): Lane | undefined {
    return this.#lanes.find((lane) => lane.epoch === epoch)
  }

  /** Joins a sample to the open message of its priority; one that becomes full is sealed. */
  add(sample: Sample, priority: Priority): void {
    this.#appended += 1
    const dirtySince = { ms: this.#nowMs(), append: this.#appended }
    const message = this.#openMessage(priority, dirtySince)
    if (!message.dirty) message.dirtySince = dirtySince
    this.#bytes += message.add(sample)
    if (message.full) this.#sealThrough(message)
  }

  /**
   * Takes one encoded event as a message of its own. What was open before it is sealed, so that messages leave memory in order
   * and a large thumbnail does not wait there for the samples of a slow device.
   */
  addEvent(body: Uint8Array, priority: Priority): void {
    this.#appended += 1
    if (!canNumber(this.current)) this.roll()
    const lane = this.current
    const dirtySince = { ms: this.#nowMs(), append: this.#appended }
    const message = TailMessage.ofEvent({ epoch: lane.epoch, seq: lane.nextSeq, priority, dirtySince }, body)
    lane.nextSeq += 1
    lane.tail.push(message)
    this.#bytes += message.bytes
    this.#sealThrough(message)
  }

  /** Starts a new epoch beside the older ones. */
  roll(): void {
    if (this.#lanes.length > 0) for (const message of this.current.tail) message.seal(this.#dropUnencodable)
    this.#lanes.push(createLane(newEpoch()))
    this.#dropDrained()
  }

  /** Gives a lane another name; the caller has renamed what is on disk. */
  rename(lane: Lane, epoch: string): void {
    lane.epoch = epoch
    for (const message of lane.tail) message.epoch = epoch
  }

  /** The hub has stored the lane through `through`, of which only what is finished counts. */
  acknowledge(lane: Lane, through: number): 'advanced' | 'stale' {
    const stillOpen = lane.tail.find((message) => message.open)
    const effective = Math.min(through, (stillOpen?.seq ?? lane.nextSeq) - 1)
    if (effective <= lane.acked) return 'stale'
    lane.acked = effective
    this.#forget(lane.tail.splice(0, tailIndexAfter(lane, effective)))
    if (lane.storedThrough > 0) lane.ackPending = true
    this.#dropDrained()
    return 'advanced'
  }

  /** What memory holds and the disk does not. */
  dirty(): readonly TailMessage[] {
    return this.#lanes.flatMap((lane) => lane.tail.filter((message) => message.dirty))
  }

  /** What the disk has no row of. */
  unstored(): readonly TailMessage[] {
    return this.#lanes.flatMap((lane) => lane.tail.filter((message) => !message.stored))
  }

  /** Everything that a commit has to make durable; undefined: nothing. */
  changes(reservationOf: (lane: Lane) => number, maxBytes: number): OutboxChanges | undefined {
    const lanes = this.#lanes.map((lane) => ({ epoch: lane.epoch, reserved: reservationOf(lane) }))
    const acked = this.#lanes.filter((lane) => lane.ackPending).map(({ epoch, acked }) => ({ epoch, through: acked }))
    const written = this.dirty()
      .map((message) => message.snapshot(this.#dropUnencodable))
      .filter(({ pack }) => pack.length > 0)
    const sameLanes = lanes.every(({ reserved }, index) => reserved === this.#lanes[index]?.reserved)
    if (sameLanes && acked.length + this.#removed.length + written.length === 0) return undefined
    return { lanes, acked, removed: this.#removed, written, maxBytes }
  }

  /** These changes, the last that were asked for, are on the medium; `evicted` are no longer. */
  committed(changes: OutboxChanges, evicted: readonly EvictedMessage[], file: OutboxFile): void {
    for (const message of this.dirty()) Object.assign(message, { stored: true, dirty: false })
    this.#removed = []
    for (const [index, lane] of this.#lanes.entries()) this.#settle(lane, changes.lanes[index]?.reserved ?? 0)
    if (evicted.length > 0) this.#evictedFromDisk(evicted, file)
    this.#dropDrained()
  }

  /** Takes the oldest message of the lowest priority out of memory and, with the next commit, off the disk. */
  giveUpOldest(): TailMessage | undefined {
    let victim: TailMessage | undefined
    for (const message of this.#lanes.flatMap((lane) => lane.tail)) {
      if (victim === undefined || rankOf(message.priority) < rankOf(victim.priority)) victim = message
    }
    if (victim === undefined) return undefined
    const lane = this.find(victim.epoch)
    lane?.tail.splice(lane.tail.indexOf(victim), 1)
    this.#forget([victim])
    if (victim.stored) this.#removed.push({ epoch: victim.epoch, seq: victim.seq })
    return victim
  }

  /** Lanes of the file come before those that were made in memory while there was no file. */
  adopt(file: OutboxFile): void {
    const stored = file.lanes().map((lane): Lane => ({
      ...createLane(lane.epoch),
      nextSeq: lane.reserved,
      takenThrough: lane.reserved - 1,
      reserved: lane.reserved,
      storedThrough: lane.through,
    }))
    this.#lanes = [...stored.filter((lane) => this.find(lane.epoch) === undefined), ...this.#lanes]
  }

  /** The file is gone with all that it held: memory is written anew, and what comes gets a new epoch. */
  forgetDisk(): void {
    for (const lane of this.#lanes) {
      Object.assign(lane, { reserved: 0, storedThrough: 0, ackPending: false })
      for (const message of lane.tail) Object.assign(message, { dirty: true, stored: false })
    }
    this.#removed = []
    if (this.#lanes.length > 0) this.roll()
  }

  #openMessage(priority: Priority, dirtySince: TailMessage['dirtySince']): TailMessage {
    if (!canNumber(this.current)) this.roll()
    const lane = this.current
    const existing = lane.tail.findLast((message) => message.open && message.priority === priority)
    if (existing !== undefined) return existing
    const message = new TailMessage({ epoch: lane.epoch, seq: lane.nextSeq, priority, dirtySince })
    lane.nextSeq += 1
    lane.tail.push(message)
    this.#bytes += message.bytes
    return message
  }

  /** Seals in order of seq: no message may be finished while an older one is still open. */
  #sealThrough(last: TailMessage): void {
    const { tail } = this.current
    for (let index = tail.length - 1; index >= 0; index -= 1) {
      const message = tail[index]
      if (message === undefined || (!message.open && message.seq < last.seq)) return
      if (message.seq <= last.seq) message.seal(this.#dropUnencodable)
    }
  }

  /** After a commit: what is sealed and on disk leaves memory, acknowledged rows are gone. */
  #settle(lane: Lane, reserved: number): void {
    lane.reserved = reserved
    lane.storedThrough = Math.max(lane.storedThrough, lane.tail.at(-1)?.seq ?? 0)
    if (lane.ackPending && lane.storedThrough <= lane.acked) lane.storedThrough = 0
    lane.ackPending = false
    const firstOpen = lane.tail.findIndex((message) => message.open)
    this.#forget(lane.tail.splice(0, firstOpen < 0 ? lane.tail.length : firstOpen))
  }

  #evictedFromDisk(evicted: readonly EvictedMessage[], file: OutboxFile): void {
    for (const { epoch, seq } of evicted) {
      const lane = this.find(epoch)
      const index = lane?.tail.findIndex((message) => message.seq === seq) ?? -1
      if (index >= 0) this.#forget(lane?.tail.splice(index, 1) ?? [])
    }
    const through = new Map(file.lanes().map((lane) => [lane.epoch, lane.through]))
    for (const lane of this.#lanes) lane.storedThrough = through.get(lane.epoch) ?? 0
  }

  #forget(messages: readonly TailMessage[]): void {
    for (const message of messages) this.#bytes -= message.bytes
  }

  #dropDrained(): void {
    const { current } = this
    this.#lanes = this.#lanes.filter((lane) => lane === current || !isDrained(lane))
  }
}

export function newEpoch(): string {
  return randomBytes(12).toString('base64url')
}
