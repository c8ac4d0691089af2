// Citizens' reports as rows of the hub's database, and back.
import { leftOutReasons } from '../photo-privacy/photo-counts.ts'
import type { HubTransaction } from '../registry/hub-database.ts'
import type { CitizenReport, ReportKind, ReportState } from './report.ts'
import type { ReportLogRow, ReportRow } from './report-tables.ts'

export interface ReportLogEntry {
  readonly timeMs: number
  readonly action: string
  readonly by: string | undefined
  readonly detail: string | undefined
}

export function fromRow(row: ReportRow): CitizenReport {
  return {
    id: row.id,
    number: row.number,
    tenant: row.tenant,
    kind: row.kind as ReportKind,
    text: row.text,
    position: { lat: row.lat, lon: row.lon },
    lamp: row.lamp ?? undefined,
    contact: row.contact ?? undefined,
    photos: row.photos,
    leftOut: row.photos_left_out.split(',').flatMap((name) => leftOutReasons.filter((reason) => reason === name)),
    state: row.state as ReportState,
    answer: row.answer ?? undefined,
    mergedInto: row.merged_into ?? undefined,
    workOrder: row.work_order ?? undefined,
    receivedMs: row.received_ms,
    changedMs: row.changed_ms,
    closedMs: row.closed_ms ?? undefined,
  }
}

/** The secret's hash is written once, by whoever takes the report. */
export function toRow(report: CitizenReport): Omit<ReportRow, 'secret_hash'> {
  return {
    id: report.id,
    number: report.number,
    tenant: report.tenant,
    kind: report.kind,
    text: report.text,
    lat: report.position.lat,
    lon: report.position.lon,
    lamp: report.lamp ?? null,
    contact: report.contact ?? null,
    photos: report.photos,
    photos_left_out: report.leftOut.join(','),
    state: report.state,
    answer: report.answer ?? null,
    merged_into: report.mergedInto ?? null,
    work_order: report.workOrder ?? null,
    received_ms: report.receivedMs,
    changed_ms: report.changedMs,
    closed_ms: report.closedMs ?? null,
  }
}

export async function append(
  transaction: HubTransaction,
  report: string,
  { timeMs, action, by, detail }: ReportLogEntry,
): Promise<void> {
  const count = await transaction
    .selectFrom('citizen_report_log')
    .select(({ fn }) => fn.countAll<number>().as('lines'))
    .where('report', '=', report)
    .executeTakeFirstOrThrow()
  const id = `${report}-${String(count.lines).padStart(6, '0')}`
  const row = { id, report, time_ms: timeMs, action, by_whom: by ?? null, detail: detail ?? null }
  await transaction.insertInto('citizen_report_log').values(row).execute()
}

export function entryFromRow({ time_ms, action, by_whom, detail }: ReportLogRow): ReportLogEntry {
  return { timeMs: time_ms, action, by: by_whom ?? undefined, detail: detail ?? undefined }
}
