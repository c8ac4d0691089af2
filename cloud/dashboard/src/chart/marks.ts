// What happened beside the curve: alarms, events, flawed readings and silences, as spans of time that can be found by a time.
import type { AlarmItem, EventItem, Severity } from '../api/shapes.ts'
import type { SeriesMarks } from '../api/chart-api.ts'
import type { TimeWindow } from './time-window.ts'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

interface Spanned extends TimeWindow {
  /** Place of its curve among the traces. */
  readonly trace: number
}

export type Mark =
  | (Spanned & {
      readonly kind: 'alarm'
      readonly title: LocalizedText
      readonly severity: Severity
      readonly lasts: boolean
    })
  | (Spanned & { readonly kind: 'event'; readonly event: EventItem['kind']; readonly state: EventItem['state'] })
  | (Spanned & { readonly kind: 'uncertain' | 'bad'; readonly count: number; readonly reason: string | null })
  | (Spanned & { readonly kind: 'gap' })

type AlarmFacts = Pick<AlarmItem, 'id' | 'series' | 'title' | 'severity' | 'raisedAt' | 'clearedAt'>

/** An alarm lasts until it is cleared; one that has not been lasts until now. Those that stand in both lists come once. */
export function alarmMarks(alarms: readonly AlarmFacts[], series: readonly string[], nowMs: number): readonly Mark[] {
  const once = new Map(alarms.map((alarm) => [alarm.id, alarm]))
  return [...once.values()].flatMap(({ series: about, title, severity, raisedAt, clearedAt }) => {
    const trace = about === null ? -1 : series.indexOf(about)
    const lasts = clearedAt === null
    return trace < 0
      ? []
      : [
          {
            kind: 'alarm' as const,
            trace,
            title,
            severity,
            fromMs: raisedAt,
            toMs: clearedAt ?? Math.max(nowMs, raisedAt),
            lasts,
          },
        ]
  })
}

export function eventMarks(events: readonly EventItem[], series: readonly string[]): readonly Mark[] {
  return events.flatMap(({ series: about, kind, state, time }) => {
    const trace = about === null ? -1 : series.indexOf(about)
    return trace < 0 ? [] : [{ kind: 'event' as const, trace, event: kind, state, fromMs: time, toMs: time }]
  })
}

export function flawMarks(flaws: SeriesMarks['flaws'], trace: number): readonly Mark[] {
  return flaws.map(({ from, to, quality, count, reason }) => ({
    kind: quality,
    trace,
    fromMs: from,
    toMs: to,
    count,
    reason,
  }))
}

export function gapMarks(gaps: readonly TimeWindow[], trace: number): readonly Mark[] {
  return gaps.map((gap) => ({ kind: 'gap', trace, ...gap }))
}

/** Those that touch a span, ends included. */
export function marksWithin(marks: readonly Mark[], { fromMs, toMs }: TimeWindow): readonly Mark[] {
  return marks.filter((mark) => mark.toMs >= fromMs && mark.fromMs <= toMs)
}
