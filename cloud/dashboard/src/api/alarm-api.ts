// What a person does with alarms, work orders and maintenance windows, as requests to the hub.
import type { AlarmItem, AlarmLogItem, MaintenanceItem, WorkOrderItem } from './shapes.ts'

/** `by`: who; an empty name is left out. Every method rejects with HubError where the hub refuses. */
export interface AlarmApi {
  acknowledge(alarm: string, by: string): Promise<AlarmItem>
  /** `untilMs`: at most 31 days from now. */
  shelve(alarm: string, shelf: { readonly untilMs: number; readonly reason: string }, by: string): Promise<AlarmItem>
  unshelve(alarm: string, by: string): Promise<AlarmItem>
  /** Null: nobody looks after it any more. */
  assign(alarm: string, assignee: string | null, by: string): Promise<AlarmItem>
  comment(alarm: string, text: string, by: string): Promise<AlarmItem>
  one(alarm: string): Promise<AlarmItem>
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

type Send = <T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<T>

export function createAlarmApi(send: Send): AlarmApi {
  const named = (by: string): { readonly by?: string } => (by.trim() === '' ? {} : { by: by.trim() })
  const at = (alarm: string, act: string): string => `alarms/${encodeURIComponent(alarm)}/${act}`
  const items = async <T>(path: string): Promise<readonly T[]> =>
    (await send<{ readonly items: readonly T[] }>('GET', path)).items
  return {
    acknowledge: (alarm, by) => send('POST', at(alarm, 'ack'), named(by)),
    shelve: (alarm, { untilMs, reason }, by) =>
      send('POST', at(alarm, 'shelve'), { until: untilMs, reason, ...named(by) }),
    unshelve: (alarm, by) => send('POST', at(alarm, 'unshelve'), named(by)),
    assign: (alarm, assignee, by) => send('POST', at(alarm, 'assign'), { assignee, ...named(by) }),
    comment: (alarm, text, by) => send('POST', at(alarm, 'comment'), { text, ...named(by) }),
    one: (alarm) => send('GET', `alarms/${encodeURIComponent(alarm)}`),
    log: (alarm) => items(at(alarm, 'log')),
    order: (alarms, assignee, by) =>
      send('POST', 'work-orders', { alarms, ...(assignee.trim() === '' ? {} : { assignee }), ...named(by) }),
    moveOrder: (order, state, by) => send('PATCH', `work-orders/${encodeURIComponent(order)}`, { state, ...named(by) }),
    windows: () => items('maintenance-windows'),
    plan: (window, by) => send('POST', 'maintenance-windows', { ...window, ...named(by) }),
    endWindow: (window) => send('DELETE', `maintenance-windows/${encodeURIComponent(window)}`),
  }
}
