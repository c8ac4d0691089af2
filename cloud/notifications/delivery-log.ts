// The delivery log: what was told to whom by which channel, what became of it, and the proof.
import { sql } from 'kysely'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { DeliveryState } from './delivery-queue.ts'
import type { DeliveryRow } from './notification-tables.ts'

export interface DeliveryFilter {
  /** Absent: of every tenant. */
  readonly tenants?: readonly string[] | undefined
  readonly person?: string | undefined
  readonly channel?: string | undefined
  readonly state?: DeliveryState | undefined
  /** Alarm id. */
  readonly alarm?: string | undefined
  /** A page goes on after this. */
  readonly after?: { readonly createdMs: number; readonly id: string } | undefined
  readonly limit: number
}

/** `alarm` is empty where a bulletin was told. */
export type LoggedDelivery = DeliveryRow & { readonly alarm: string | null; readonly bulletin: string | null }

export class DeliveryLog {
  readonly #database: HubDatabase

  constructor(database: HubDatabase) {
    this.#database = database
  }

  /** Newest first. */
  async newest({
    tenants,
    person,
    channel,
    state,
    alarm,
    after,
    limit,
  }: DeliveryFilter): Promise<readonly LoggedDelivery[]> {
    let query = this.#database
      .selectFrom('deliveries')
      .leftJoin('notices', 'notices.key', 'deliveries.notice')
      .selectAll('deliveries')
      .select(['notices.alarm', 'notices.bulletin'])
    if (tenants !== undefined) {
      // An empty list of tenants sees nothing.
      query = tenants.length === 0 ? query.where(sql<boolean>`1 = 0`) : query.where('deliveries.tenant', 'in', tenants)
    }
    if (person !== undefined) query = query.where('deliveries.person', '=', person)
    if (channel !== undefined) query = query.where('deliveries.channel', '=', channel)
    if (state !== undefined) query = query.where('deliveries.state', '=', state)
    if (alarm !== undefined) query = query.where('notices.alarm', '=', alarm)
    if (after !== undefined) {
      const { createdMs, id } = after
      query = query.where((where) =>
        where.or([
          where('deliveries.created_ms', '<', createdMs),
          where.and([where('deliveries.created_ms', '=', createdMs), where('deliveries.id', '<', id)]),
        ]),
      )
    }
    return await query.orderBy('deliveries.created_ms', 'desc').orderBy('deliveries.id', 'desc').limit(limit).execute()
  }
}
