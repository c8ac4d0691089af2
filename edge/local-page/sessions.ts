// Who may use the gateway's local page: the engineer's code opens a session, wrong codes are slowed down.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../broker/contract/ports.ts'
import { verifyPassword } from '../../firmware-bridge/mqtt/password-hash.ts'
import { AttemptLimit } from '../../provisioning/est/attempt-limit.ts'
import type { Counters } from '../counters.ts'

const cookieName = 'musubi_local'
const idleMs = 60 * 60_000
const longestMs = 12 * 60 * 60_000
/** Bound: people at one gateway. Overflow: the session that was opened first ends. Owner: these sessions. */
const mostSessions = 8
const mostCodeLength = 128
/** Each takes 16 MB and 50 ms of a core. Overflow: refused like too many wrong codes, counted. Owner: these sessions. */
const mostAtOnce = 2

interface Session {
  readonly openedMs: number
  usedMs: number
}

export type SignIn =
  | { readonly kind: 'open'; readonly cookie: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly retryAfterS: number }

/** Sessions live in memory: a restart of the gateway ends them. Only hashes of their tokens are kept. */
export class Sessions {
  readonly #clock: Clock
  readonly #counters: Counters
  readonly #attempts: AttemptLimit
  readonly #sessions = new Map<string, Session>()
  #judging = 0

  constructor({ clock, counters }: { readonly clock: Clock; readonly counters: Counters }) {
    this.#clock = clock
    this.#counters = counters
    this.#attempts = new AttemptLimit(clock)
  }

  /** Judges a code against its scrypt hash; ten wrong ones of an address within a minute shut it out for the rest of it. */
  async signIn(code: string, hash: string, address: string): Promise<SignIn> {
    const origin = networkOf(address)
    const waitS = this.#judging >= mostAtOnce ? 1 : this.#attempts.waitS(origin)
    if (waitS > 0) {
      this.#counters.add('local_page_sign_ins', 'limited')
      return { kind: 'wait', retryAfterS: waitS }
    }
    this.#judging += 1
    try {
      // Counted before it is judged: guesses that are sent together do not all slip through.
      this.#attempts.failed(origin)
      const right = code.length <= mostCodeLength && (await verifyPassword(Buffer.from(code), hash))
      this.#counters.add('local_page_sign_ins', right ? 'open' : 'wrong')
      return right ? { kind: 'open', cookie: this.open() } : { kind: 'wrong' }
    } finally {
      this.#judging -= 1
    }
  }

  /** A session without a code, for whoever has proved otherwise that he may. Returns the value of `set-cookie`. */
  open(): string {
    const token = randomBytes(32).toString('base64url')
    const nowMs = this.#clock.monotonic()
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size >= mostSessions && oldest !== undefined) this.#sessions.delete(oldest)
    this.#sessions.set(hashOf(token), { openedMs: nowMs, usedMs: nowMs })
    return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${longestMs / 1000}`
  }

  /** Whether the request's cookies name an open session; it is then used, and lives on. */
  isOpen(cookies: string | undefined): boolean {
    const session = this.#open(cookies)
    if (session === undefined) return false
    session.usedMs = this.#clock.monotonic()
    return true
  }

  /** The same for what goes on by itself, which is no use of a session. */
  lasts(cookies: string | undefined): boolean {
    return this.#open(cookies) !== undefined
  }

  #open(cookies: string | undefined): Session | undefined {
    const key = keyOf(cookies)
    const session = key === undefined ? undefined : this.#sessions.get(key)
    if (key === undefined || session === undefined) return undefined
    const nowMs = this.#clock.monotonic()
    if (nowMs - session.usedMs > idleMs || nowMs - session.openedMs > longestMs) {
      this.#sessions.delete(key)
      return undefined
    }
    return session
  }

  /** Ends the session of these cookies. Returns the value of `set-cookie` that takes it from the browser. */
  close(cookies: string | undefined): string {
    const key = keyOf(cookies)
    if (key !== undefined) this.#sessions.delete(key)
    return `${cookieName}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`
  }
}

/** The cookies without ours, for whom a request is passed on to. Undefined: none is left. */
export function otherCookies(cookies: string | undefined): string | undefined {
  const others = (cookies ?? '').split(/;\s*/).filter((cookie) => cookie !== '' && !cookie.startsWith(`${cookieName}=`))
  return others.length === 0 ? undefined : others.join('; ')
}

function keyOf(cookies: string | undefined): string | undefined {
  const found = (cookies ?? '').split(/;\s*/).find((cookie) => cookie.startsWith(`${cookieName}=`))
  return found === undefined ? undefined : hashOf(found.slice(cookieName.length + 1))
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** An IPv6 host has a whole /64 to guess from. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? [])].slice(0, 4).join(':')
}
