// Keeps the screen true: server-sent events with resume, polling while they fail, and an honest word on which of both.
import type { Clock, Timer } from '../../../../broker/contract/ports.ts'

/** live: events arrive. polling: the stream is down, but the hub answers. lost: neither; what is shown is old. */
export type LiveState = 'connecting' | 'live' | 'polling' | 'lost'

export const streamEvents = ['reading', 'alarm', 'gateway', 'reset'] as const
export type StreamEvent = (typeof streamEvents)[number]

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
  const { clock } = options
  let stream: EventStream | undefined
  let lastEventId: string | undefined
  let state: LiveState = 'connecting'
  let lastEventAt = clock.monotonic()
  let attempts = 0
  let closed = false
  let loaded = false
  let failedPolls = 0
  let reloading: Promise<boolean> | undefined
  let polling = false
  let retryTimer: Timer | undefined
  let pollTimer: Timer | undefined

  function become(next: LiveState): void {
    if (closed || next === state) return
    state = next
    options.state(next)
  }

  /** One reload at a time; who asks meanwhile gets the answer of the running one. */
  function reload(): Promise<boolean> {
    reloading ??= options
      .reload()
      .then(() => (loaded = true))
      .catch(() => false)
      .finally(() => (reloading = undefined))
    return reloading
  }

  function connect(): void {
    retryTimer = undefined
    stream = options.connect(lastEventId, {
      opened() {
        lastEventAt = clock.monotonic()
        if (attempts > 0 || !loaded) void reload()
        attempts = 0
        failedPolls = 0
        become('live')
      },
      event(name, text, id) {
        lastEventAt = clock.monotonic()
        if (id !== '') lastEventId = id
        if (name === 'reset') void reload()
        else options.event(name, text)
      },
      failed(isClosed) {
        if (closed) return
        attempts += 1
        if (isClosed) retryLater()
        if (state === 'live' || state === 'connecting') void poll()
      },
    })
  }

  function retryLater(): void {
    if (retryTimer !== undefined) return
    stream?.close()
    retryTimer = clock.setTimer(connect, backoff(firstRetryMs, attempts - 1))
  }

  function backoff(firstMs: number, failures: number): number {
    return Math.min(longestRetryMs, firstMs * 2 ** Math.min(failures, 10)) * (0.5 + options.random() / 2)
  }

  async function poll(): Promise<void> {
    if (polling) return
    polling = true
    pollTimer?.cancel()
    const answered = await reload()
    polling = false
    if (closed) return
    failedPolls = answered ? 0 : failedPolls + 1
    judge(answered)
    pollTimer = clock.setTimer(watch, answered ? pollMs : backoff(pollMs, failedPolls))
  }

  function judge(answered: boolean): void {
    const streaming = attempts === 0 && state === 'live'
    if (answered && streaming) lastEventAt = clock.monotonic()
    else become(answered ? 'polling' : 'lost')
    if (!answered && streaming) {
      // The stream is half open: the other side went away without a word.
      attempts += 1
      retryLater()
    }
  }

  function watch(): void {
    const silent = clock.monotonic() - lastEventAt > silenceMs
    if (state !== 'live' || silent) void poll()
    else pollTimer = clock.setTimer(watch, pollMs)
  }

  void reload()
  connect()
  pollTimer = clock.setTimer(watch, pollMs)
  return {
    close() {
      closed = true
      stream?.close()
      retryTimer?.cancel()
      pollTimer?.cancel()
    },
  }
}
