// The durable queue between the pipeline and the uplink: what enters leaves only acknowledged, or evicted and counted.
import { randomBytes } from 'node:crypto'
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { Counters } from '../counters.ts'
import { canNumber, createLane, isDrained, type Lane, tailIndexAfter, wantedReservation } from './lane.ts'
import { type OutboxDepth, type OutboxMessage, type Priority, rankOf } from './message.ts'
import { type EvictedMessage, openOutboxFile, type OutboxChanges, type OutboxFile } from './outbox-file.ts'
import { TailMessage } from './tail-message.ts'

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

/** healthy, or why the disk is not taking commits. */
export type OutboxCondition = 'healthy' | 'disk-full' | 'corrupt'

const maxRetryMs = 30_000
const keptCorruptFiles = 2
/** What the disk does not give for this long is given up: everything newer waits behind it. */
const unreadableLimitMs = 60_000

/**
 * Owner: the agent. Messages are numbered in memory and committed in groups; the uplink may send one before its commit,
 * and one that is acknowledged before its commit never touches the disk.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #counters: Counters
  #file: OutboxFile | undefined
  #lanes: Lane[] = []
  #removed: { readonly epoch: string; readonly seq: number }[] = []
  #tailBytes = 0
  #condition: OutboxCondition = 'healthy'
  #failures = 0
  #unreadableSinceMs: number | undefined
  #flushTimer: Timer | undefined
  #lingerTimer: Timer | undefined
  #ready: () => void = () => undefined

  /** Opens the file, or sets it aside when it is corrupt. Throws `data.locked` when another process has it. */
  constructor(options: OutboxOptions, dependencies: OutboxDependencies) {
    this.#options = options
    this.#clock = dependencies.clock
    this.#log = dependencies.log
    this.#counters = dependencies.counters
    this.#openFile()
    if (this.#lanes.length === 0) this.#lanes.push(createLane(newEpoch()))
    this.flush()
  }

  /** `listener` is called when a message can be taken. */
  onReady(listener: () => void): void {
    this.#ready = listener
  }

  /** The epoch that new messages belong to. */
  get epoch(): string {
    return this.#current().epoch
  }

  get condition(): OutboxCondition {
    return this.#condition
  }

  /** Takes samples into the open message of their priority. Never throws and never waits. */
  append(samples: readonly Sample[], priority: Priority): void {
    const nowMs = this.#clock.monotonic()
    for (const sample of samples) {
      const message = this.#openMessage(priority)
      if (!message.dirty) message.dirtySinceMs = nowMs
      this.#tailBytes += message.add(sample)
      if (message.full) this.#sealThrough(message)
    }
    if (samples.length === 0) return
    if (this.#tailBytes > this.#options.maxMemoryBytes) this.#relieveMemory()
    this.#scheduleFlush()
    this.#lingerTimer ??= this.#clock.setTimer(() => this.#lingered(), this.#options.lingerMs)
  }

  /** Every epoch that may hold messages, oldest first; the last one is current. */
  lanes(): readonly LaneView[] {
    return this.#lanes.map(({ epoch, acked, takenThrough }) => ({ epoch, acked, takenThrough }))
  }

  /**
   * Messages with seq above `after`, in order, at most `limit`; seals open ones that have waited `lingerMs`. None while
   * the disk cannot be read: newer ones from memory would promise the hub that the stored ones never come.
   */
  take(range: { readonly epoch: string; readonly after: number; readonly limit: number }): readonly OutboxMessage[] {
    const lane = this.#lane(range.epoch)
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
      if (taken.readings > 0) messages.push(taken)
    }
    lane.takenThrough = Math.max(lane.takenThrough, messages.at(-1)?.seq ?? 0)
    return messages
  }

  /** The hub has stored this epoch through `through` (never more than was finished). Rows leave the disk with the next commit. */
  ack(epoch: string, through: number): 'advanced' | 'stale' | 'unknown' {
    const lane = this.#lane(epoch)
    if (lane === undefined) return 'unknown'
    const stillOpen = lane.tail.find((message) => message.open)
    const effective = Math.min(through, (stillOpen?.seq ?? lane.nextSeq) - 1)
    if (effective <= lane.acked) return 'stale'
    lane.acked = effective
    this.#forget(lane.tail.splice(0, tailIndexAfter(lane, effective)))
    if (lane.storedThrough > 0) {
      lane.ackPending = true
      this.#scheduleFlush()
    }
    this.#dropDrainedLanes()
    return 'advanced'
  }

  /** Starts a new epoch for what comes; older epochs stay to be drained beside it, so that live readings overtake a backlog. */
  rollEpoch(): void {
    for (const message of this.#current().tail) message.seal(this.#dropUnencodable)
    this.#lanes.push(createLane(newEpoch()))
    this.#dropDrainedLanes()
    this.#scheduleFlush()
  }

  /**
   * Gives an epoch another name, for when the hub acknowledges what was never sent: a copied or restored file. The hub
   * then takes its messages as new instead of dropping them as duplicates.
   */
  renewEpoch(epoch: string): void {
    const lane = this.#lane(epoch)
    if (lane === undefined) return
    const renewed = newEpoch()
    try {
      this.#file?.renameEpoch(epoch, renewed)
    } catch (error) {
      this.#fault(toAppError(error, 'outbox.full'))
      return
    }
    lane.epoch = renewed
    for (const message of lane.tail) message.epoch = renewed
    this.#counters.add('outbox_epochs_renewed', 'foreign-ack')
  }

  depth(): OutboxDepth {
    const unstored = this.#lanes.flatMap((lane) => lane.tail.filter((message) => !message.stored))
    const stored = this.#file?.depth() ?? { messages: 0, readings: 0, bytes: 0 }
    return {
      messages: stored.messages + unstored.length,
      readings: unstored.reduce((sum, message) => sum + message.readings, stored.readings),
      bytes: unstored.reduce((sum, message) => sum + message.bytes, stored.bytes),
    }
  }

  /** Commits what memory holds and the disk does not. Never throws: a fault changes `condition` and is tried again. */
  flush(): void {
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    try {
      if (this.#file === undefined) this.#openFile()
      this.#commit((lane) =>
        lane === this.#current() ? wantedReservation(lane) : Math.max(lane.reserved, lane.nextSeq),
      )
      this.#recovered()
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
    this.#file?.close()
    this.#file = undefined
  }

  readonly #dropUnencodable = (readings: number): void => {
    this.#counters.add('outbox_dropped_readings', 'unencodable', readings)
  }

  #current(): Lane {
    const lane = this.#lanes.at(-1)
    if (lane === undefined) throw new Error('an outbox always has a current lane')
    return lane
  }

  #lane(epoch: string): Lane | undefined {
    return this.#lanes.find((lane) => lane.epoch === epoch)
  }

  #openMessage(priority: Priority): TailMessage {
    if (!canNumber(this.#current())) this.rollEpoch()
    const lane = this.#current()
    const existing = lane.tail.findLast((message) => message.open && message.priority === priority)
    if (existing !== undefined) return existing
    const message = new TailMessage({
      epoch: lane.epoch,
      seq: lane.nextSeq,
      priority,
      dirtySinceMs: this.#clock.monotonic(),
    })
    lane.nextSeq += 1
    lane.tail.push(message)
    this.#tailBytes += message.bytes
    return message
  }

  /** Seals in order of seq: no message may be finished while an older one is still open. */
  #sealThrough(last: TailMessage): void {
    const { tail } = this.#current()
    for (let index = tail.length - 1; index >= 0; index -= 1) {
      const message = tail[index]
      if (message === undefined || (!message.open && message.seq < last.seq)) return
      if (message.seq <= last.seq) message.seal(this.#dropUnencodable)
    }
  }

  /** Undefined: the disk did not give what it holds. */
  #readStored(lane: Lane, after: number, limit: number): OutboxMessage[] | undefined {
    const before = lane.tail[0]?.seq ?? Number.MAX_SAFE_INTEGER
    if (this.#file === undefined || after >= Math.min(lane.storedThrough, before - 1)) return []
    try {
      const messages = this.#file.read({ epoch: lane.epoch, after, before, limit })
      this.#unreadableSinceMs = undefined
      return [...messages]
    } catch (error) {
      this.#unreadable(toAppError(error, 'outbox.full'))
      return undefined
    }
  }

  /** A fault that passes only delays; a lasting one is that of a corrupt file, which is set aside and counted. */
  #unreadable(error: AppError): void {
    const nowMs = this.#clock.monotonic()
    this.#unreadableSinceMs ??= nowMs
    const isLasting = nowMs - this.#unreadableSinceMs >= unreadableLimitMs
    const cause = { cause: error }
    this.#fault(isLasting ? new AppError('outbox.corrupt', `for a long time ${error.message}`, cause) : error)
  }

  #lingered(): void {
    this.#lingerTimer = undefined
    const { tail } = this.#current()
    for (let index = tail.length - 1; tail[index]?.open === true; index -= 1) tail[index]?.markDue()
    this.#ready()
  }

  #scheduleFlush(delayMs = this.#options.groupCommitMs): void {
    this.#flushTimer ??= this.#clock.setTimer(() => this.#flushWhenDue(), delayMs)
  }

  /** What the hub acknowledged in the meantime needs no commit: then only the time that is left of the window is waited. */
  #flushWhenDue(): void {
    this.#flushTimer = undefined
    const since = this.#lanes.flatMap((lane) => lane.tail.filter((message) => message.dirty))
    const oldestMs = since.reduce((oldest, message) => Math.min(oldest, message.dirtySinceMs), Infinity)
    const leftMs = oldestMs + this.#options.groupCommitMs - this.#clock.monotonic()
    const onlyYoung = leftMs > 1 && !this.#lanes.some((lane) => lane.ackPending)
    if (!onlyYoung) this.flush()
    else if (since.length > 0) this.#scheduleFlush(leftMs)
  }

  #commit(reservationOf: (lane: Lane) => number): void {
    const file = this.#file
    if (file === undefined) return
    const dirty = this.#lanes.flatMap((lane) => lane.tail.filter((message) => message.dirty))
    const changes: OutboxChanges = {
      lanes: this.#lanes.map((lane) => ({ epoch: lane.epoch, reserved: reservationOf(lane) })),
      acked: this.#lanes.filter((lane) => lane.ackPending).map(({ epoch, acked }) => ({ epoch, through: acked })),
      removed: this.#removed,
      written: dirty.map((message) => message.snapshot(this.#dropUnencodable)).filter(({ readings }) => readings > 0),
      maxBytes: this.#options.maxBytes,
    }
    if (this.#isEmpty(changes)) return
    const evicted = file.commit(changes)
    for (const message of dirty) message.stored = true
    for (const message of dirty) message.dirty = false
    this.#removed = []
    for (const [index, lane] of this.#lanes.entries()) this.#settle(lane, changes.lanes[index]?.reserved ?? 0)
    this.#evictedFromDisk(evicted, file)
    this.#dropDrainedLanes()
  }

  #isEmpty(changes: OutboxChanges): boolean {
    const sameLanes = changes.lanes.every(({ reserved }, index) => reserved === this.#lanes[index]?.reserved)
    return sameLanes && changes.acked.length + changes.removed.length + changes.written.length === 0
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

  #forget(messages: readonly TailMessage[]): void {
    for (const message of messages) this.#tailBytes -= message.bytes
  }

  #evictedFromDisk(evicted: readonly EvictedMessage[], file: OutboxFile): void {
    if (evicted.length === 0) return
    for (const { epoch, seq, priority, readings } of evicted) {
      this.#countEvicted('bytes', readings, priority)
      const lane = this.#lane(epoch)
      const index = lane?.tail.findIndex((message) => message.seq === seq) ?? -1
      if (index >= 0) this.#forget(lane?.tail.splice(index, 1) ?? [])
    }
    const through = new Map(file.lanes().map((lane) => [lane.epoch, lane.through]))
    for (const lane of this.#lanes) lane.storedThrough = through.get(lane.epoch) ?? 0
  }

  #countEvicted(reason: string, readings: number, priority: Priority): void {
    this.#counters.add('outbox_evicted_messages', `${reason}-${priority}`)
    this.#counters.add('outbox_evicted_readings', `${reason}-${priority}`, readings)
  }

  #dropDrainedLanes(): void {
    const current = this.#current()
    this.#lanes = this.#lanes.filter((lane) => lane === current || !isDrained(lane))
  }

  /** Memory is at its bound: commit now if the disk may take it, else give up the oldest of the lowest priority. */
  #relieveMemory(): void {
    if (this.#condition === 'healthy') this.flush()
    while (this.#tailBytes > this.#options.maxMemoryBytes) {
      const victim = this.#oldestOfLowestPriority()
      if (victim === undefined) return
      const lane = this.#lane(victim.epoch)
      lane?.tail.splice(lane.tail.indexOf(victim), 1)
      this.#forget([victim])
      if (victim.stored) this.#removed.push({ epoch: victim.epoch, seq: victim.seq })
      this.#countEvicted(this.#condition, victim.readings, victim.priority)
    }
  }

  #oldestOfLowestPriority(): TailMessage | undefined {
    let victim: TailMessage | undefined
    for (const message of this.#lanes.flatMap((lane) => lane.tail)) {
      if (victim === undefined || rankOf(message.priority) < rankOf(victim.priority)) victim = message
    }
    return victim
  }

  #openFile(): void {
    try {
      this.#adopt(openOutboxFile(this.#options))
    } catch (error) {
      const fault = toAppError(error, 'outbox.full')
      if (fault.code === 'data.locked') throw fault
      this.#fault(fault)
    }
  }

  /** Lanes of the file come before those that were made in memory while there was no file. */
  #adopt(file: OutboxFile): void {
    const stored = file.lanes().map((lane): Lane => ({
      ...createLane(lane.epoch),
      nextSeq: lane.reserved,
      takenThrough: lane.reserved - 1,
      reserved: lane.reserved,
      storedThrough: lane.through,
    }))
    this.#file = file
    this.#lanes = [...stored.filter((lane) => this.#lane(lane.epoch) === undefined), ...this.#lanes]
  }

  #fault(error: AppError): void {
    this.#failures += 1
    this.#counters.add('outbox_faults', error.code)
    const corrupt = error.code === 'outbox.corrupt'
    if (corrupt) this.#setAside()
    const condition = corrupt ? 'corrupt' : 'disk-full'
    if (condition !== this.#condition) this.#log.error({ error, code: error.code }, 'the outbox file fails')
    this.#condition = condition
    // A new file takes the place of a corrupt one at once; where that is corrupt too, the disk is not asked without pause.
    const atOnce = corrupt && this.#failures === 1
    const delayMs = atOnce ? 0 : Math.min(maxRetryMs, 500 * 2 ** Math.min(this.#failures, 10))
    // A commit that is already due is not put off: faults of reading come with every attempt to send.
    if (corrupt) {
      this.#flushTimer?.cancel()
      this.#flushTimer = undefined
    }
    this.#flushTimer ??= this.#clock.setTimer(() => this.flush(), delayMs)
  }

  #recovered(): void {
    if (this.#file === undefined) return
    this.#failures = 0
    if (this.#condition === 'healthy') return
    this.#log.info({ was: this.#condition }, 'the outbox file takes commits again')
    this.#condition = 'healthy'
    this.#ready()
  }

  /** Keeps an unreadable file under another name and goes on with a new one and a new epoch. */
  #setAside(): void {
    this.#counters.add('outbox_lost_readings', 'corrupt', this.#file?.depth().readings ?? 0)
    this.#file?.close()
    this.#file = undefined
    const suffix = `.corrupt-${this.#clock.now()}`
    for (const part of ['', '-wal', '-shm'])
      moveIfPresent(this.#options.path + part, this.#options.path + suffix + part)
    try {
      removeOldCorruptFiles(this.#options.path)
    } catch (error) {
      // A disk that fails may also refuse this; the agent goes on in memory.
      this.#log.warn({ error }, 'old corrupt outbox files could not be removed')
    }
    for (const lane of this.#lanes) {
      Object.assign(lane, { reserved: 0, storedThrough: 0, ackPending: false })
      for (const message of lane.tail) Object.assign(message, { dirty: true, stored: false })
    }
    this.#removed = []
    this.#unreadableSinceMs = undefined
    if (this.#lanes.length > 0) this.rollEpoch()
  }
}

function newEpoch(): string {
  return randomBytes(12).toString('base64url')
}

function moveIfPresent(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch {
    // A part that does not exist, or cannot be moved, is met again when the file is opened.
  }
}

/** The newest few are kept for a person to look at; more of them would fill the disk. Throws what the file system throws. */
function removeOldCorruptFiles(path: string): void {
  const prefix = `${basename(path)}.corrupt-`
  const stamps = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.replace(/-(wal|shm)$/, ''))
  const old = [...new Set(stamps)].sort().slice(0, -keptCorruptFiles)
  for (const name of old.flatMap((name) => [name, `${name}-wal`, `${name}-shm`])) {
    rmSync(join(dirname(path), name), { force: true })
  }
}
