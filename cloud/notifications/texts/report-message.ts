// What staff is told of a citizen's report: what kind and where; what the citizen wrote is read on the pages of the hub.
import type { Message } from '../channels/channel.ts'
import { type ReportNotice, severityOf } from '../notice.ts'
import { fill } from './dictionary.ts'
import { assembled, type BundlePart, type ComposeSources, linkOf, type Reader, timeText } from './message-parts.ts'
import { oneLine } from './plain-text.ts'

const page = 'reports'

/** One notice. */
export function composeReport(notice: ReportNotice, reader: Reader, sources: ComposeSources): Message {
  const { language } = reader
  const facts = factsOf(notice, reader)
  const first = fill('report.first', language, facts)
  const where = fill('line.where', language, facts)
  return assembled({
    subject: fill('subject.reported', language, facts),
    first,
    lines: [where, fill('report.received', language, facts), fill('report.near', language)],
    reader,
    severity: severityOf(notice),
    isOver: false,
    timeMs: notice.timeMs,
    thread: threadOf(notice),
    link: linkOf(sources, page),
    shortBody: [first, where].join('\n'),
    document: {
      type: 'report.reported',
      timestamp: new Date(notice.timeMs).toISOString(),
      data: dataOf(notice, sources),
    },
  })
}

/** Its part of a message about several. */
export function reportPart(notice: ReportNotice, reader: Reader, sources: ComposeSources): BundlePart {
  const facts = factsOf(notice, reader)
  return {
    thread: threadOf(notice),
    severity: severityOf(notice),
    isOver: false,
    sinceMs: notice.report.receivedMs,
    first: fill('report.first', reader.language, facts),
    item: fill('bundle.report', reader.language, facts),
    data: dataOf(notice, sources),
  }
}

function threadOf({ report: { id } }: ReportNotice): string {
  return `report:${id}`
}

function factsOf(
  { report }: ReportNotice,
  reader: Reader,
): Readonly<Record<'what' | 'number' | 'place' | 'time', string>> {
  return {
    what: report.what[reader.language],
    number: String(report.number),
    place: oneLine(report.place, 100),
    time: timeText(report.receivedMs, reader),
  }
}

function dataOf({ key, tenant, report }: ReportNotice, sources: ComposeSources) {
  const { id, number, what, place, receivedMs: received } = report
  return { notice: key, tenant, report: { id, number, what, place, received }, link: linkOf(sources, page) ?? null }
}
