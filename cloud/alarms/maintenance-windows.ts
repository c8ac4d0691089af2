// Maintenance windows: times in which somebody works at a place, so that its alarms are hidden and not told.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { TenantScope } from '../people/principal.ts'
import { tenantWithin } from '../people/tenant-filter.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { tenantOf, type Alarm } from './alarm.ts'
import type { MaintenanceWindowRow } from './alarm-tables.ts'

export const maintenanceScopes = ['tenant', 'gateway', 'site', 'device'] as const
export type MaintenanceScope = (typeof maintenanceScopes)[number]

export interface MaintenanceWindow {
  readonly id: string
  readonly tenant: string
  readonly scope: MaintenanceScope
  /** The tenant, or the id of the gateway, site (`{tenant}/{gateway}/{site}`) or device (`{tenant}/{gateway}/{device}`). */
  readonly place: string
  readonly fromMs: number
  readonly toMs: number
  readonly reason: string
  readonly by: string | undefined
  readonly createdMs: number
}

export type NewMaintenanceWindow = Pick<MaintenanceWindow, 'scope' | 'place' | 'fromMs' | 'toMs' | 'reason' | 'by'>

/** Nobody works at a place for longer; a forgotten window would hide its alarms for ever. */
const longestMs = 31 * 86_400_000
/** Bound of what is planned at one time; more is refused. Owner: MaintenanceWindows. */
const maxPlanned = 1_000

export class MaintenanceWindows {
  readonly #database: HubDatabase
  readonly #clock: Clock
  /** Those that are not over. */
  readonly #planned = new Map<string, MaintenanceWindow>()

  constructor(dependencies: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = dependencies.database
    this.#clock = dependencies.clock
  }

  async restore(): Promise<void> {
    const nowMs = this.#clock.now()
    const rows = await this.#database.selectFrom('maintenance_windows').selectAll().where('to_ms', '>', nowMs).execute()
    for (const row of rows) this.#planned.set(row.id, fromRow(row))
  }

  /** Is somebody at work where this alarm is? */
  covers(alarm: Alarm, nowMs: number): boolean {
    if (this.#planned.size === 0) return false
    for (const window of this.#planned.values()) {
      if (window.fromMs <= nowMs && nowMs < window.toMs && isAt(window, alarm)) return true
    }
    return false
  }

  /** Those that run or come; with `past`, the newest ones that are over too. Newest beginning first. */
  async list({
    past,
    scope,
  }: {
    readonly past: boolean
    readonly scope: TenantScope
  }): Promise<readonly MaintenanceWindow[]> {
    if (!past) {
      const seen = [...this.#planned.values()].filter(({ tenant }) => scope.allows(tenant))
      return seen.sort((a, b) => b.fromMs - a.fromMs)
    }
    const query = this.#database.selectFrom('maintenance_windows').selectAll().where(tenantWithin('tenant', scope))
    return (await query.orderBy('from_ms', 'desc').limit(500).execute()).map(fromRow)
  }

  /** Throws `payload.schema` for times that make no sense, `limit.exceeded` above the bound. */
  async add(given: NewMaintenanceWindow): Promise<MaintenanceWindow> {
    const nowMs = this.#clock.now()
    if (given.toMs <= given.fromMs || given.toMs <= nowMs) {
      throw new AppError('payload.schema', 'a maintenance window ends after it begins, and after now')
    }
    if (given.toMs - given.fromMs > longestMs) {
      throw new AppError('payload.schema', 'a maintenance window is at most 31 days long; plan another one after it')
    }
    if (this.#planned.size >= maxPlanned) {
      throw new AppError('limit.exceeded', `${maxPlanned} maintenance windows are planned; end some first`)
    }
    const tenant = given.place.split('/')[0] ?? given.place
    const window = { ...given, id: randomUUID(), tenant, createdMs: nowMs }
    await this.#database.insertInto('maintenance_windows').values(toRow(window)).execute()
    this.#planned.set(window.id, window)
    return window
  }

  find(id: string): MaintenanceWindow | undefined {
    return this.#planned.get(id)
  }

  /** Ends a window now, or takes a planned one back. Throws `not-found` for one that is over or never was. */
  async end(id: string): Promise<MaintenanceWindow> {
    const window = this.#planned.get(id)
    if (window === undefined) throw new AppError('not-found', `no maintenance window ${id} runs or is planned`)
    const nowMs = this.#clock.now()
    const ended = { ...window, toMs: Math.max(nowMs, Math.min(window.toMs, window.fromMs)) }
    await this.#database.updateTable('maintenance_windows').set({ to_ms: ended.toMs }).where('id', '=', id).execute()
    this.#planned.delete(id)
    return ended
  }

  /** Lets go of what is over. */
  tick(nowMs: number): void {
    for (const [id, { toMs }] of this.#planned) if (toMs <= nowMs) this.#planned.delete(id)
  }
}

function isAt({ scope, place }: MaintenanceWindow, alarm: Alarm): boolean {
  switch (scope) {
    case 'tenant':
      return place === tenantOf(alarm)
    case 'gateway':
      return place === alarm.gateway
    case 'site':
      return place === alarm.site
    case 'device':
      return alarm.device !== undefined && place === `${alarm.gateway}/${alarm.device}`
    default:
      return scope satisfies never
  }
}

function fromRow(row: MaintenanceWindowRow): MaintenanceWindow {
  return {
    id: row.id,
    tenant: row.tenant,
    scope: maintenanceScopes.find((scope) => scope === row.scope) ?? 'site',
    place: row.place,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    reason: row.reason,
    by: row.by_whom ?? undefined,
    createdMs: row.created_ms,
  }
}

function toRow(window: MaintenanceWindow): MaintenanceWindowRow {
  return {
    id: window.id,
    tenant: window.tenant,
    scope: window.scope,
    place: window.place,
    from_ms: window.fromMs,
    to_ms: window.toMs,
    reason: window.reason,
    by_whom: window.by ?? null,
    created_ms: window.createdMs,
  }
}
