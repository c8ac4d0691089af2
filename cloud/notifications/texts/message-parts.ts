// What messages about alarms and about bulletins have in common: for whom they are written, and how they are put together.
import type { Severity } from '../../alarms/rules/rule.ts'
import { localTime } from '../../calendar/local-time.ts'
import type { Message } from '../channels/channel.ts'
import { fill, type Language } from './dictionary.ts'
import { htmlLetter } from './html-letter.ts'
import { oneLine } from './plain-text.ts'

/** For whom it is written. */
export interface Reader {
  readonly language: Language
  readonly timeZone: string
}

export interface ComposeSources {
  /** `https://hub.city.example.jp`; undefined: messages carry no link. */
  readonly publicUrl: string | undefined
  /** SenML unit of a series. */
  readonly unitOf: (series: string) => string | undefined
  readonly nowMs: number
}

/** One notice as its part of a bundle; each text is one harmless line in the reader's language. */
export interface BundlePart {
  readonly thread: string
  readonly severity: Severity
  readonly isOver: boolean
  readonly sinceMs: number
  /** What to do, where it is the worst of them. */
  readonly first: string
  readonly item: string
  /** For programs. */
  readonly data: unknown
}

/** `2026-11-23 14:05` by the reader's clock. */
export function timeText(ms: number, { timeZone }: Pick<Reader, 'timeZone'>): string {
  const { year, month, day, minuteOfDay } = localTime(ms, timeZone)
  const minute = Math.floor(minuteOfDay)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}

export function assembled(parts: {
  readonly subject: string
  readonly first: string
  readonly lines: readonly string[]
  readonly reader: Reader
  readonly severity: Message['severity']
  readonly isOver: boolean
  readonly timeMs: number
  readonly expiresMs?: number | undefined
  readonly thread: string
  readonly link: string | undefined
  readonly shortBody: string
  readonly document: Message['document']
}): Message {
  const { first, lines, link, severity, isOver, timeMs, expiresMs, thread, shortBody, document } = parts
  const { language } = parts.reader
  const footer = fill('line.footer', language)
  const more = link === undefined ? [] : ['', fill('line.link', language, { link })]
  const subject = oneLine(parts.subject, 160)
  return {
    subject,
    text: `${[first, '', ...lines, ...more, '', footer].join('\n')}\n`,
    html: htmlLetter({
      language,
      severity,
      isOver,
      first,
      lines,
      link: link === undefined ? undefined : { url: link, text: link },
      footer,
    }),
    short: { title: oneLine(subject, 80), body: shortBody },
    language,
    severity,
    timeMs,
    expiresMs,
    link,
    thread,
    document,
  }
}

/** A page of the dashboard. */
export function linkOf({ publicUrl }: Pick<ComposeSources, 'publicUrl'>, page = 'alarms'): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl.replace(/\/$/, '')}/#/${page}`
}
