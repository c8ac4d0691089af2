// One photo process from its start to its end: loaded once, one photo at a time, a watchdog over each.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { CoveredPhoto } from '../../models/photo-privacy/photo-cover.ts'
import type { Runner } from '../../models/runner.ts'
import type { PhotoReply } from './photo-messages.ts'

/** What became of a photo in the process. After `hang`, `crash` and `memory` the process is gone. */
export type LaneOutcome =
  | { readonly kind: 'covered'; readonly photo: CoveredPhoto; readonly rssBytes: number }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'fault'; readonly fault: LaneFault }

/** `refused`: the model's package was; `failed`: the model gave no answer to this photo. */
export type LaneFault = 'refused' | 'hang' | 'crash' | 'failed'

export interface LaneDependencies {
  readonly start: () => Runner
  readonly loadLimitMs: number
  readonly runLimitMs: number
  readonly clock: Clock
  readonly log: Log
}

export class PhotoLane {
  readonly #dependencies: LaneDependencies
  readonly #runner: Runner
  #waiting: ((outcome: PhotoReply | LaneFault) => void) | undefined
  #runs = 0
  #isGone = false

  /** Starts the process. Throws what starting it throws. */
  constructor(dependencies: LaneDependencies) {
    this.#dependencies = dependencies
    this.#runner = dependencies.start()
    this.#runner.listen({
      message: (reply) => this.#settle(reply as PhotoReply),
      error: (error) => dependencies.log.error({ err: error }, 'the photo process failed'),
      end: () => {
        this.#isGone = true
        this.#settle('crash')
      },
    })
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /** Undefined: it is ready. */
  async loaded(): Promise<LaneFault | undefined> {
    const reply = await this.#reply(this.#dependencies.loadLimitMs)
    if (typeof reply === 'string') return reply
    if (reply.kind !== 'ready' || reply.refusal === undefined) return undefined
    this.#dependencies.log.error({ reason: reply.refusal }, 'the model that covers photos is refused')
    return 'refused'
  }

  /** One at a time. */
  async run(bytes: Uint8Array): Promise<LaneOutcome> {
    this.#runs += 1
    this.#runner.send({ run: this.#runs, bytes })
    const reply = await this.#reply(this.#dependencies.runLimitMs)
    if (typeof reply === 'string') return { kind: 'fault', fault: reply }
    if (reply.kind === 'result') return { kind: 'covered', photo: reply.result, rssBytes: reply.rssBytes ?? 0 }
    if (reply.kind === 'failed' && reply.code === 'image.invalid') return { kind: 'invalid', message: reply.message }
    this.#dependencies.log.warn({ reply }, 'the photo process could not answer')
    return { kind: 'fault', fault: 'failed' }
  }

  async end(): Promise<void> {
    this.#isGone = true
    await this.#runner.end()
  }

  #reply(limitMs: number): Promise<PhotoReply | LaneFault> {
    if (this.#isGone) return Promise.resolve('crash')
    return new Promise((resolve) => {
      const timer = this.#dependencies.clock.setTimer(() => this.#settle('hang'), limitMs)
      this.#waiting = (outcome) => {
        timer.cancel()
        resolve(outcome)
      }
    })
  }

  #settle(outcome: PhotoReply | LaneFault): void {
    const settled = this.#waiting
    this.#waiting = undefined
    settled?.(outcome)
  }
}
