// Keeps the process of the flows alive, and ends it when it hangs, grows or floods: whatever a flow does, the agent goes on.
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import { type Backoff, createBackoff } from '../uplink/backoff.ts'
import type { FlowChild } from './flow-child.ts'
import type { FromFlows, ToFlows } from './messages.ts'
import { readMessage } from './read-message.ts'

export type FlowState = 'starting' | 'running' | 'waiting' | 'stopped'
type Fault = 'crashes' | 'hangs' | 'memory' | 'floods' | 'not-started'

export interface FlowSupervisorOptions {
  readonly start: () => FlowChild
  readonly init: (safeMode: boolean) => ToFlows
  readonly onMessage: (message: FromFlows) => void
  /** Node-RED is loaded; flows begin. */
  readonly onUp: () => void
  /** The flows that ran do not run any more. */
  readonly onDown: () => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly random: () => number
  readonly maxRssBytes: number
  /** With it flows that end again and again are loaded without being run, for somebody to mend them. */
  readonly editor: boolean
  readonly limits?: Partial<FlowLimits>
}

interface FlowLimits {
  /** From the start of the process to its first word. */
  readonly startMs: number
  readonly heartbeatMs: number
  /** No answer to a heartbeat for so long is a hang. */
  readonly hangMs: number
  readonly stopMs: number
  /** More messages than this between two heartbeats are a flood: our own nodes send less. */
  readonly maxMessages: number
  /** Running for so long forgets the faults before. */
  readonly stableMs: number
}

const defaults: FlowLimits = {
  startMs: 60_000,
  heartbeatMs: 1000,
  hangMs: 5000,
  stopMs: 3000,
  maxMessages: 2000,
  stableMs: 120_000,
}
const restart = { baseMs: 1000, capMs: 60_000 } as const
const faultsBeforeSafeMode = 3
/** Then flows are tried again: nobody may be there to mend them. */
const safeModeMs = 600_000

/** Starts the process when made. */
export class FlowSupervisor {
  readonly #options: FlowSupervisorOptions
  readonly #limits: FlowLimits
  readonly #backoff: Backoff
  #state: FlowState = 'waiting'
  #child: FlowChild | undefined
  #timer: Timer | undefined
  #safeTimer: Timer | undefined
  #faults = 0
  #upAtMs = 0
  #beat = 0
  #answeredMs = 0
  #messages = 0
  #rssBytes = 0

  constructor(options: FlowSupervisorOptions) {
    this.#options = options
    this.#limits = { ...defaults, ...options.limits }
    this.#backoff = createBackoff({ ...restart, random: options.random })
    this.#start(false)
  }

  get state(): FlowState {
    return this.#state
  }

  /** At the last heartbeat; 0 where nothing runs. */
  get rssBytes(): number {
    return this.#rssBytes
  }

  /** To the process that runs; nowhere else. */
  send(message: ToFlows): void {
    if (this.#state === 'running') this.#child?.send(message)
  }

  /** Lets the flows end, at most `stopMs`. */
  async stop(): Promise<void> {
    const child = this.#child
    const wasUp = this.#state === 'running'
    this.#retire('stopped')
    if (child === undefined) return
    if (wasUp) {
      child.send({ kind: 'stop' })
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const limit = this.#options.clock.setTimer(resolve, this.#limits.stopMs)
      await Promise.race([child.gone, late])
      limit.cancel()
    }
    await child.kill()
  }

  #start(safeMode: boolean): void {
    const { clock, log, init, start } = this.#options
    this.#state = 'starting'
    let child: FlowChild
    try {
      child = start()
    } catch (error) {
      log.error({ err: error }, 'the process of the flows could not be started')
      this.#timer = clock.setTimer(() => this.#replace('not-started'), 0)
      return
    }
    this.#child = child
    child.listen({
      message: (said) => {
        if (this.#child === child) this.#received(said)
      },
      end: (how) => {
        if (this.#child !== child) return
        log.error({ how }, 'the process of the flows has ended')
        this.#replace('crashes')
      },
    })
    child.send(init(safeMode))
    this.#timer = clock.setTimer(() => this.#replace('hangs'), this.#limits.startMs)
    if (safeMode) {
      log.warn({}, 'the flows are loaded and do not run: they ended again and again; deploy them in the editor')
      this.#safeTimer = clock.setTimer(() => this.#restartNow(), safeModeMs)
    }
  }

  #received(said: unknown): void {
    this.#messages += 1
    if (this.#messages > this.#limits.maxMessages) return this.#replace('floods')
    const message = readMessage(said)
    if (message === undefined) return this.#options.counters.add('flow_asks', 'malformed')
    if (message.kind === 'ready') return this.#up()
    if (message.kind === 'pong') this.#answeredMs = this.#options.clock.monotonic()
    this.#options.onMessage(message)
  }

  #up(): void {
    const { clock, onUp } = this.#options
    this.#timer?.cancel()
    this.#state = 'running'
    this.#upAtMs = clock.monotonic()
    this.#answeredMs = this.#upAtMs
    onUp()
    this.#heartbeat()
  }

  #heartbeat(): void {
    const { clock, maxRssBytes } = this.#options
    const nowMs = clock.monotonic()
    this.#messages = 0
    this.#rssBytes = this.#child?.rssBytes() ?? this.#rssBytes
    if (this.#rssBytes > maxRssBytes) return this.#replace('memory')
    if (nowMs - this.#answeredMs >= this.#limits.hangMs) return this.#replace('hangs')
    if (nowMs - this.#upAtMs >= this.#limits.stableMs) {
      this.#faults = 0
      this.#backoff.reset()
    }
    this.#beat += 1
    this.#child?.send({ kind: 'ping', beat: this.#beat })
    this.#timer = clock.setTimer(() => this.#heartbeat(), this.#limits.heartbeatMs)
  }

  #replace(fault: Fault): void {
    const { clock, counters, log, editor } = this.#options
    counters.add('flow_faults', fault)
    this.#faults += 1
    const child = this.#child
    this.#retire('waiting')
    void child?.kill()
    const delayMs = this.#backoff.next()
    log.warn({ fault, delayMs }, 'the process of the flows is replaced')
    const safeMode = editor && this.#faults >= faultsBeforeSafeMode
    if (safeMode) this.#faults = 0
    this.#timer = clock.setTimer(() => this.#start(safeMode), delayMs)
  }

  /** The end of safe mode. */
  #restartNow(): void {
    const child = this.#child
    this.#retire('waiting')
    void child?.kill()
    this.#start(false)
  }

  #retire(state: 'waiting' | 'stopped'): void {
    const wasUp = this.#state === 'running'
    this.#timer?.cancel()
    this.#safeTimer?.cancel()
    this.#state = state
    this.#child = undefined
    this.#rssBytes = 0
    this.#messages = 0
    if (wasUp) this.#options.onDown()
  }
}
