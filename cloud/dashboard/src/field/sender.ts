// Sends what is signed off, one after the other, again and again until the hub has it; what the hub refuses waits for a person.
import type { Clock, Timer } from '../../../../broker/contract/ports.ts'

/** What waits for the hub. `body`: JSON. */
export interface Sendable {
  readonly id: string
  readonly body: string
  readonly attempts: number
  /** Code of the hub's problem document; the hub will never take it as it is. */
  readonly refused?: string
}

/** An installation that is signed off and not yet at the hub. */
export interface Waiting extends Sendable {
  readonly gateway: string
  readonly name: string
  readonly signedOffMs: number
}

/** What the hub said; `undefined`: nothing, it cannot be reached. */
export type HubAnswer = { readonly status: number; readonly code: string | undefined } | undefined

export interface SenderPorts<One extends Sendable> {
  readonly list: () => Promise<readonly One[]>
  readonly put: (waiting: One) => Promise<void>
  /** Moves it from those that wait to those that are sent. */
  readonly sent: (waiting: One) => Promise<void>
  readonly post: (body: string) => Promise<HubAnswer>
  /** Runs `work` unless another tab of this browser is sending. */
  readonly alone: (work: () => Promise<void>) => Promise<void>
  readonly changed: (nextTryMs: number | undefined) => void
  readonly clock: Clock
  /** [0, 1), for jitter. */
  readonly random: () => number
}

const firstDelayMs = 5_000
const longestDelayMs = 10 * 60_000

/** Twice as long after each failure, at most ten minutes, with a jitter of a quarter. */
export function retryDelayMs(attempts: number, random: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 20)) * (0.75 + random / 4)
}

export class Sender<One extends Sendable> {
  readonly #ports: SenderPorts<One>
  #timer: Timer | undefined
  #sending: Promise<void> | undefined

  constructor(ports: SenderPorts<One>) {
    this.#ports = ports
  }

  /** Sends all that waits now. What fails is tried again later by itself. */
  async send(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#sending ??= this.#sendAlone().finally(() => {
      this.#sending = undefined
    })
    await this.#sending
  }

  /** The other tab may have looked before the newest report was signed off, and may be closed: this one looks again. */
  async #sendAlone(): Promise<void> {
    const { alone, clock } = this.#ports
    let isMine = false
    await alone(async () => {
      isMine = true
      await this.#sendAll()
    })
    if (!isMine) this.#timer = clock.setTimer(() => void this.send(), firstDelayMs)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  async #sendAll(): Promise<void> {
    const { list, changed, clock, random } = this.#ports
    const tried = new Set<string>()
    // Asked again after each: what is signed off meanwhile goes along.
    const next = async (): Promise<One | undefined> =>
      (await list()).find(({ id, refused }) => refused === undefined && !tried.has(id))
    let failed: One | undefined
    // After a failure the others would fail for the same reason, and cost the phone its battery.
    for (let one = await next(); one !== undefined && failed === undefined; one = await next()) {
      tried.add(one.id)
      failed = await this.#sendOne(one)
    }
    const delayMs = failed === undefined ? undefined : retryDelayMs(failed.attempts, random())
    if (delayMs !== undefined) this.#timer = clock.setTimer(() => void this.send(), delayMs)
    changed(delayMs === undefined ? undefined : clock.now() + delayMs)
  }

  /** Undefined: the hub has it, or refuses it for good. */
  async #sendOne(waiting: One): Promise<One | undefined> {
    const { post, put, sent } = this.#ports
    const answer = await post(waiting.body)
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) {
      await sent(waiting)
      return undefined
    }
    const tried = { ...waiting, attempts: waiting.attempts + 1 }
    if (answer !== undefined && isFinal(answer)) {
      await put({ ...tried, refused: answer.code ?? String(answer.status) })
      return undefined
    }
    await put(tried)
    return tried
  }
}

/**
 * The same again would be refused again. A sign-in that is asked for by a proxy, a time-out or a full hub is not the report's fault;
 * a 403 without a code is none of the hub's.
 */
function isFinal({ status, code }: NonNullable<HubAnswer>): boolean {
  if (status === 403 && code === undefined) return false
  return status >= 400 && status < 500 && ![401, 407, 408, 425, 429].includes(status) && status !== 404
}
