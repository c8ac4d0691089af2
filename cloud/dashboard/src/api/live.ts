// Keeps the screen true: server-sent events with resume, polling while they fail, and an honest word on which of both.
import type { Clock, Timer } from '../../../../broker/contract/ports.ts'

/** live: events arrive. polling: the stream is down, but the hub answers. lost: neither; what is shown is old. */
export type LiveState = 'connecting' | 'live' | 'polling' | 'lost'

export const streamEvents = ['reading', 'alarm', 'gateway', 'reset'] as const
type StreamEvent = (typeof streamEvents)[number]

export interface EventStream {
  close(): void
}

export interface StreamCallbacks {
  opened(): void
  event(name: StreamEvent, text: string, lastEventId: string): void
  /** The connection broke. `closed`: it will not come back by itself. */
  failed(closed: boolean): void
}

export interface LiveOptions {
  readonly clock: Clock
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number
  readonly connect: (lastEventId: string | undefined, callbacks: StreamCallbacks) => EventStream
  /** Loads every list anew; rejects when the hub does not answer. */
  readonly reload: () => Promise<void>
  readonly event: (name: Exclude<StreamEvent, 'reset'>, text: string) => void
  readonly state: (state: LiveState) => void
}

export interface Live {
  /** Ends the stream and all timers. */
  close(): void
}

const pollMs = 5000
const silenceMs = 30_000
const firstRetryMs = 1000
const longestRetryMs = 30_000

/**
 * Starts the stream. While it is broken the lists are polled every 5 s; a silent stream is doubted after 30 s.
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
  #lastEventId: string | undefined
  #state: LiveState = 'connecting'
  #lastEventAt: number
  /** Failures of the stream since it was last open. */
  #failures = 0
  #failedPolls = 0
  #loaded = false
  #closed = false
  #polling = false
  #reloading: Promise<boolean> | undefined
  #retryTimer: Timer | undefined
  #pollTimer: Timer | undefined

  constructor(options: LiveOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#lastEventAt = options.clock.monotonic()
  }

  open(): void {
    void this.#reload()
    this.#connect()
    this.#pollTimer = this.#clock.setTimer(() => this.#watch(), pollMs)
  }

  close(): void {
    this.#closed = true
    this.#stream?.close()
    this.#retryTimer?.cancel()
    this.#pollTimer?.cancel()
  }

  #become(next: LiveState): void {
    if (this.#closed || next === this.#state) return
    this.#state = next
    this.#options.state(next)
  }

  /** One reload at a time; who asks meanwhile gets the answer of the running one. */
  #reload(): Promise<boolean> {
    this.#reloading ??= this.#options
      .reload()
      .then(() => (this.#loaded = true))
      .catch(() => false)
      .finally(() => (this.#reloading = undefined))
    return this.#reloading
  }

  #connect(): void {
    this.#retryTimer = undefined
    this.#stream = this.#options.connect(this.#lastEventId, {
      opened: () => this.#opened(),
      event: (name, text, id) => this.#event(name, text, id),
      failed: (streamClosed) => this.#failed(streamClosed),
    })
  }

  #opened(): void {
    this.#lastEventAt = this.#clock.monotonic()
    if (this.#failures > 0 || !this.#loaded) void this.#reload()
    this.#failures = 0
    this.#failedPolls = 0
    this.#become('live')
  }

  #event(name: StreamEvent, text: string, id: string): void {
    this.#lastEventAt = this.#clock.monotonic()
    if (id !== '') this.#lastEventId = id
    if (name === 'reset') void this.#reload()
    else this.#options.event(name, text)
  }

  #failed(streamClosed: boolean): void {
    if (this.#closed) return
    this.#failures += 1
    if (streamClosed) this.#retryLater()
    if (this.#state === 'live' || this.#state === 'connecting') void this.#poll()
  }

  #retryLater(): void {
    if (this.#retryTimer !== undefined) return
    this.#stream?.close()
    this.#retryTimer = this.#clock.setTimer(() => this.#connect(), this.#backoff(firstRetryMs, this.#failures - 1))
  }

  #backoff(firstMs: number, failures: number): number {
    return Math.min(longestRetryMs, firstMs * 2 ** Math.min(failures, 10)) * (0.5 + this.#options.random() / 2)
  }

  async #poll(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    this.#pollTimer?.cancel()
    const answered = await this.#reload()
    this.#polling = false
    if (this.#closed) return
    this.#failedPolls = answered ? 0 : this.#failedPolls + 1
    this.#judge(answered)
    const delayMs = answered ? pollMs : this.#backoff(pollMs, this.#failedPolls - 1)
    this.#pollTimer = this.#clock.setTimer(() => this.#watch(), delayMs)
  }

  #judge(answered: boolean): void {
    const streaming = this.#failures === 0 && this.#state === 'live'
    if (answered && streaming) this.#lastEventAt = this.#clock.monotonic()
    else this.#become(answered ? 'polling' : 'lost')
    if (!answered && streaming) {
      // The stream is half open: the other side went away without a word.
      this.#failures += 1
      this.#retryLater()
    }
  }

  #watch(): void {
    const silent = this.#clock.monotonic() - this.#lastEventAt > silenceMs
    if (this.#state !== 'live' || silent) void this.#poll()
    else this.#pollTimer = this.#clock.setTimer(() => this.#watch(), pollMs)
  }
}
