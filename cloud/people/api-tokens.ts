// Tokens for programs: made by a person, for one tenant and some rights, until a day; shown once and kept as a hash.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../broker/contract/ports.ts'
import { AppError } from '../../broker/contract/app-error.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { WriteBehind } from '../registry/write-behind.ts'
import type { ApiTokenRow } from './people-tables.ts'
import type { Person } from './person.ts'
import { everyTenant, type Principal } from './principal.ts'
import type { Right } from './rights.ts'
import { hashOf, newSecret } from './secrets.ts'
import type { ChangingPorts } from './sessions.ts'

export interface NewToken {
  readonly name: string
  readonly tenant: string
  readonly rights: readonly Right[]
  readonly expiresMs: number
}

/** So that a scanner finds one that was published by mistake. */
const prefix = 'musubi_'
const maxPerPerson = 50
const seenEveryMs = 60_000

export class ApiTokens {
  readonly #database: HubDatabase
  readonly #clock: Clock
  readonly #tokens = new Map<string, ApiTokenRow>()
  readonly #writes: WriteBehind<ApiTokenRow>
  readonly #changed: () => void

  constructor({ database, clock, log, changed }: ChangingPorts) {
    this.#changed = changed
    this.#database = database
    this.#clock = clock
    this.#writes = new WriteBehind({ clock, log, write: (rows) => writeUsed(database, rows) })
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('api_tokens').selectAll().execute())
      this.#tokens.set(row.hash, row)
  }

  /** The token itself is in no later answer. Throws `limit.exceeded`. */
  async make(person: string, { name, tenant, rights, expiresMs }: NewToken) {
    if (this.of(person).length >= maxPerPerson) {
      throw new AppError('limit.exceeded', `a person has ${maxPerPerson} tokens; revoke one that is not used`)
    }
    const token = `${prefix}${newSecret()}`
    const row: ApiTokenRow = {
      id: randomUUID(),
      hash: hashOf(token),
      person,
      name,
      tenant,
      rights: rights.join(' '),
      created_ms: this.#clock.now(),
      expires_ms: expiresMs,
      used_ms: null,
    }
    await durably(this.#database, (to) => to.insertInto('api_tokens').values(row).execute())
    this.#tokens.set(row.hash, row)
    return { token, row }
  }

  /** What its person may do in its tenant, and of that only what it is for. Undefined: unknown, revoked or expired. */
  principalOf(token: string, personOf: (id: string) => Person | undefined): Principal | undefined {
    const row = this.#tokens.get(hashOf(token))
    const nowMs = this.#clock.now()
    if (row === undefined || nowMs >= row.expires_ms) return undefined
    const person = personOf(row.person)
    if (person === undefined || person.suspendedMs !== undefined) return undefined
    if (nowMs - (row.used_ms ?? 0) >= seenEveryMs) {
      const used = { ...row, used_ms: nowMs }
      this.#tokens.set(row.hash, used)
      this.#writes.put(row.hash, used)
    }
    const { tenant } = row
    const memberships = person.memberships.flatMap((own) => {
      if (tenant === everyTenant || own.tenant === tenant) return [own]
      return own.tenant === everyTenant ? [{ tenant, role: own.role }] : []
    })
    const { id, name, language } = person
    const only = row.rights.split(' ') as Right[]
    return { kind: 'token', person: id, name: `${name} (${row.name})`, language, memberships, only }
  }

  of(person: string): readonly ApiTokenRow[] {
    return this.all().filter((row) => row.person === person)
  }

  all(): readonly ApiTokenRow[] {
    return [...this.#tokens.values()]
  }

  async revoke(id: string): Promise<void> {
    const row = this.all().find((one) => one.id === id)
    if (row !== undefined) this.#tokens.delete(row.hash)
    this.#changed()
    await durably(this.#database, (to) => to.deleteFrom('api_tokens').where('id', '=', id).execute())
  }

  async close(): Promise<void> {
    await this.#writes.close()
  }
}

async function writeUsed(database: HubDatabase, rows: readonly ApiTokenRow[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (const { hash, used_ms: usedMs } of rows) {
      await transaction.updateTable('api_tokens').set({ used_ms: usedMs }).where('hash', '=', hash).execute()
    }
  })
}
