// Who somebody is at an identity provider: linked by an invitation or by the person, never because an e-mail address is the same.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import type { SubjectRow } from './people-tables.ts'

/** OpenID Connect Core 2: an issuer never gives the same subject to another. */
export interface Subject {
  readonly issuer: string
  readonly subject: string
}

export class Subjects {
  readonly #database: HubDatabase
  readonly #clock: Clock
  /** Bound: one a person and issuer. */
  readonly #rows = new Map<string, SubjectRow>()

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('subjects').selectAll().execute()) this.#rows.set(keyOf(row), row)
  }

  /** The person's id. */
  personOf(subject: Subject): string | undefined {
    return this.#rows.get(keyOf(subject))?.person
  }

  of(person: string): readonly SubjectRow[] {
    return [...this.#rows.values()].filter((row) => row.person === person)
  }

  /** An earlier one of the same issuer is gone. Throws `people.conflict` where it is somebody else's. */
  async link(person: string, { issuer, subject }: Subject): Promise<void> {
    const owner = this.personOf({ issuer, subject })
    if (owner === person) return
    if (owner !== undefined)
      throw new AppError('people.conflict', 'this account is linked to another person of this hub')
    const row = { issuer, subject, person, linked_ms: this.#clock.now() }
    const earlier = this.of(person).filter((one) => one.issuer === issuer)
    for (const one of earlier) this.#rows.delete(keyOf(one))
    this.#rows.set(keyOf(row), row)
    await durably(this.#database, async (to) => {
      await to.deleteFrom('subjects').where('person', '=', person).where('issuer', '=', issuer).execute()
      await to.insertInto('subjects').values(row).execute()
    })
  }

  async removeAll(person: string): Promise<void> {
    for (const row of this.of(person)) this.#rows.delete(keyOf(row))
    await durably(this.#database, (to) => to.deleteFrom('subjects').where('person', '=', person).execute())
  }
}

function keyOf({ issuer, subject }: Subject): string {
  return JSON.stringify([issuer, subject])
}
