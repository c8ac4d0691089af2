// What people and programs are told of an alarm: the first line says what to do, then what, where, since when.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import { splitSeriesName } from '../../../broker/contract/sample.ts'
import { displayUnit, isSwitch, quantityText } from '../../dashboard/src/format/units.ts'
import type { Message } from '../channels/channel.ts'
import type { AlarmNotice } from '../notice.ts'
import { fill, type Language, type TextKey } from './dictionary.ts'
import { assembled, type BundlePart, type ComposeSources, linkOf, type Reader, timeText } from './message-parts.ts'
import { oneLine } from './plain-text.ts'

/** One notice. `waitedMinutes`: it is told once more because nobody acknowledged it for so long. */
export function composeAlarm(
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

/** Its part of a message about several. */
export function alarmPart(notice: AlarmNotice, reader: Reader, sources: ComposeSources): BundlePart {
  const { language } = reader
  const facts = factsOf(notice, reader)
  const isOver = notice.kind === 'cleared'
  return {
    thread: notice.alarm.id,
    severity: notice.alarm.severity,
    isOver,
    sinceMs: notice.alarm.raisedMs,
    first: fill('bundle.act', language, facts),
    item: fill(isOver ? 'bundle.item-over' : 'bundle.item', language, facts),
    data: documentOf(notice, sources)['data'],
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
