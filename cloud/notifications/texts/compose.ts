// From notices to a message in the reader's language: the first line says what to do, then what, where, since when.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import { splitSeriesName } from '../../../broker/contract/sample.ts'
import { displayUnit, isSwitch, quantityText } from '../../dashboard/src/format/units.ts'
import type { Message } from '../channels/channel.ts'
import { localTime } from '../../calendar/local-time.ts'
import type { AlarmNotice } from '../notice.ts'
import { severityRank } from '../preferences.ts'
import { fill, type Language, type TextKey } from './dictionary.ts'
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

const shownInBundle = 20

/** One notice. `waitedMinutes`: it is told once more because nobody acknowledged it for so long. */
export function composeNotice(
  notice: AlarmNotice,
  reader: Reader,
  sources: ComposeSources,
  waitedMinutes?: number,
): Message {
  const { language } = reader
  const { alarm, kind, alsoCount } = notice
  const isOver = kind === 'cleared'
  const facts = factsOf(notice, reader)
  const blanks = { ...facts, count: alsoCount, minutes: waitedMinutes ?? 0 }
  const say = (key: TextKey) => fill(key, language, blanks)
  const first = isOver ? say('line.cleared') : facts.advice
  const value = isOver ? undefined : valueText(notice, sources)
  const lines = [
    ...(waitedMinutes === undefined ? [] : [say('line.escalated')]),
    ...(waitedMinutes === undefined && isTold(kind) ? [say(`line.${kind}`)] : []),
    say('line.what'),
    say('line.where'),
    fill('line.since', language, { time: facts.time }),
    ...(alarm.clearedMs === undefined || !isOver
      ? []
      : [fill('line.until', language, { time: timeText(alarm.clearedMs, reader) })]),
    ...(value === undefined ? [] : [fill('line.value', language, { value })]),
    ...(alsoCount > 0 && !isOver ? [say('line.also')] : []),
  ]
  return assembled({
    subject: say(waitedMinutes === undefined ? `subject.${kind}` : 'subject.escalated'),
    first,
    lines,
    reader,
    severity: alarm.severity,
    isOver,
    timeMs: notice.timeMs,
    thread: alarm.id,
    link: linkOf(sources),
    // A lock screen shows some lines: what to do, where, and what it is called stands in the title.
    shortBody: [first, ...(isOver ? [] : [facts.place, ...(value === undefined ? [] : [value])])].join('\n'),
    document: documentOf(notice, sources),
  })
}

/** Several notices in one message, each alarm once with its newest state; `dropped` did not even fit into the bundle. */
export function composeBundle(
  id: string,
  notices: readonly AlarmNotice[],
  dropped: number,
  reader: Reader,
  sources: ComposeSources,
): Message {
  const { language } = reader
  const newest = new Map<string, AlarmNotice>()
  for (const notice of notices.toSorted((a, b) => a.timeMs - b.timeMs)) newest.set(notice.alarm.id, notice)
  const alarms = [...newest.values()].sort(byUrgency)
  const open = alarms.filter(({ kind }) => kind !== 'cleared')
  const [worst] = open
  const first =
    worst === undefined ? fill('bundle.over', language) : fill('bundle.act', language, factsOf(worst, reader))
  const lines = [
    ...alarms
      .slice(0, shownInBundle)
      .map((notice) =>
        fill(notice.kind === 'cleared' ? 'bundle.item-over' : 'bundle.item', language, factsOf(notice, reader)),
      ),
    ...(alarms.length > shownInBundle ? [fill('bundle.more', language, { count: alarms.length - shownInBundle })] : []),
    ...(dropped > 0 ? [fill('bundle.dropped', language, { count: dropped })] : []),
  ]
  return assembled({
    subject: fill('subject.bundle', language, { count: alarms.length + dropped, first }),
    first,
    lines,
    reader,
    severity: worst?.alarm.severity ?? 'info',
    isOver: worst === undefined,
    timeMs: sources.nowMs,
    thread: id,
    link: linkOf(sources),
    shortBody: [first, ...lines.slice(0, 3)].join('\n'),
    document: {
      type: 'alarm.bundle',
      timestamp: new Date(sources.nowMs).toISOString(),
      data: { dropped, notices: notices.map((notice) => documentOf(notice, sources)['data']) },
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

/** `2026-11-23 14:05` by the reader's clock. */
function timeText(ms: number, { timeZone }: Pick<Reader, 'timeZone'>): string {
  const { year, month, day, minuteOfDay } = localTime(ms, timeZone)
  const minute = Math.floor(minuteOfDay)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}

function assembled(parts: {
  readonly subject: string
  readonly first: string
  readonly lines: readonly string[]
  readonly reader: Reader
  readonly severity: Message['severity']
  readonly isOver: boolean
  readonly timeMs: number
  readonly thread: string
  readonly link: string | undefined
  readonly shortBody: string
  readonly document: Message['document']
}): Message {
  const { first, lines, link, severity, isOver, timeMs, thread, shortBody, document } = parts
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
    link,
    thread,
    document,
  }
}

/** What the sentences are filled with; each is one harmless line. */
function factsOf(
  notice: AlarmNotice,
  reader: Reader,
): Readonly<Record<'title' | 'advice' | 'severity' | 'place' | 'time', string>> {
  const { alarm } = notice
  const { language } = reader
  return {
    title: inLanguage(alarm.title, language),
    advice: inLanguage(alarm.advice, language),
    severity: fill(`severity.${alarm.severity}`, language),
    place: placeText(notice, language),
    time: timeText(alarm.raisedMs, reader),
  }
}

function placeText({ place, alarm }: AlarmNotice, language: Language): string {
  const parts = [place.site, place.device]
    .filter((part) => part !== undefined)
    .map((part) => inLanguage(part, language))
  if (parts.length > 0) return parts.join(' / ')
  return oneLine(alarm.site ?? alarm.gateway, 100) || fill('place.unknown', language)
}

function inLanguage(text: LocalizedText, language: Language): string {
  const other = language === 'ja' ? text.en : text.ja
  return oneLine(text[language] === '' ? other : text[language])
}

/** The value that raised it, in the unit of the screens; undefined where a number says nothing. */
function valueText({ alarm }: AlarmNotice, { unitOf }: ComposeSources): string | undefined {
  if (alarm.value === undefined || alarm.series === undefined) return undefined
  const unit = unitOf(alarm.series) ?? null
  const { channel } = splitSeriesName(alarm.series.split('/').slice(2).join('/'))
  if (isSwitch({ unit, channel })) return undefined
  return oneLine(quantityText(alarm.value, displayUnit({ unit, channel, magnitude: alarm.value })), 60)
}

function linkOf({ publicUrl }: ComposeSources): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl.replace(/\/$/, '')}/#/alarms`
}

/** For programs (webhook, MQTT): both languages, stored units, as the hub knows it. */
function documentOf(notice: AlarmNotice, sources: ComposeSources): Readonly<Record<string, unknown>> {
  const { alarm, place, kind, key, tenant, alsoCount, timeMs } = notice
  return {
    type: `alarm.${kind}`,
    timestamp: new Date(timeMs).toISOString(),
    data: {
      notice: key,
      tenant,
      alarm: {
        id: alarm.id,
        rule: alarm.rule,
        severity: alarm.severity,
        title: alarm.title,
        advice: alarm.advice,
        gateway: alarm.gateway,
        site: alarm.site ?? null,
        device: alarm.device ?? null,
        series: alarm.series ?? null,
        value: alarm.value ?? null,
        unit: (alarm.series === undefined ? undefined : sources.unitOf(alarm.series)) ?? null,
        raisedAt: alarm.raisedMs,
        clearedAt: alarm.clearedMs ?? null,
      },
      place: { site: place.site ?? null, device: place.device ?? null },
      alsoCount,
      link: linkOf(sources) ?? null,
    },
  }
}

function isTold(kind: AlarmNotice['kind']): kind is 'worsened' | 'assigned' | 'reopened' {
  return kind === 'worsened' || kind === 'assigned' || kind === 'reopened'
}

/** Open before over, worst first, oldest first. */
function byUrgency(a: AlarmNotice, b: AlarmNotice): number {
  const over = Number(a.kind === 'cleared') - Number(b.kind === 'cleared')
  if (over !== 0) return over
  return severityRank(a.alarm.severity) - severityRank(b.alarm.severity) || a.alarm.raisedMs - b.alarm.raisedMs
}
