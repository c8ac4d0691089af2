// Sign-ins that last: opaque 256-bit cookies, kept as hashes, with an end by silence and an end whatever happens.
import { randomUUID } from 'node:crypto'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { type HubDatabase, durably } from '../registry/hub-database.ts'
import { WriteBehind } from '../registry/write-behind.ts'
import type { SessionRow } from './people-tables.ts'
import type { Person } from './person.ts'
import { isPrivileged } from './second-factor.ts'
import { hashOf, newSecret } from './secrets.ts'

/** `changed`: what somebody may do is other than before. */
export interface ChangingPorts {
  readonly database: HubDatabase
  readonly clock: Clock
  readonly log: Log
  readonly changed: () => void
}

type SignInMethod = 'password' | 'passkey' | 'oidc' | 'link'

/** How somebody proved who they are. A passkey is two factors: the device, and what it asks for. */
export interface Proof {
  readonly method: SignInMethod
  readonly factors: 1 | 2
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Who can change something for others signs in daily; who looks at a field at five in the morning does not. */
const lasting = { idleMs: 30 * dayMs, absoluteMs: 180 * dayMs } as const
const privileged = { idleMs: 2 * hourMs, absoluteMs: 16 * hourMs } as const
/** Bound per person; the one that was used longest ago ends. Owner: these sessions. */
const maxPerPerson = 20
const seenEveryMs = 60_000

export class Sessions {
  readonly #database: HubDatabase
  readonly #clock: Clock
  readonly #sessions = new Map<string, SessionRow>()
  readonly #writes: WriteBehind<SessionRow>
  readonly #changed: () => void

  constructor({ database, clock, log, changed }: ChangingPorts) {
    this.#changed = changed
    this.#database = database
    this.#clock = clock
    this.#writes = new WriteBehind({ clock, log, write: (rows) => writeSeen(database, rows) })
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('sessions').selectAll().execute())
      this.#sessions.set(row.hash, row)
  }

  /** The secret for the cookie; durable when it resolves. */
  async begin(
    person: Person,
    from: Proof & { readonly remote: string; readonly agent: string },
  ): Promise<{ readonly secret: string; readonly id: string }> {
    const own = this.of(person.id)
    for (const old of own.slice(maxPerPerson - 1)) await this.end(old.id)
    const secret = newSecret()
    const nowMs = this.#clock.now()
    const row: SessionRow = {
      hash: hashOf(secret),
      id: randomUUID(),
      person: person.id,
      ...from,
      agent: from.agent.slice(0, 200),
      created_ms: nowMs,
      seen_ms: nowMs,
    }
    await durably(this.#database, (to) => to.insertInto('sessions').values(row).execute())
    this.#sessions.set(row.hash, row)
    return { secret, id: row.id }
  }

  /** Undefined: unknown, ended or expired. A use keeps it alive; `peek` is none. */
  find(
    secret: string,
    personOf: (id: string) => Person | undefined,
    peek = false,
  ): { person: Person; session: SessionRow } | undefined {
    const row = this.#sessions.get(hashOf(secret))
    const person = row && personOf(row.person)
    if (row === undefined || person === undefined || person.suspendedMs !== undefined) return undefined
    const nowMs = this.#clock.now()
    if (nowMs >= endOf(row, person)) {
      void this.end(row.id).catch(() => undefined)
      return undefined
    }
    if (peek || nowMs - row.seen_ms < seenEveryMs) return { person, session: row }
    const seen = { ...row, seen_ms: nowMs }
    this.#sessions.set(row.hash, seen)
    this.#writes.put(row.hash, seen)
    return { person, session: seen }
  }

  /** Its person has shown a second factor since. */
  async strengthen(id: string): Promise<void> {
    const row = [...this.#sessions.values()].find((one) => one.id === id)
    if (row === undefined || row.factors === 2) return
    this.#sessions.set(row.hash, { ...row, factors: 2 })
    await durably(this.#database, (to) => to.updateTable('sessions').set({ factors: 2 }).where('id', '=', id).execute())
    this.#changed()
  }

  /** The most recently used first. */
  of(person: string): readonly SessionRow[] {
    return [...this.#sessions.values()].filter((row) => row.person === person).toSorted((a, b) => b.seen_ms - a.seen_ms)
  }

  async end(id: string): Promise<void> {
    const row = [...this.#sessions.values()].find((one) => one.id === id)
    if (row !== undefined) this.#sessions.delete(row.hash)
    this.#changed()
    await durably(this.#database, (to) => to.deleteFrom('sessions').where('id', '=', id).execute())
  }

  /** All of a person, but one. */
  async endAll(person: string, but?: string): Promise<void> {
    for (const { id } of this.of(person)) if (id !== but) await this.end(id)
  }

  async close(): Promise<void> {
    await this.#writes.close()
  }
}

function endOf({ seen_ms: seenMs, created_ms: createdMs }: SessionRow, person: Person): number {
  const { idleMs, absoluteMs } = isPrivileged(person) ? privileged : lasting
  return Math.min(seenMs + idleMs, createdMs + absoluteMs)
}

async function writeSeen(database: HubDatabase, rows: readonly SessionRow[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (const { hash, seen_ms: seenMs } of rows) {
      await transaction.updateTable('sessions').set({ seen_ms: seenMs }).where('hash', '=', hash).execute()
    }
  })
}
