// Tenants and persons, in memory for every request and durable in the hub's database.
import { AppError } from '../../broker/contract/app-error.ts'
import { durably, type HubDatabase, type HubTransaction } from '../registry/hub-database.ts'
import {
  membershipFromRow,
  type Person,
  personFromRow,
  personToRow,
  type Tenant,
  tenantFromRow,
  tenantToRow,
} from './person.ts'
import { everyTenant, type Membership } from './principal.ts'
import type { ChangingPorts } from './sessions.ts'

/** Bound of what is held in memory; one more person or tenant is refused. Owner: these people. */
const maxPersons = 20_000
const maxTenants = 1_000

export class People {
  readonly #database: HubDatabase
  readonly #changed: () => void
  readonly #tenants = new Map<string, Tenant>()
  readonly #persons = new Map<string, Person>()
  /** Changes one after the other, so that the last admin stays. */
  #last: Promise<unknown> = Promise.resolve()

  constructor({ database, changed }: Pick<ChangingPorts, 'database' | 'changed'>) {
    this.#database = database
    this.#changed = changed
  }

  async restore(): Promise<void> {
    const [tenants, persons, memberships] = await Promise.all([
      this.#database.selectFrom('tenants').selectAll().orderBy('id').execute(),
      this.#database.selectFrom('persons').selectAll().orderBy('id').execute(),
      this.#database.selectFrom('memberships').selectAll().orderBy('tenant').orderBy('role').execute(),
    ])
    for (const row of tenants) this.#tenants.set(row.id, tenantFromRow(row))
    const own = Map.groupBy(memberships, ({ person }) => person)
    for (const row of persons) {
      this.#persons.set(row.id, personFromRow(row, (own.get(row.id) ?? []).map(membershipFromRow)))
    }
  }

  /** Nobody is known: whoever reaches the hub may do everything. */
  get isEmpty(): boolean {
    return this.#persons.size === 0
  }

  tenants(): readonly Tenant[] {
    return [...this.#tenants.values()]
  }

  tenant(id: string): Tenant | undefined {
    return this.#tenants.get(id)
  }

  persons(): readonly Person[] {
    return [...this.#persons.values()]
  }

  person(id: string): Person | undefined {
    return this.#persons.get(id)
  }

  /** By id or e-mail, as somebody types it. */
  find(name: string): Person | undefined {
    const small = name.trim().toLowerCase()
    return this.#persons.get(small) ?? this.persons().find(({ email }) => email !== undefined && email === small)
  }

  /** Throws `people.conflict`, `limit.exceeded`. */
  async addTenant(tenant: Tenant): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#tenants.has(tenant.id)) throw new AppError('people.conflict', `there is a tenant ${tenant.id} already`)
      if (this.#tenants.size >= maxTenants) throw new AppError('limit.exceeded', `a hub has ${maxTenants} tenants`)
      await durably(this.#database, (to) => to.insertInto('tenants').values(tenantToRow(tenant)).execute())
      this.#tenants.set(tenant.id, tenant)
    })
  }

  /** Throws `not-found`. */
  async changeTenant(tenant: Pick<Tenant, 'id' | 'name' | 'kind'>): Promise<Tenant> {
    return await this.#inTurn(async () => {
      const known = this.#tenants.get(tenant.id)
      if (known === undefined) throw new AppError('not-found', `there is no tenant ${tenant.id}`)
      const changed = { ...known, ...tenant }
      const row = tenantToRow(changed)
      await durably(this.#database, (to) => to.updateTable('tenants').set(row).where('id', '=', row.id).execute())
      this.#tenants.set(changed.id, changed)
      return changed
    })
  }

  /** The first person must be an admin of the whole city. Throws `people.conflict`, `payload.schema`, `limit.exceeded`. */
  async add(person: Person): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#persons.has(person.id)) throw new AppError('people.conflict', `there is a person ${person.id} already`)
      if (this.#persons.size >= maxPersons) throw new AppError('limit.exceeded', `a hub has ${maxPersons} persons`)
      this.#requireFreeEmail(person)
      this.#requireAdmin([...this.#persons.values(), person])
      await durably(this.#database, async (to) => {
        await to.insertInto('persons').values(personToRow(person)).execute()
        await writeMemberships(to, person)
      })
      this.#persons.set(person.id, person)
      this.#changed()
    })
  }

  /** Throws `not-found`, `people.conflict`: an e-mail of somebody else, or the last admin of the city would be none. */
  async change(id: string, change: (person: Person) => Person): Promise<Person> {
    return await this.#inTurn(async () => {
      const known = this.#persons.get(id)
      if (known === undefined) throw new AppError('not-found', `there is no person ${id}`)
      const person = change(known)
      if (person.email !== known.email) this.#requireFreeEmail(person)
      this.#requireAdmin([...this.#persons.values()].map((one) => (one.id === id ? person : one)))
      await durably(this.#database, async (to) => {
        await to.updateTable('persons').set(personToRow(person)).where('id', '=', id).execute()
        if (person.memberships !== known.memberships) await writeMemberships(to, person)
      })
      this.#persons.set(id, person)
      this.#changed()
      return person
    })
  }

  /** With everything that they could sign in with. Throws `not-found`, `people.conflict` for the last admin. */
  async remove(id: string): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#persons.has(id)) throw new AppError('not-found', `there is no person ${id}`)
      this.#requireAdmin([...this.#persons.values()].filter((person) => person.id !== id))
      await durably(this.#database, async (to) => {
        for (const table of credentialTables) await to.deleteFrom(table).where('person', '=', id).execute()
        await to.deleteFrom('persons').where('id', '=', id).execute()
      })
      this.#persons.delete(id)
      this.#changed()
    })
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#last
  }

  #requireFreeEmail({ id, email }: Person): void {
    const other = this.persons().find((one) => email !== undefined && one.email === email && one.id !== id)
    // Not whose: they may be of a tenant whose people the asker does not see.
    if (other !== undefined) throw new AppError('people.conflict', `${email} is the e-mail of somebody else`)
  }

  #requireAdmin(persons: readonly Person[]): void {
    const isAdmin = ({ suspendedMs, memberships }: Person) =>
      suspendedMs === undefined && memberships.some(({ tenant, role }) => tenant === everyTenant && role === 'admin')
    if (persons.some(isAdmin)) return
    throw new AppError('people.conflict', 'somebody must stay admin of the whole city (tenant "*", role "admin")')
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

const credentialTables = [
  'memberships',
  'sessions',
  'api_tokens',
  'one_time_links',
  'recovery_codes',
  'passkeys',
  'subjects',
] as const

async function writeMemberships(to: HubTransaction, { id, memberships }: Person): Promise<void> {
  await to.deleteFrom('memberships').where('person', '=', id).execute()
  for (const { tenant, role } of withoutTwice(memberships)) {
    await to.insertInto('memberships').values({ person: id, tenant, role }).execute()
  }
}

export function withoutTwice(memberships: readonly Membership[]): readonly Membership[] {
  return [...new Map(memberships.map((own) => [`${own.tenant} ${own.role}`, own])).values()]
}
