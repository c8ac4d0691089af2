// Keeps work orders: made of alarms, given to somebody, fixed, and verified when the alarms have ended.
import { randomUUID } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { isActive, tenantOf, type Alarm } from '../alarms/alarm.ts'
import type { AlarmBook } from '../alarms/alarm-book.ts'
import type { Severity } from '../alarms/rules/rule.ts'
import { byWeight } from '../alarms/storms.ts'
import { seenOr404, type TenantScope } from '../people/principal.ts'
import { tenantWithin } from '../people/tenant-filter.ts'
import { durably, type HubDatabase, type HubTransaction } from '../registry/hub-database.ts'
import { inState, isClosed, mayBecome, type WorkOrder, type WorkOrderState } from './work-order.ts'
import type { WorkOrderLogRow, WorkOrderRow } from './work-order-tables.ts'

export interface WorkOrdersDependencies {
  readonly database: HubDatabase
  readonly book: Pick<AlarmBook, 'find' | 'note' | 'assign'>
  readonly clock: Clock
}

export interface WorkOrderLogEntry {
  readonly timeMs: number
  readonly action: string
  readonly by: string | undefined
  readonly detail: string | undefined
}

/** What somebody does to a work order; each part that is given. */
export interface WorkOrderChange {
  readonly state?: WorkOrderState | undefined
  /** Null: nobody. */
  readonly assignee?: string | null | undefined
  readonly comment?: string | undefined
  readonly by: string | undefined
}

/** What is to be mended although no alarm tells of it. */
export interface ToMend {
  readonly tenant: string
  readonly title: LocalizedText
  readonly severity: Severity
  /** When somebody saw it, Unix ms. */
  readonly begunMs: number
  readonly assignee?: string | undefined
  readonly by: string | undefined
}

export const maxAlarmsOfOrder = 500

/**
 * Each change is on the medium when it resolves, with a line of the log. Open orders are held in memory by alarm, so that
 * an alarm can show its order. Bound: the orders that are not closed. Owner: the cloud.
 */
export class WorkOrders {
  readonly #dependencies: WorkOrdersDependencies
  /** Of orders that are not closed, by alarm id. */
  readonly #byAlarm = new Map<string, WorkOrder>()
  #moved: (order: WorkOrder) => Promise<void> = () => Promise.resolve()
  /** One change at a time: each builds upon the one before. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(dependencies: WorkOrdersDependencies) {
    this.#dependencies = dependencies
  }

  async restore(): Promise<void> {
    const { database } = this.#dependencies
    const query = database.selectFrom('work_orders').selectAll().where('state', 'not in', ['verified', 'cancelled'])
    for (const row of await query.execute()) this.#index(fromRow(row))
  }

  /** `moved` is called with an order after each change of its state; it does not throw. */
  onMove(moved: (order: WorkOrder) => Promise<void>): void {
    this.#moved = moved
  }

  /** The order under way that an alarm is part of. */
  ofAlarm(alarm: string): WorkOrder | undefined {
    return this.#byAlarm.get(alarm)
  }

  /** Newest first; `beforeNumber`: only older ones. */
  async list(query: {
    readonly state: 'under-way' | 'all'
    readonly limit: number
    readonly beforeNumber?: number | undefined
    readonly scope: TenantScope
  }): Promise<readonly WorkOrder[]> {
    const all = this.#dependencies.database.selectFrom('work_orders').selectAll().orderBy('number', 'desc')
    let rows = all.where(tenantWithin('tenant', query.scope))
    if (query.state === 'under-way') rows = rows.where('state', 'not in', ['verified', 'cancelled'])
    if (query.beforeNumber !== undefined) rows = rows.where('number', '<', query.beforeNumber)
    return (await rows.limit(query.limit).execute()).map(fromRow)
  }

  /** Throws `not-found`. */
  async find(id: string): Promise<WorkOrder> {
    const query = this.#dependencies.database.selectFrom('work_orders').selectAll().where('id', '=', id)
    const row = await query.executeTakeFirst()
    if (row === undefined) throw new AppError('not-found', `there is no work order ${id}`)
    return fromRow(row)
  }

  /** What happened to it, oldest first. */
  async log(id: string): Promise<readonly WorkOrderLogEntry[]> {
    const query = this.#dependencies.database.selectFrom('work_order_log').selectAll().where('work_order', '=', id)
    return (await query.orderBy('id').limit(500).execute()).map(entryFromRow)
  }

  /**
   * Opens an order for alarms of one tenant. Throws `not-found` for an alarm that is not there, `payload.schema` where they
   * are of several tenants, `work-order.state` where one is part of another order that is under way.
   */
  open(given: {
    readonly alarms: readonly string[]
    readonly title?: LocalizedText | undefined
    readonly assignee?: string | undefined
    readonly by: string | undefined
    readonly scope: TenantScope
  }): Promise<WorkOrder> {
    return this.#inTurn(async () => {
      const { book, clock, database } = this.#dependencies
      const alarms = await Promise.all([...new Set(given.alarms)].map((id) => book.find(id)))
      for (const alarm of alarms) seenOr404(alarm, ({ gateway }) => gateway, given.scope, `alarm ${alarm.id}`)
      const lead = alarms.toSorted(byWeight)[0]
      if (lead === undefined) throw new AppError('payload.schema', 'a work order is about one alarm or more')
      if (alarms.some((alarm) => tenantOf(alarm) !== tenantOf(lead))) {
        throw new AppError('payload.schema', 'the alarms of a work order are of one tenant')
      }
      for (const { id } of alarms) {
        const other = this.#byAlarm.get(id)
        if (other !== undefined) throw new AppError('work-order.state', `alarm ${id} is part of order ${other.number}`)
      }
      const nowMs = clock.now()
      const order = await durably(database, async (transaction) => {
        const opened = newOrder(lead, alarms, given, { number: await nextNumber(transaction), nowMs })
        await transaction.insertInto('work_orders').values(toRow(opened)).execute()
        await append(transaction, opened, { timeMs: nowMs, action: 'open', by: given.by, detail: undefined })
        return opened
      })
      this.#index(order)
      await this.#tellAlarms(order, given.by)
      return order
    })
  }

  /** Opens an order for something that no alarm tells of. */
  openFor({ tenant, title, severity, begunMs, assignee, by }: ToMend): Promise<WorkOrder> {
    return this.#inTurn(async () => {
      const { clock, database } = this.#dependencies
      const nowMs = clock.now()
      return await durably(database, async (transaction) => {
        const number = await nextNumber(transaction)
        const opened = {
          ...freshOrder({ number, nowMs, tenant, title, severity, assignee, begunMs }),
          gateway: undefined,
          site: undefined,
          alarms: [],
        }
        await transaction.insertInto('work_orders').values(toRow(opened)).execute()
        await append(transaction, opened, { timeMs: nowMs, action: 'open', by, detail: undefined })
        return opened
      })
    })
  }

  /**
   * Changes state or assignee, or adds a comment. Throws `not-found`, and `work-order.state` where the state cannot follow
   * or an order is to be verified while one of its alarms lasts.
   */
  async change(id: string, wanted: WorkOrderChange): Promise<WorkOrder> {
    const { order, hasMoved } = await this.#inTurn(() => this.#change(id, wanted))
    // Out of turn: whoever hears of it may open another order.
    if (hasMoved) await this.#moved(order)
    return order
  }

  async #change(
    id: string,
    { state, assignee, comment, by }: WorkOrderChange,
  ): Promise<{ readonly order: WorkOrder; readonly hasMoved: boolean }> {
    const { clock, database } = this.#dependencies
    const nowMs = clock.now()
    const before = await this.find(id)
    if (state !== undefined && state !== before.state) await this.#refuseUnlessPossible(before, state)
    const moved = state === undefined || state === before.state ? before : inState(before, state, nowMs)
    const order = assignee === undefined ? moved : { ...moved, assignee: assignee ?? undefined }
    await durably(database, async (transaction) => {
      const { id: _id, ...rest } = toRow(order)
      await transaction.updateTable('work_orders').set(rest).where('id', '=', id).execute()
      if (order.state !== before.state) {
        await append(transaction, order, { timeMs: nowMs, action: order.state, by, detail: undefined })
      }
      if (order.assignee !== before.assignee) {
        await append(transaction, order, { timeMs: nowMs, action: 'assigned', by, detail: order.assignee })
      }
      if (comment !== undefined) {
        await append(transaction, order, { timeMs: nowMs, action: 'commented', by, detail: comment })
      }
    })
    this.#index(order)
    if (order.state !== before.state || order.assignee !== before.assignee) await this.#tellAlarms(order, by)
    return { order, hasMoved: order.state !== before.state }
  }

  /** A line of its log about one of its photos. */
  async noteOnPhoto(
    id: string,
    action: 'attached' | 'detached',
    { by, hash }: { readonly by: string | undefined; readonly hash: string },
  ): Promise<void> {
    const { database, clock } = this.#dependencies
    const order = await this.find(id)
    await durably(database, (transaction) =>
      append(transaction, order, { timeMs: clock.now(), action, by, detail: hash }),
    )
  }

  async #refuseUnlessPossible(order: WorkOrder, state: WorkOrderState): Promise<void> {
    if (!mayBecome(order, state)) {
      throw new AppError('work-order.state', `order ${order.number} is ${order.state} and cannot become ${state}`)
    }
    if (state !== 'verified') return
    for (const id of order.alarms) {
      const alarm = await unlessGone(this.#dependencies.book.find(id))
      if (alarm === undefined || !isActive(alarm)) continue
      throw new AppError('work-order.state', `order ${order.number} cannot be verified: alarm ${alarm.title.en} lasts`)
    }
  }

  /** The alarms say that an order looks after them, and who. */
  async #tellAlarms(order: WorkOrder, by: string | undefined): Promise<void> {
    const { book } = this.#dependencies
    for (const id of order.alarms) {
      const said = { by, detail: `${order.number} ${order.state}` }
      const alarm = await unlessGone(book.note(id, 'work-order', said))
      if (alarm !== undefined && !isClosed(order)) await book.assign(id, order.assignee, by)
    }
  }

  #index(order: WorkOrder): void {
    for (const alarm of order.alarms) {
      if (isClosed(order)) this.#byAlarm.delete(alarm)
      else this.#byAlarm.set(alarm, order)
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

/** A closed alarm is deleted when its time is over; whatever else went wrong is thrown. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'not-found') return undefined
    throw thrown
  }
}

function newOrder(
  lead: Alarm,
  alarms: readonly Alarm[],
  given: { readonly title?: LocalizedText | undefined; readonly assignee?: string | undefined },
  { number, nowMs }: { readonly number: number; readonly nowMs: number },
): WorkOrder {
  return {
    ...freshOrder({
      number,
      nowMs,
      tenant: tenantOf(lead),
      title: given.title ?? lead.title,
      severity: lead.severity,
      assignee: given.assignee ?? lead.assignee,
      begunMs: Math.min(...alarms.map(({ raisedMs }) => raisedMs)),
    }),
    gateway: lead.gateway,
    site: lead.site,
    alarms: alarms.map(({ id }) => id),
  }
}

/** An order that begins now. */
function freshOrder({
  nowMs,
  assignee,
  ...rest
}: Pick<WorkOrder, 'number' | 'tenant' | 'title' | 'severity' | 'begunMs'> & {
  readonly nowMs: number
  readonly assignee: string | undefined
}): Omit<WorkOrder, 'gateway' | 'site' | 'alarms'> {
  return {
    id: randomUUID(),
    state: 'open',
    ...rest,
    assignee,
    openedMs: nowMs,
    dispatchedMs: undefined,
    fixedMs: undefined,
    closedMs: undefined,
  }
}

async function nextNumber(transaction: HubTransaction): Promise<number> {
  const newest = await transaction
    .selectFrom('work_orders')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return (newest?.number ?? 0) + 1
}

async function append(transaction: HubTransaction, order: WorkOrder, entry: WorkOrderLogEntry): Promise<void> {
  const count = await transaction
    .selectFrom('work_order_log')
    .select((select) => select.fn.countAll<number>().as('lines'))
    .where('work_order', '=', order.id)
    .executeTakeFirstOrThrow()
  const id = `${order.id}-${String(count.lines).padStart(6, '0')}`
  const { timeMs, action, by, detail } = entry
  const row = { id, work_order: order.id, time_ms: timeMs, action, by_whom: by ?? null, detail: detail ?? null }
  await transaction.insertInto('work_order_log').values(row).execute()
}

function entryFromRow({ time_ms, action, by_whom, detail }: WorkOrderLogRow): WorkOrderLogEntry {
  return { timeMs: time_ms, action, by: by_whom ?? undefined, detail: detail ?? undefined }
}

function fromRow(row: WorkOrderRow): WorkOrder {
  return {
    id: row.id,
    number: row.number,
    tenant: row.tenant,
    state: row.state as WorkOrderState,
    title: JSON.parse(row.title) as LocalizedText,
    severity: row.severity as Severity,
    gateway: row.gateway || undefined,
    site: row.site ?? undefined,
    alarms: JSON.parse(row.alarms) as readonly string[],
    assignee: row.assignee ?? undefined,
    begunMs: row.begun_ms,
    openedMs: row.opened_ms,
    dispatchedMs: row.dispatched_ms ?? undefined,
    fixedMs: row.fixed_ms ?? undefined,
    closedMs: row.closed_ms ?? undefined,
  }
}

function toRow(order: WorkOrder): WorkOrderRow {
  return {
    id: order.id,
    number: order.number,
    tenant: order.tenant,
    state: order.state,
    title: JSON.stringify(order.title),
    severity: order.severity,
    gateway: order.gateway ?? '',
    site: order.site ?? null,
    alarms: JSON.stringify(order.alarms),
    assignee: order.assignee ?? null,
    begun_ms: order.begunMs,
    opened_ms: order.openedMs,
    dispatched_ms: order.dispatchedMs ?? null,
    fixed_ms: order.fixedMs ?? null,
    closed_ms: order.closedMs ?? null,
  }
}
