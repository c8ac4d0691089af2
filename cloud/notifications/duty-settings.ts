// Rotas and escalation policies of each tenant, as they are kept and asked for.
import { sql } from 'kysely'
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { TenantScope } from '../people/principal.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { type Addressee, EscalationBody, escalationFaults, type EscalationPolicy } from './escalation-policy.ts'
import { onDuty, RotaBody, rotaFaults } from './rota.ts'

export interface Rota {
  readonly id: string
  readonly tenant: string
  readonly body: RotaBody
  /** Rises with each change. */
  readonly revision: number
}

interface Change {
  readonly tenant: string
  readonly id: string
  readonly body: RotaBody | EscalationBody
  readonly seen: number | undefined
}

interface NewRow {
  readonly tenant: string
  readonly id: string
  readonly document: string
  readonly updated_ms: number
}

const kinds = {
  on_call_rotas: { schema: RotaBody, faults: (body: unknown) => rotaFaults(body as RotaBody) },
  escalation_policies: { schema: EscalationBody, faults: (body: unknown) => escalationFaults(body as EscalationBody) },
} as const
type Table = keyof typeof kinds

export class DutySettings {
  readonly #database: HubDatabase
  readonly #clock: Clock

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async rotas(tenants: TenantScope['tenants']): Promise<readonly Rota[]> {
    return (await this.#list('on_call_rotas', tenants)) as readonly Rota[]
  }

  async policies(tenants: TenantScope['tenants']): Promise<readonly EscalationPolicy[]> {
    return (await this.#list('escalation_policies', tenants)) as readonly EscalationPolicy[]
  }

  async rota(tenant: string, id: string): Promise<Rota | undefined> {
    return (await this.rotas([tenant])).find((rota) => rota.id === id)
  }

  /**
   * `seen`: the revision that is replaced, 0 where there was none; undefined: whichever there is. Resolves with the new one.
   * Throws `payload.schema` with every fault, `settings.stale`.
   */
  async saveRota(tenant: string, id: string, body: RotaBody, seen?: number): Promise<number> {
    return await this.#save('on_call_rotas', { tenant, id, body, seen })
  }

  /** As `saveRota`. */
  async savePolicy(tenant: string, id: string, body: EscalationBody, seen?: number): Promise<number> {
    return await this.#save('escalation_policies', { tenant, id, body, seen })
  }

  /** True where there was one. */
  async delete(table: Table, tenant: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom(table)
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0
  }

  /** Person ids at an instant; a rota that is gone is nobody. */
  async peopleOf(tenant: string, addressees: readonly Addressee[], atMs: number): Promise<readonly string[]> {
    const people = new Set<string>()
    for (const addressee of addressees) {
      if ('person' in addressee) people.add(addressee.person)
      else {
        const rota = await this.rota(tenant, addressee.rota)
        for (const person of rota === undefined ? [] : onDuty(rota.body, atMs).people) people.add(person)
      }
    }
    return [...people]
  }

  async #list(table: Table, tenants: TenantScope['tenants']): Promise<readonly unknown[]> {
    if (tenants.length === 0) return []
    const all = this.#database
      .selectFrom(table)
      .select(['tenant', 'id', 'document', 'revision'])
      .orderBy('tenant')
      .orderBy('id')
    const rows = await (tenants === 'all' ? all : all.where('tenant', 'in', tenants)).execute()
    return rows.flatMap(({ tenant, id, document, revision }) => {
      const body: unknown = JSON.parse(document)
      return Value.Check(kinds[table].schema, body) ? [{ id, tenant, body, revision }] : []
    })
  }

  async #save(table: Table, change: Change): Promise<number> {
    const { tenant, id, body, seen } = change
    const faults = kinds[table].faults(body)
    if (faults.length > 0) throw new AppError('payload.schema', faults.join('; '))
    const said = { document: JSON.stringify(body), updated_ms: this.#clock.now() }
    const revision = await this.#written(table, { tenant, id, ...said }, seen)
    if (revision !== undefined) return revision
    throw new AppError('settings.stale', `somebody else has changed ${tenant}/${id} since revision ${seen ?? 0}`)
  }

  /** The new revision; undefined: another one than `seen` is there. Each is one statement, so that of two writers one loses. */
  async #written(table: Table, row: NewRow, seen: number | undefined): Promise<number | undefined> {
    const { tenant, id, document, updated_ms } = row
    if (seen !== undefined && seen !== 0) {
      const changed = await this.#database
        .updateTable(table)
        .set({ document, updated_ms, revision: seen + 1 })
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .where('revision', '=', seen)
        .executeTakeFirst()
      return changed.numUpdatedRows > 0n ? seen + 1 : undefined
    }
    const next = sql<number>`${sql.ref(`${table}.revision`)} + 1`
    const written = await this.#database
      .insertInto(table)
      .values({ ...row, revision: 1 })
      .onConflict((conflict) => {
        const key = conflict.columns(['tenant', 'id'])
        return seen === 0 ? key.doNothing() : key.doUpdateSet({ document, updated_ms, revision: next })
      })
      .returning('revision')
      .executeTakeFirst()
    return written?.revision
  }
}
