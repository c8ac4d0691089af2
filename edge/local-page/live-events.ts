// The live readings as an event stream: at most two messages a second, newest wins, and a slow phone misses what is old.
import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import type { LiveReadings } from './live-readings.ts'
import { beginEvents } from './page-server.ts'

const intervalMs = 500
/** Bound: open streams. Overflow: the oldest ends. Owner: these events. */
const mostStreams = 8

interface Stream {
  readonly response: ServerResponse
  /** Whether whoever reads it still may. */
  readonly lasts: () => boolean
  seenTurn: number
}

export class LiveEvents {
  readonly #readings: LiveReadings
  readonly #state: () => object
  readonly #clock: Clock
  readonly #streams = new Set<Stream>()
  #timer: Timer | undefined

  /** `state` goes with every message. */
  constructor(readings: LiveReadings, state: () => object, clock: Clock) {
    this.#readings = readings
    this.#state = state
    this.#clock = clock
  }

  /** Every reading at once, then what is new, until `lasts` says no. */
  open(response: ServerResponse, lasts: () => boolean): void {
    const [oldest] = this.#streams
    if (this.#streams.size >= mostStreams && oldest !== undefined) this.#end(oldest)
    const stream: Stream = { response, lasts, seenTurn: 0 }
    this.#streams.add(stream)
    response.on('close', () => {
      this.#streams.delete(stream)
      if (this.#streams.size === 0) this.#stopTimer()
    })
    beginEvents(response)
    this.#send(stream)
    this.#timer ??= this.#clock.setTimer(() => this.#tick(), intervalMs)
  }

  close(): void {
    this.#stopTimer()
    for (const stream of this.#streams) this.#end(stream)
  }

  /** Nothing is written to it from now on. A phone that went out of reach would not take its end either. */
  #end(stream: Stream): void {
    const { response } = stream
    this.#streams.delete(stream)
    if (response.writableNeedDrain) response.destroy()
    else response.end()
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #tick(): void {
    this.#timer = this.#clock.setTimer(() => this.#tick(), intervalMs)
    for (const stream of this.#streams) {
      if (stream.lasts()) this.#send(stream)
      else this.#end(stream)
    }
  }

  /** A phone that has not taken the last message yet is left out: it gets the newest when it is ready. */
  #send(stream: Stream): void {
    if (stream.response.writableNeedDrain) return
    const readings = this.#readings.since(stream.seenTurn)
    stream.seenTurn = this.#readings.turn
    stream.response.write(`data: ${JSON.stringify({ ...this.#state(), readings })}\n\n`)
  }
}
