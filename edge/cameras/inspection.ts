// An inspection line: a part comes, its picture is judged, the relay sorts it, and what happened is stored.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { FrameReader } from '../../firmware-bridge/cameras/frame-slot.ts'
import type { Frame } from '../../firmware-bridge/cameras/frame.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import type { Counters } from '../counters.ts'
import type { Judged } from '../vision/vision-lane.ts'
import type { DeviceCondition, PollOutcome } from '../device-poller.ts'
import { value } from './camera-health.ts'
import type { Sorter } from './sorter.ts'

/** What a model says of one frame: `score` 0 … 1, higher is more likely a defect. */
export interface Verdict {
  readonly pass: boolean
  readonly score: number
  /** What else the model found; for the event. */
  readonly judged?: Judged
}

/** Judges frames. Rejects when it cannot: the part then gets what the relay's fail-safe setting says. */
export interface Inspector {
  inspect(frame: Frame, signal: AbortSignal): Promise<Verdict>
}

export interface InspectionPlan {
  readonly id: string
  /** From the trigger to the verdict; after that the fail-safe is taken and a verdict comes too late. */
  readonly limitMs: number
}

export interface InspectionDependencies {
  readonly reader: FrameReader
  readonly inspector: Inspector
  readonly sorter: Sorter
  readonly deliver: (outcome: PollOutcome) => void
  /** After the relay was set. `latencyMs`: from the exposure to the verdict. */
  readonly onVerdict?: (frame: Frame, verdict: Verdict, latencyMs: number) => void
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

/** Why a part was not judged, or not sorted. Stable names: they are the reason label of a counter. */
type Unjudged = 'busy' | 'frame' | 'image' | 'late' | 'model' | 'relay'

const sampleReasons = {
  busy: 'model',
  frame: 'connection',
  image: 'image',
  late: 'timeout',
  model: 'model',
  relay: 'connection',
} as const

/**
 * trigger → newest frame after it → inspector → relay → stored. One part at a time: bound 1 under way and none waiting;
 * a part that comes meanwhile gets the fail-safe at once, counted as `busy`. Owner: this inspection.
 */
export class Inspection {
  readonly #plan: InspectionPlan
  readonly #dependencies: InspectionDependencies
  readonly #end = new AbortController()
  #working: Promise<void> | undefined
  #parts = 0
  #unjudged = 0
  #lastUnjudged = false

  constructor(plan: InspectionPlan, dependencies: InspectionDependencies) {
    this.#plan = plan
    this.#dependencies = dependencies
  }

  /** failing: the last part was not judged. */
  get condition(): DeviceCondition {
    return this.#lastUnjudged ? 'failing' : 'ok'
  }

  /** A part has come, at this monotonic time. */
  trigger(atMs: number): void {
    if (this.#end.signal.aborted) return
    this.#parts += 1
    if (this.#working !== undefined) {
      this.#failSafe('busy', new AppError('limit.exceeded', 'a part came before the one before it was judged'))
      return
    }
    this.#start(atMs, (signal) => this.#dependencies.reader.next({ signal, exposedSinceMs: atMs }))
  }

  /** Each frame is a part: for cameras that are triggered themselves. Resolves when stopped. */
  async inspectEveryFrame(): Promise<void> {
    const { reader, clock } = this.#dependencies
    while (!this.#end.signal.aborted) {
      const frame = await reader.next({ signal: this.#end.signal }).catch(() => undefined)
      if (frame === undefined) return
      this.#parts += 1
      this.#start(clock.monotonic(), () => Promise.resolve(frame))
      await this.#working
    }
  }

  /** Stores the counts alone: the line stands, and no part has come. */
  report(): void {
    this.#deliver(this.#dependencies.clock.now(), [])
  }

  /** Waits for the part under way, which gets the fail-safe; then the relay shows what a stopped gateway shows. */
  async stop(): Promise<void> {
    this.#end.abort(new AppError('driver.connection', 'the gateway stops'))
    await this.#working
    this.#dependencies.reader.close()
    await this.#dependencies.sorter.stop()
  }

  #start(atMs: number, take: (signal: AbortSignal) => Promise<Frame>): void {
    this.#working = this.#judge(atMs, take).finally(() => {
      this.#working = undefined
    })
  }

  /** Never rejects. */
  async #judge(atMs: number, take: (signal: AbortSignal) => Promise<Frame>): Promise<void> {
    const { clock, inspector, sorter, counters } = this.#dependencies
    const limit = this.#limit(atMs)
    let step: Unjudged = 'frame'
    try {
      const frame = await Promise.race([take(limit.signal), limit.over])
      step = 'model'
      const beganMs = clock.monotonic()
      const verdict = await Promise.race([inspector.inspect(frame, limit.signal), limit.over])
      const judgedMs = clock.monotonic()
      step = 'relay'
      await sorter.sort(verdict.pass ? 'pass' : 'reject')
      this.#lastUnjudged = false
      counters.add('inspections', verdict.pass ? 'pass' : 'reject')
      this.#dependencies.onVerdict?.(frame, verdict, judgedMs - frame.exposedMs)
      this.#deliver(frame.timeMs, [
        value('pass', '/', verdict.pass ? 1 : 0),
        value('score', '/', verdict.score),
        value('inference-time', 's', (judgedMs - beganMs) / 1000),
        value('relay-latency', 's', (clock.monotonic() - judgedMs) / 1000),
      ])
    } catch (thrown) {
      const error = toAppError(thrown, 'model.failed')
      if (error.code === 'image.invalid') step = 'image'
      this.#failSafe(limit.signal.aborted && step !== 'relay' ? 'late' : step, error)
    } finally {
      limit.end()
      // At the end the frame stays undone: the file of a hot folder is judged after the start.
      if (!this.#end.signal.aborted) this.#dependencies.reader.release()
    }
  }

  #limit(atMs: number) {
    const { clock } = this.#dependencies
    const controller = new AbortController()
    const onEnd = (): void => controller.abort(this.#end.signal.reason)
    this.#end.signal.addEventListener('abort', onEnd, { once: true })
    if (this.#end.signal.aborted) onEnd()
    const late = new AppError('driver.timeout', `no verdict within ${this.#plan.limitMs} ms of the trigger`)
    const leftMs = Math.max(0, atMs + this.#plan.limitMs - clock.monotonic())
    const timer: Timer = clock.setTimer(() => controller.abort(late), leftMs)
    const over = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason as AppError), { once: true })
    })
    over.catch(() => undefined)
    return {
      signal: controller.signal,
      over,
      end: () => {
        timer.cancel()
        this.#end.signal.removeEventListener('abort', onEnd)
      },
    }
  }

  /** The part was not judged: relay first, then the record. */
  #failSafe(reason: Unjudged, error: AppError): void {
    const { sorter, counters, log, clock } = this.#dependencies
    void sorter.sort('unjudged').catch((thrown: unknown) => {
      log.error({ inspection: this.#plan.id, reason: String(thrown) }, 'the relay could not be set')
    })
    this.#unjudged += 1
    this.#lastUnjudged = true
    counters.add('inspections', reason)
    log.warn({ inspection: this.#plan.id, reason, code: error.code, error: error.message }, 'a part was not judged')
    const bad = {
      value: null,
      quality: 'bad',
      reason: sampleReasons[reason],
      timeMs: undefined,
    } as const
    this.#deliver(clock.now(), [
      { channel: 'pass', unit: '/', ...bad },
      { channel: 'score', unit: '/', ...bad },
    ])
  }

  #deliver(timeMs: number, measurements: readonly Measurement[]): void {
    const counts = [value('parts', 'count', this.#parts), value('unjudged', 'count', this.#unjudged)]
    this.#dependencies.deliver({ device: this.#plan.id, timeMs, measurements: [...measurements, ...counts] })
  }
}
