// What a person does with alarms, work orders and maintenance windows, as requests to the hub.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'
import type { AlarmItem, AlarmLogItem, MaintenanceItem, WorkOrderItem } from './shapes.ts'

/** What photos belong to, by the name in their addresses. */
export interface PhotoOwner {
  readonly kind: 'alarms' | 'work-orders'
  readonly id: string
}

export type PhotoItem = Awaited<ReturnType<typeof hub.getAlarmsByIdPhotos>>['items'][number]

type StormAct =
  | { readonly act: 'acknowledge' | 'unshelve' }
  | { readonly act: 'shelve'; readonly until: number; readonly reason: string }
  | { readonly act: 'assign'; readonly assignee: string | null }

const photoTimeoutMs = 60_000

/** A key by which a request that is sent again is known; crypto.randomUUID is not there over plain HTTP. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** `by`: who; an empty name is left out. Every method rejects with HubError where the hub refuses. */
export interface AlarmApi {
  newKey(): string
  /** `key`: by which the hub knows a request that is sent again; of these acts and the next. */
  acknowledge(alarm: string, by: string, key?: string): Promise<AlarmItem>
  /** `untilMs`: at most 31 days from now. */
  shelve(
    alarm: string,
    shelf: { readonly untilMs: number; readonly reason: string },
    by: string,
    key?: string,
  ): Promise<AlarmItem>
  unshelve(alarm: string, by: string): Promise<AlarmItem>
  /** Null: nobody looks after it any more. */
  assign(alarm: string, assignee: string | null, by: string, key?: string): Promise<AlarmItem>
  comment(alarm: string, text: string, by: string): Promise<AlarmItem>
  one(alarm: string): Promise<AlarmItem>
  /** The same to all open alarms of a storm; how many were refused. */
  onStorm(storm: string, act: StormAct, by: string): Promise<number>
  /** Oldest first. */
  photos(of: PhotoOwner): Promise<readonly PhotoItem[]>
  /** `photo`: base64. */
  addPhoto(of: PhotoOwner, photo: string, by: string): Promise<void>
  removePhoto(of: PhotoOwner, hash: string): Promise<void>
  /** Oldest first. */
  log(alarm: string): Promise<readonly AlarmLogItem[]>
  order(alarms: readonly string[], assignee: string, by: string): Promise<WorkOrderItem>
  moveOrder(order: string, state: WorkOrderItem['state'], by: string): Promise<WorkOrderItem>
  /** Those that run or are planned. */
  windows(): Promise<readonly MaintenanceItem[]>
  plan(
    window: Pick<MaintenanceItem, 'scope' | 'place' | 'to' | 'reason'> & { readonly from?: number },
    by: string,
  ): Promise<MaintenanceItem>
  endWindow(window: string): Promise<MaintenanceItem>
}

export function createAlarmApi(within: Within): AlarmApi {
  const named = (by: string): { readonly by?: string } => (by.trim() === '' ? {} : { by: by.trim() })
  const once = (key: string | undefined) =>
    key === undefined ? within() : { ...within(), headers: { 'idempotency-key': key } }
  return {
    newKey,
    acknowledge: (alarm, by, key) => hub.postAlarmsByIdAck(alarm, named(by), once(key)),
    shelve: (alarm, { untilMs, reason }, by, key) =>
      hub.postAlarmsByIdShelve(alarm, { until: untilMs, reason, ...named(by) }, once(key)),
    unshelve: (alarm, by) => hub.postAlarmsByIdUnshelve(alarm, named(by), within()),
    assign: (alarm, assignee, by, key) => hub.postAlarmsByIdAssign(alarm, { assignee, ...named(by) }, once(key)),
    comment: (alarm, text, by) => hub.postAlarmsByIdComment(alarm, { text, ...named(by) }, within()),
    one: (alarm) => hub.getAlarmsById(alarm, within()),
    async onStorm(storm, act, by) {
      for (let refused = 0; ;) {
        const headers = { 'idempotency-key': newKey() }
        const { items, left } = await hub.postStormsByIdActs(storm, { ...act, ...named(by) }, { ...within(), headers })
        refused += items.filter(({ outcome }) => outcome === 'refused').length
        // What is refused now is refused again.
        if (left === 0 || refused > 0) return refused + left
      }
    },
    photos: async ({ kind, id }) =>
      (await (kind === 'alarms' ? hub.getAlarmsByIdPhotos : hub.getWorkOrdersByIdPhotos)(id, within())).items,
    async addPhoto({ kind, id }, photo, by) {
      const add = kind === 'alarms' ? hub.postAlarmsByIdPhotos : hub.postWorkOrdersByIdPhotos
      await add(id, { photo, ...named(by) }, within(photoTimeoutMs))
    },
    async removePhoto({ kind, id }, hash) {
      await (kind === 'alarms' ? hub.deleteAlarmsByIdPhotosByHash : hub.deleteWorkOrdersByIdPhotosByHash)(
        id,
        hash,
        within(),
      )
    },
    log: async (alarm) => (await hub.getAlarmsByIdLog(alarm, within())).items,
    order: (alarms, assignee, by) =>
      hub.postWorkOrders(
        { alarms: [...alarms], ...(assignee.trim() === '' ? {} : { assignee }), ...named(by) },
        within(),
      ),
    moveOrder: (order, state, by) => hub.patchWorkOrdersById(order, { state, ...named(by) }, within()),
    windows: async () => (await hub.getMaintenanceWindows({}, within())).items,
    plan: (window, by) => hub.postMaintenanceWindows({ ...window, ...named(by) }, within()),
    endWindow: (window) => hub.deleteMaintenanceWindowsById(window, within()),
  }
}
