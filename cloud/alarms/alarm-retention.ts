// How long alarms are kept that were closed.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { type RowRetention, startRowRetention } from '../registry/row-retention.ts'
import type { AlarmStorage } from './alarm-storage.ts'

export const defaultAlarmDays = 400

const stepRows = 200

/** What was cleared and acknowledged more than `days` ago goes; open alarms stay however old they are. */
export function startAlarmRetention({
  storage,
  ...given
}: {
  readonly storage: Pick<AlarmStorage, 'deleteClosed'>
  readonly days: number
  readonly clock: Clock
  readonly log: Log
}): RowRetention {
  const deleteBefore = (beforeMs: number, most: number) => storage.deleteClosed(beforeMs, most)
  const names = { what: 'closed alarms', metric: 'musubi_alarms_expired_total' }
  return startRowRetention({ ...given, ...names, deleteBefore, stepRows })
}
