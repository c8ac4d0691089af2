// What was begun at the door and must come back soon, once, and from the same browser: challenges of passkeys, redirects.
import { randomBytes } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { passingSealing } from './sealing.ts'

interface Held {
  readonly id: string
  /** By the monotonic clock. */
  readonly endsMs: number
  readonly content: unknown
}

const lifeMs = 5 * 60_000
/** Bound: tickets that were used in the last five minutes. Overflow: no more are taken until some have ended. Owner: these. */
const maxUsed = 100_000

/** Nothing is kept of one that is issued, so that whoever asks for many pushes out nobody else's. A restart voids all. */
export class Tickets {
  readonly #sealing = passingSealing()
  readonly #clock: Clock
  /** When they end, in the order of use. */
  readonly #used = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `holder`: a secret of the browser, or a session. Unreadable for whoever carries it. */
  issue(purpose: string, holder: string, content: object): string {
    const held: Held = {
      id: randomBytes(16).toString('base64url'),
      endsMs: this.#clock.monotonic() + lifeMs,
      content,
    }
    return this.#sealing.seal(JSON.stringify(held), aboutOf(purpose, holder))
  }

  /** `use` makes it void; both throw `sign-in.challenge` for one that is used, over, of another purpose or of another holder. */
  open(purpose: string, holder: string, ticket: string): { readonly content: unknown; use(): void } {
    const text = this.#sealing.open(ticket, aboutOf(purpose, holder))
    const held = text === undefined ? undefined : (JSON.parse(text) as Held)
    if (held === undefined || this.#clock.monotonic() >= held.endsMs || this.#used.has(held.id)) throw isOver()
    return { content: held.content, use: () => this.#use(held) }
  }

  #use({ id, endsMs }: Held): void {
    if (this.#used.has(id)) throw isOver()
    for (const [old, oldEndsMs] of this.#used) {
      if (oldEndsMs > this.#clock.monotonic() && this.#used.size < maxUsed) break
      if (oldEndsMs > this.#clock.monotonic()) throw new AppError('ingest.overloaded', 'too many sign-ins at once')
      this.#used.delete(old)
    }
    this.#used.set(id, endsMs)
  }
}

function isOver(): AppError {
  return new AppError('sign-in.challenge', 'this was begun too long ago, in another browser, or is used; begin again')
}

function aboutOf(purpose: string, holder: string): string {
  return JSON.stringify([purpose, holder])
}
