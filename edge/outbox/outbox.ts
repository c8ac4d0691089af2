// The durable queue between the pipeline and the uplink: what enters leaves only acknowledged, or evicted and counted.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { Counters } from '../counters.ts'
import { type OutboxCondition, OutboxDisk } from './disk.ts'
import { type Lane, tailIndexAfter, wantedReservation } from './lane.ts'
import { Lanes, newEpoch } from './lanes.ts'
import { DurableWaits } from './durable-waits.ts'
import { oldestOfPack } from './pack-age.ts'
import type { OutboxDepth, OutboxMessage, Priority } from './message.ts'

export interface OutboxOptions {
  readonly path: string
  /** Bound on packs with their overhead on disk. At the bound the oldest message of the lowest priority is evicted. */
  readonly maxBytes: number
  /** Hard bound on the file; for its overhead and free pages well above `maxBytes`. */
  readonly maxFileBytes: number
  /** Bound on what waits in memory while the disk cannot be written; the same eviction at the bound. */
  readonly maxMemoryBytes: number
  /** A sample is on the medium at most this long (plus one commit) after it was appended: the loss window of a power cut. */
  readonly groupCommitMs: number
  /** How long an open message waits for more samples before the uplink may take it. */
  readonly lingerMs: number
}

export interface OutboxDependencies {
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

/** An epoch with something to send, or the current one. */
export interface LaneView {
  readonly epoch: string
  readonly acked: number
  /** Nothing above this was ever given to the uplink: an ack beyond it is not for this epoch. */
  readonly takenThrough: number
}

/**
 * Owner: the agent. Messages are numbered in memory and committed in groups; the uplink may send one before its commit,
 * and one that is acknowledged before its commit never touches the disk.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #counters: Counters
  readonly #disk: OutboxDisk
  readonly #lanes: Lanes
  readonly #waits = new DurableWaits()
  #flushTimer: Timer | undefined
  #lingerTimer: Timer | undefined
  #ready: () => void = () => undefined

  /** Opens the file, or sets it aside when it is corrupt. Throws `data.locked` when another process has it. */
  constructor(options: OutboxOptions, dependencies: OutboxDependencies) {
    this.#options = options
    this.#clock = dependencies.clock
    this.#log = dependencies.log
    this.#counters = dependencies.counters
    this.#disk = new OutboxDisk(options, dependencies)
    this.#lanes = new Lanes(() => this.#clock.monotonic(), this.#dropUnencodable)
    this.#openFile()
    if (this.#lanes.all.length === 0) this.#lanes.roll()
    this.flush()
  }

  /** `listener` is called when a message can be taken. */
  onReady(listener: () => void): void {
    this.#ready = listener
  }

  /** The epoch that new messages belong to. */
  get epoch(): string {
    return this.#lanes.current.epoch
  }

  get condition(): OutboxCondition {
    return this.#disk.condition
  }

  /** Takes samples into the open message of their priority. Never throws and never waits. */
  append(samples: readonly Sample[], priority: Priority): void {
    for (const sample of samples) this.#lanes.add(sample, priority)
    if (samples.length > 0) this.#appended()
  }

  /** Takes one event as encodeEvent made it, with the promises of `append`. */
  appendEvent(body: Uint8Array, priority: Priority): void {
    this.#lanes.addEvent(body, priority)
    this.#appended()
  }

  #appended(): void {
    if (this.#lanes.bytes > this.#options.maxMemoryBytes) this.#relieveMemory()
    this.#scheduleFlush()
    this.#lingerTimer ??= this.#clock.setTimer(() => this.#lingered(), this.#options.lingerMs)
  }

  /**
   * Resolves when everything appended so far is on disk or acknowledged by the hub: within `groupCommitMs` and one
   * commit. Rejects with `outbox.full` when the disk cannot take it (what was appended then stays in memory and may
   * still reach the hub), with `limit.exceeded` when too many wait.
   */
  durable(): Promise<void> {
    if (this.condition !== 'healthy') return Promise.reject(notKept(`the outbox is ${this.condition}`))
    const through = this.#lanes.appended
    return this.#lanes.firstUnsafe() > through ? Promise.resolve() : this.#waits.wait(through)
  }

  /** Every epoch that may hold messages, oldest first; the last one is current. */
  lanes(): readonly LaneView[] {
    return this.#lanes.all.map(({ epoch, acked, takenThrough }) => ({ epoch, acked, takenThrough }))
  }

  /**
   * Messages with seq above `after`, in order, at most `limit`; seals open ones that have waited `lingerMs`. None while
   * the disk cannot be read: newer ones from memory would promise the hub that the stored ones never come.
   */
  take(range: { readonly epoch: string; readonly after: number; readonly limit: number }): readonly OutboxMessage[] {
    const lane = this.#lanes.find(range.epoch)
    if (lane === undefined) return []
    const after = Math.max(range.after, lane.acked)
    const messages = this.#readStored(lane, after, range.limit)
    if (messages === undefined) return []
    for (let index = tailIndexAfter(lane, after); messages.length < range.limit; index += 1) {
      const message = lane.tail[index]
      if (message === undefined) break
      if (message.open && !message.due) break
      message.seal(this.#dropUnencodable)
      const taken = message.snapshot(this.#dropUnencodable)
      if (taken.pack.length > 0) messages.push(taken)
    }
    lane.takenThrough = Math.max(lane.takenThrough, messages.at(-1)?.seq ?? 0)
    return messages
  }

  /** The hub has stored this epoch through `through` (never more than was finished). Rows leave the disk with the next commit. */
  ack(epoch: string, through: number): 'advanced' | 'stale' | 'unknown' {
    const lane = this.#lanes.find(epoch)
    if (lane === undefined) return 'unknown'
    if (this.#lanes.acknowledge(lane, through) === 'stale') return 'stale'
    if (lane.ackPending) this.#scheduleFlush()
    this.#tellSafe()
    return 'advanced'
  }

  /** Starts a new epoch for what comes; older epochs stay to be drained beside it, so that live readings overtake a backlog. */
  rollEpoch(): void {
    this.#lanes.roll()
    this.#scheduleFlush()
  }

  /**
   * Gives an epoch another name, for when the hub acknowledges what was never sent: a copied or restored file. The hub
   * then takes its messages as new instead of dropping them as duplicates.
   */
  renewEpoch(epoch: string): void {
    const lane = this.#lanes.find(epoch)
    if (lane === undefined) return
    const renewed = newEpoch()
    try {
      this.#disk.file?.renameEpoch(epoch, renewed)
    } catch (error) {
      this.#fault(toAppError(error, 'outbox.full'))
      return
    }
    this.#lanes.rename(lane, renewed)
    this.#counters.add('outbox_epochs_renewed', 'foreign-ack')
  }

  depth(): OutboxDepth {
    const unstored = this.#lanes.unstored()
    const stored = this.#disk.file?.depth() ?? { messages: 0, readings: 0, bytes: 0 }
    return {
      messages: stored.messages + unstored.length,
      readings: unstored.reduce((sum, message) => sum + message.readings, stored.readings),
      bytes: unstored.reduce((sum, message) => sum + message.bytes, stored.bytes),
    }
  }

  /**
   * Unix ms of what is oldest among the next messages of each epoch; undefined: nothing waits. Of one that holds no time
   * nothing is known.
   */
  oldestMs(): number | undefined {
    const times = this.#lanes.all.map((lane) => {
      const [stored] = this.#readStored(lane, lane.acked, 1) ?? []
      if (stored !== undefined) return oldestOfPack(stored.pack, this.#clock.now())
      const next = lane.tail[tailIndexAfter(lane, lane.acked)]
      if (next === undefined || Number.isFinite(next.oldestMs)) return next?.oldestMs ?? Infinity
      return oldestOfPack(next.snapshot(this.#dropUnencodable).pack, this.#clock.now())
    })
    const oldestMs = Math.min(...times)
    return Number.isFinite(oldestMs) ? oldestMs : undefined
  }

  /** Commits what memory holds and the disk does not. Never throws: a fault changes `condition` and is tried again. */
  flush(): void {
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    try {
      if (this.#disk.file === undefined) this.#openFile()
      this.#commit((lane) =>
        lane === this.#lanes.current ? wantedReservation(lane) : Math.max(lane.reserved, lane.nextSeq),
      )
      if (this.#disk.recovered()) this.#ready()
    } catch (error) {
      this.#fault(toAppError(error, 'outbox.full'))
    }
  }

  /** Commits everything and closes the file; numbering goes on without a jump at the next start. */
  close(): void {
    this.flush()
    try {
      this.#commit((lane) => lane.nextSeq)
    } catch (error) {
      this.#log.error({ error }, 'the outbox could not be committed at shutdown')
    }
    this.abandon()
  }

  /** Closes the file without a commit, as the end of the process would. */
  abandon(): void {
    this.#flushTimer?.cancel()
    this.#lingerTimer?.cancel()
    this.#disk.close()
    this.#waits.fail(notKept('the outbox is closed'))
  }

  readonly #dropUnencodable = (readings: number): void => {
    this.#counters.add('outbox_dropped_readings', 'unencodable', readings)
  }

  /** Undefined: the disk did not give what it holds. */
  #readStored(lane: Lane, after: number, limit: number): OutboxMessage[] | undefined {
    const before = lane.tail[0]?.seq ?? Number.MAX_SAFE_INTEGER
    if (after >= Math.min(lane.storedThrough, before - 1)) return []
    try {
      return [...this.#disk.read({ epoch: lane.epoch, after, before, limit })]
    } catch (error) {
      this.#fault(toAppError(error, 'outbox.full'))
      return undefined
    }
  }

  #lingered(): void {
    this.#lingerTimer = undefined
    const { tail } = this.#lanes.current
    for (let index = tail.length - 1; tail[index]?.open === true; index -= 1) tail[index]?.markDue()
    this.#ready()
  }

  #scheduleFlush(delayMs = this.#options.groupCommitMs): void {
    this.#flushTimer ??= this.#clock.setTimer(() => this.#flushWhenDue(), delayMs)
  }

  /** What the hub acknowledged in the meantime needs no commit: then only the time that is left of the window is waited. */
  #flushWhenDue(): void {
    this.#flushTimer = undefined
    const since = this.#lanes.dirty()
    const oldestMs = since.reduce((oldest, { dirtySince }) => Math.min(oldest, dirtySince.ms), Infinity)
    const leftMs = oldestMs + this.#options.groupCommitMs - this.#clock.monotonic()
    const onlyYoung = leftMs > 1 && !this.#lanes.all.some((lane) => lane.ackPending)
    if (!onlyYoung) this.flush()
    else if (since.length > 0) this.#scheduleFlush(leftMs)
  }

  #commit(reservationOf: (lane: Lane) => number): void {
    const { file } = this.#disk
    if (file === undefined) return
    const changes = this.#lanes.changes(reservationOf, this.#options.maxBytes)
    if (changes === undefined) return
    const evicted = file.commit(changes)
    for (const { priority, readings } of evicted) this.#countEvicted('bytes', readings, priority)
    this.#lanes.committed(changes, evicted, file)
    this.#tellSafe()
  }

  #tellSafe(): void {
    if (this.#waits.size > 0) this.#waits.safeBefore(this.#lanes.firstUnsafe())
  }

  #countEvicted(reason: string, readings: number, priority: Priority): void {
    this.#counters.add('outbox_evicted_messages', `${reason}-${priority}`)
    if (readings === 0) this.#counters.add('outbox_evicted_events', `${reason}-${priority}`)
    else this.#counters.add('outbox_evicted_readings', `${reason}-${priority}`, readings)
  }

  /** Memory is at its bound: commit now if the disk may take it, else give up the oldest of the lowest priority. */
  #relieveMemory(): void {
    if (this.condition === 'healthy') this.flush()
    while (this.#lanes.bytes > this.#options.maxMemoryBytes) {
      const victim = this.#lanes.giveUpOldest()
      if (victim === undefined) return
      this.#countEvicted(this.condition, victim.readings, victim.priority)
    }
  }

  #openFile(): void {
    try {
      this.#lanes.adopt(this.#disk.open())
    } catch (error) {
      const fault = toAppError(error, 'outbox.full')
      if (fault.code === 'data.locked') throw fault
      this.#fault(fault)
      // Never a file whose lanes are not known: the next commit would drop them.
      this.#disk.close()
    }
  }

  #fault(error: AppError): void {
    const { retryMs, setAside } = this.#disk.failed(error)
    this.#waits.fail(notKept(error.message, error))
    // A commit that is already due is not put off: faults of reading come with every attempt to send.
    if (setAside) {
      this.#lanes.forgetDisk()
      this.#flushTimer?.cancel()
      this.#flushTimer = undefined
    }
    this.#flushTimer ??= this.#clock.setTimer(() => this.flush(), retryMs)
  }
}

function notKept(why: string, cause?: AppError): AppError {
  return new AppError('outbox.full', why, cause === undefined ? {} : { cause })
}
