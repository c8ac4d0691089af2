// Rotas and escalation policies of each tenant, as they are kept and asked for.
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

  /** Throws `payload.schema` with every fault. */
  async saveRota(tenant: string, id: string, body: RotaBody): Promise<void> {
    await this.#save('on_call_rotas', tenant, id, body)
  }

  /** Throws `payload.schema` with every fault. */
  async savePolicy(tenant: string, id: string, body: EscalationBody): Promise<void> {
    await this.#save('escalation_policies', tenant, id, body)
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
    const all = this.#database.selectFrom(table).select(['tenant', 'id', 'document']).orderBy('tenant').orderBy('id')
    const rows = await (tenants === 'all' ? all : all.where('tenant', 'in', tenants)).execute()
    return rows.flatMap(({ tenant, id, document }) => {
      const body: unknown = JSON.parse(document)
      return Value.Check(kinds[table].schema, body) ? [{ id, tenant, body }] : []
    })
  }

  async #save(table: Table, tenant: string, id: string, body: RotaBody | EscalationBody): Promise<void> {
    const faults = kinds[table].faults(body)
    if (faults.length > 0) throw new AppError('payload.schema', faults.join('; '))
    const row = { tenant, id, document: JSON.stringify(body), updated_ms: this.#clock.now() }
    const { document, updated_ms } = row
    await this.#database
      .insertInto(table)
      .values(row)
      .onConflict((conflict) => conflict.columns(['tenant', 'id']).doUpdateSet({ document, updated_ms }))
      .execute()
  }
}
