// From notices to a message in the reader's language: about one, about several, or a test.
import type { Message } from '../channels/channel.ts'
import { isOfBackups, isOfBulletin, isOfReport, type Notice } from '../notice.ts'
import { severityRank } from '../preferences.ts'
import { alarmPart, composeAlarm } from './alarm-message.ts'
import { backupPart, composeBackup } from './backup-message.ts'
import { composeReport, reportPart } from './report-message.ts'
import { bulletinPart, composeBulletin } from './bulletin-message.ts'
import { fill, type TextKey } from './dictionary.ts'
import { assembled, type BundlePart, type ComposeSources, linkOf, type Reader } from './message-parts.ts'

const shownInBundle = 20

/** One notice. `waitedMinutes`: it is told once more because nobody acknowledged it for so long. */
export function composeNotice(
  notice: Notice,
  reader: Reader,
  sources: ComposeSources,
  waitedMinutes?: number,
): Message {
  if (isOfBulletin(notice)) return composeBulletin(notice, reader, sources)
  if (isOfReport(notice)) return composeReport(notice, reader, sources)
  if (isOfBackups(notice)) return composeBackup(notice, reader, sources)
  return composeAlarm(notice, reader, sources, waitedMinutes)
}

/** Several notices in one message, each subject once with its newest state; `dropped` did not even fit into the bundle. */
export function composeBundle(
  id: string,
  notices: readonly Notice[],
  dropped: number,
  reader: Reader,
  sources: ComposeSources,
): Message {
  const { language } = reader
  const newest = new Map<string, BundlePart>()
  const all = notices.toSorted((a, b) => a.timeMs - b.timeMs).map((notice) => partOf(notice, reader, sources))
  for (const part of all) newest.set(part.thread, part)
  const parts = [...newest.values()].sort(byUrgency)
  const worst = parts.find(({ isOver }) => !isOver)
  const isOfBulletins = notices.length > 0 && notices.every(isOfBulletin)
  const first = worst?.first ?? fill(isOfBulletins ? 'bundle.bulletins-over' : 'bundle.over', language)
  const lines = [
    ...parts.slice(0, shownInBundle).map(({ item }) => item),
    ...(parts.length > shownInBundle ? [fill('bundle.more', language, { count: parts.length - shownInBundle })] : []),
    ...(dropped > 0 ? [fill('bundle.dropped', language, { count: dropped })] : []),
  ]
  return assembled({
    subject: fill(subjectOf(notices), language, {
      count: parts.length + dropped,
      first,
    }),
    first,
    lines,
    reader,
    severity: worst?.severity ?? 'info',
    isOver: worst === undefined,
    timeMs: sources.nowMs,
    thread: id,
    link: linkOf(sources),
    shortBody: [first, ...lines.slice(0, 3)].join('\n'),
    document: {
      type: 'alarm.bundle',
      timestamp: new Date(sources.nowMs).toISOString(),
      data: { dropped, notices: notices.map((notice) => partOf(notice, reader, sources).data) },
    },
  })
}

export function composeTest(id: string, channel: string, reader: Reader, sources: ComposeSources): Message {
  const { language } = reader
  const name = fill(`channel.${channel}` as TextKey, language)
  const first = fill('test.line', language)
  const body = fill('test.body', language, { channel: name })
  return assembled({
    subject: fill('subject.test', language),
    first,
    lines: [body],
    reader,
    severity: 'info',
    isOver: true,
    timeMs: sources.nowMs,
    thread: id,
    link: linkOf(sources),
    shortBody: `${first}\n${body}`,
    document: { type: 'test', timestamp: new Date(sources.nowMs).toISOString(), data: {} },
  })
}

function partOf(notice: Notice, reader: Reader, sources: ComposeSources): BundlePart {
  if (isOfBulletin(notice)) return bulletinPart(notice, reader, sources)
  if (isOfBackups(notice)) return backupPart(notice, reader, sources)
  return isOfReport(notice) ? reportPart(notice, reader, sources) : alarmPart(notice, reader, sources)
}

function subjectOf(notices: readonly Notice[]): TextKey {
  if (notices.length === 0) return 'subject.bundle'
  if (notices.every(isOfBulletin)) return 'subject.bulletins'
  return notices.every(isOfReport) ? 'subject.reports' : 'subject.bundle'
}

/** Open before over, worst first, oldest first. */
function byUrgency(a: BundlePart, b: BundlePart): number {
  const over = Number(a.isOver) - Number(b.isOver)
  if (over !== 0) return over
  return severityRank(a.severity) - severityRank(b.severity) || a.sinceMs - b.sinceMs
}
