// Keeps the screen true: server-sent events with resume, polling while they fail, and an honest word on which of both.
import type { Clock, Timer } from '../../../../broker/contract/ports.ts'

/**
 * live: events arrive. polling: the stream is down, but the hub answers. reconnecting: the stream broke, and the hub is
 * being asked. lost: the hub does not answer either. In the last two, what is shown is old.
 */
export type LiveState = 'connecting' | 'live' | 'polling' | 'reconnecting' | 'lost'

/** `beat`: every 4 s, and first of all; it says only that what the hub says comes through. */
export const streamEvents = ['reading', 'alarm', 'gateway', 'event', 'reset', 'beat'] as const
type StreamEvent = (typeof streamEvents)[number]

export interface EventStream {
  close(): void
}

export interface StreamCallbacks {
  event(name: StreamEvent, text: string, lastEventId: string): void
  /** The connection broke. `closed`: it will not come back by itself. */
  failed(closed: boolean): void
}

export interface LiveOptions {
  readonly clock: Clock
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number
  readonly connect: (lastEventId: string | undefined, callbacks: StreamCallbacks) => EventStream
  /** Loads every list anew, and says up to which event of the stream they are true; rejects when the hub does not answer. */
  readonly reload: () => Promise<string>
  /** Asks the hub for as little as possible; rejects when it does not answer within seconds. */
  readonly probe: () => Promise<void>
  readonly event: (name: Exclude<StreamEvent, 'reset' | 'beat'>, text: string) => void
  /** `silentMs`: how long ago the hub last gave a sign of life. */
  readonly state: (state: LiveState, silentMs: number) => void
}

export interface Live {
  /** The browser's network came or went, or the page is seen again: find out now instead of at the next turn. */
  check(): void
  /** Ends the stream and all timers. */
  close(): void
}

const checkMs = 1000
const pollMs = 5000
/** A live stream that says nothing for this long is doubted: the hub is asked whether it is still there. */
const silenceMs = 6000
/** Three beats. A stream that says nothing for this long although the hub answers is half open, or a proxy holds it back. */
const deafMs = 13_000
/** A stream that has brought nothing and was not refused after this long is tried anew; each time twice as long. */
const stalledMs = 10_000
const longestStallMs = 80_000
const firstRetryMs = 1000
const longestRetryMs = 10_000

/**
 * Starts the stream. While it is broken the lists are polled every 5 s; a silent one is doubted after 6 s.
 * A stream that comes back brings what was missed (Last-Event-ID) and the lists are loaded anew all the same.
 */
export function openLive(options: LiveOptions): Live {
  const connection = new LiveConnection(options)
  connection.open()
  return connection
}

class LiveConnection implements Live {
  readonly #options: LiveOptions
  readonly #clock: Clock
  #stream: EventStream | undefined
  /** Something has come through it. A proxy may open it in the hub's place and hold back what the hub says. */
  #isOpen = false
  #connectedAt: number
  #lastEventId: string | undefined
  #state: LiveState = 'connecting'
  /** When the stream last gave a sign of life, and when the hub did by whatever way; by the monotonic clock. */
  #streamAt: number
  #heardAt: number
  /** Failures of the stream since it was last open. */
  #failures = 0
  #failedPolls = 0
  /** Streams in a row that brought nothing. */
  #stalls = 0
  #loaded = false
  #closed = false
  #polling = false
  #doubting = false
  #reloading: Promise<boolean> | undefined
  #retryTimer: Timer | undefined
  #checkTimer: Timer | undefined

  constructor(options: LiveOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#streamAt = this.#heardAt = this.#connectedAt = options.clock.monotonic()
  }

  /** The stream goes on where the lists end: what happened between both comes through it. */
  open(): void {
    void this.#reload().then(() => {
      if (!this.#closed && this.#stream === undefined) this.#connect()
    })
    this.#checkIn(pollMs)
  }

  check(): void {
    if (this.#closed) return
    if (this.#state === 'live') void this.#doubt()
    else void this.#poll()
  }

  close(): void {
    this.#closed = true
    this.#stream?.close()
    this.#retryTimer?.cancel()
    this.#checkTimer?.cancel()
  }

  #become(next: LiveState): void {
    if (this.#closed || next === this.#state) return
    this.#state = next
    this.#options.state(next, this.#clock.monotonic() - this.#heardAt)
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  /** One reload at a time; who asks meanwhile gets the answer of the running one. */
  #reload(): Promise<boolean> {
    this.#reloading ??= this.#options
      .reload()
      .then((at) => {
        this.#heard()
        this.#lastEventId ??= at
        return (this.#loaded = true)
      })
      .catch(() => false)
      .finally(() => (this.#reloading = undefined))
    return this.#reloading
  }

  #connect(): void {
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    this.#stream?.close()
    this.#isOpen = false
    this.#connectedAt = this.#clock.monotonic()
    this.#stream = this.#options.connect(this.#lastEventId, {
      event: (name, text, id) => this.#event(name, text, id),
      failed: (streamClosed) => this.#failed(streamClosed),
    })
  }

  #comesThrough(): void {
    this.#isOpen = true
    if (this.#failures > 0 || !this.#loaded) void this.#reload()
    this.#failures = 0
    this.#failedPolls = 0
    this.#stalls = 0
    this.#become('live')
    this.#checkIn(checkMs)
  }

  #event(name: StreamEvent, text: string, id: string): void {
    this.#streamAt = this.#clock.monotonic()
    this.#heard()
    if (id !== '') this.#lastEventId = id
    if (!this.#isOpen) this.#comesThrough()
    if (name === 'beat') return
    if (name === 'reset') void this.#reload()
    else this.#options.event(name, text)
  }

  #failed(streamClosed: boolean): void {
    if (this.#closed) return
    this.#isOpen = false
    this.#failures += 1
    if (streamClosed) this.#retryLater()
    if (this.#state !== 'live' && this.#state !== 'connecting') return
    if (this.#state === 'live') this.#become('reconnecting')
    void this.#poll()
  }

  #retryLater(): void {
    if (this.#retryTimer !== undefined) return
    this.#stream?.close()
    this.#retryTimer = this.#clock.setTimer(() => this.#connect(), this.#backoff(firstRetryMs, this.#failures - 1))
  }

  #backoff(firstMs: number, failures: number): number {
    return Math.min(longestRetryMs, firstMs * 2 ** Math.min(failures, 10)) * (0.5 + this.#options.random() / 2)
  }

  #checkIn(delayMs: number): void {
    this.#checkTimer?.cancel()
    if (!this.#closed) this.#checkTimer = this.#clock.setTimer(() => this.#look(), delayMs)
  }

  #look(): void {
    const isStalled = !this.#isOpen && this.#clock.monotonic() - this.#connectedAt > stalledMs
    if (this.#state !== 'live' || isStalled) void this.#poll()
    else if (this.#clock.monotonic() - this.#heardAt > silenceMs) void this.#doubt()
    else this.#checkIn(checkMs)
  }

  async #poll(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    this.#checkTimer?.cancel()
    const answered = await this.#reload()
    this.#polling = false
    if (this.#closed) return
    if (this.#isOpen) return this.#checkIn(checkMs)
    this.#failedPolls = answered ? 0 : this.#failedPolls + 1
    if (answered) this.#connectIfStalled()
    this.#become(answered ? 'polling' : 'lost')
    this.#checkIn(answered ? pollMs : this.#backoff(firstRetryMs, this.#failedPolls))
  }

  /** The hub is back, or was there all the time: the stream must not wait for a long pause to end. */
  #connectIfStalled(): void {
    const sinceMs = this.#clock.monotonic() - this.#connectedAt
    const isStalled = sinceMs > Math.min(longestStallMs, stalledMs * 2 ** this.#stalls)
    if (this.#state !== 'lost' && (this.#retryTimer !== undefined || !isStalled)) return
    this.#stalls += 1
    this.#connect()
  }

  /** A silent stream: is nothing happening, or is nobody there? */
  async #doubt(): Promise<void> {
    if (this.#doubting) return
    this.#doubting = true
    const askedAt = this.#clock.monotonic()
    const answered = await this.#options.probe().then(
      () => true,
      () => false,
    )
    this.#doubting = false
    if (this.#closed || this.#state !== 'live') return
    if (answered) this.#heard()
    if (!answered && this.#streamAt < askedAt) return this.#drop()
    if (this.#clock.monotonic() - this.#streamAt > deafMs) this.#fallBack()
    else this.#checkIn(checkMs)
  }

  /** The other side went away without a word. */
  #drop(): void {
    this.#isOpen = false
    this.#failures += 1
    this.#retryLater()
    this.#become('lost')
    this.#checkIn(this.#backoff(firstRetryMs, 1))
  }

  /** The hub is there, but its stream is not: the lists are asked for until the next stream brings something. */
  #fallBack(): void {
    this.#isOpen = false
    this.#failures += 1
    this.#retryLater()
    this.#become('polling')
    void this.#poll()
  }
}
