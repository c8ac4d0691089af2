// From a citizen's report to what staff is told of it: one notice for what many people report at one place.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { ReportNotice } from '../notifications/notice.ts'
import type { CitizenReport, ReportKind } from './report.ts'

export const kindTitles: Readonly<Record<ReportKind, LocalizedText>> = {
  road: { ja: '道路の破損', en: 'Broken road' },
  'street-light': { ja: '街路灯の不具合', en: 'Broken street light' },
  other: { ja: '市民からの通報', en: "A citizen's report" },
}

/** Staff who was told of a place looks at its list; only after so long without a report it is told anew. */
const quietMs = 6 * 3_600_000

/** Undefined where another of the same kind came from there lately. `near`: reports of the same kind near it. */
export function noticeOfReport(
  report: CitizenReport,
  near: readonly CitizenReport[],
  lampName: string | undefined,
): ReportNotice | undefined {
  const { id, number, kind, tenant, receivedMs, position } = report
  const isFollowing = near.some((other) => other.number < number && receivedMs - other.receivedMs < quietMs)
  if (isFollowing) return undefined
  const place = lampName ?? `${position.lat.toFixed(5)}, ${position.lon.toFixed(5)}`
  const told = { id, number, what: kindTitles[kind], place, receivedMs }
  return { key: `report:${id}:reported`, kind: 'reported', timeMs: receivedMs, tenant, report: told }
}
