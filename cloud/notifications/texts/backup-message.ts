// What those who keep the hub's back-ups are told: that none can be made, and that one was made again.
import type { Message } from '../channels/channel.ts'
import { type BackupNotice, severityOf, tellsEnd } from '../notice.ts'
import { fill, type TextKey } from './dictionary.ts'
import { assembled, type BundlePart, type ComposeSources, linkOf, type Reader, timeText } from './message-parts.ts'

const page = 'backups'
/** One of them is under way at a time. */
const thread = 'backups'

const reasons: Readonly<Record<string, TextKey>> = {
  'backup.target': 'backup.target',
  'backup.disk-full': 'backup.disk-full',
}

/** One notice. */
export function composeBackup(notice: BackupNotice, reader: Reader, sources: ComposeSources): Message {
  const { language } = reader
  const first = firstOf(notice, reader)
  const lines = linesOf(notice, reader)
  return assembled({
    subject: fill(`subject.${notice.kind}`, language),
    first,
    lines,
    reader,
    severity: severityOf(notice),
    isOver: tellsEnd(notice),
    timeMs: notice.timeMs,
    thread,
    link: linkOf(sources, page),
    shortBody: [first, ...lines.slice(0, 1)].join('\n'),
    document: {
      type: `backup.${notice.kind}`,
      timestamp: new Date(notice.timeMs).toISOString(),
      data: dataOf(notice, sources),
    },
  })
}

/** Its part of a message about several. */
export function backupPart(notice: BackupNotice, reader: Reader, sources: ComposeSources): BundlePart {
  const { kind, backups } = notice
  const facts = { first: firstOf(notice, reader), time: timeText(backups.sinceMs, reader) }
  return {
    thread,
    severity: severityOf(notice),
    isOver: tellsEnd(notice),
    sinceMs: backups.sinceMs,
    first: facts.first,
    item: fill(kind === 'made' ? 'bundle.backup-over' : 'bundle.backup', reader.language, facts),
    data: dataOf(notice, sources),
  }
}

function firstOf({ kind, backups: { code } }: BackupNotice, { language }: Reader): string {
  if (kind === 'made') return fill('backup.made', language)
  const reason = fill(reasons[code ?? ''] ?? 'backup.fault', language, { code: code ?? 'backup.unfinished' })
  return fill('backup.failing', language, { reason })
}

function linesOf({ kind, backups }: BackupNotice, reader: Reader): readonly string[] {
  const { language } = reader
  const { sinceMs, tries, lastMs } = backups
  const since = { time: timeText(sinceMs, reader), count: tries }
  if (kind === 'made') return [fill('backup.was', language, since)]
  const last =
    lastMs === undefined
      ? fill('backup.no-last', language)
      : fill('backup.last', language, { time: timeText(lastMs, reader) })
  return [fill('backup.since', language, since), last, fill('backup.reminder', language)]
}

function dataOf({ key, backups }: BackupNotice, sources: ComposeSources) {
  const { sinceMs: since, tries, code = null, lastMs: last = null } = backups
  return { notice: key, backups: { since, tries, code, last }, link: linkOf(sources, page) ?? null }
}
