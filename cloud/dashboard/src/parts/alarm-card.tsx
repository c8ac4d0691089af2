// One alarm: what to do first of all, then how bad, what and where, since when, and what a person can do with it.
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { shortTime } from '../format/time.ts'
import { language, localized, t } from '../text/language.ts'
import { AlarmActs } from './alarm-acts.tsx'
import { AlarmFacts, progressText } from './alarm-facts.tsx'
import { placeOf, subjectOf } from './alarm-place.ts'
import { nowMs } from './now.ts'
import { quietText } from './quiet-text.ts'
import { SeverityBadge } from './state-mark.tsx'

export type HeadingLevel = 2 | 3 | 4

export function isCalm({ acknowledged, state, suppressions, workOrder }: AlarmItem): boolean {
  return acknowledged || state === 'cleared' || suppressions.length > 0 || workOrder !== null
}

/** `level`: of the heading, one below what stands above the card. */
export function AlarmCard(props: { readonly alarm: AlarmItem; readonly city: City; readonly level: HeadingLevel }) {
  const { alarm, city, level } = props
  const Heading = `h${level}` as const
  const place = placeOf(alarm, city)
  const subject = subjectOf(alarm, city)
  const where = subject === undefined ? place.name : `${place.name} ${subject}`
  return (
    <article class={`alarm alarm-${alarm.severity}${isCalm(alarm) ? ' alarm-calm' : ''}`} data-alarm={alarm.id}>
      <Heading class="alarm-advice">{localized(alarm.advice)}</Heading>
      <p class="alarm-what">
        <SeverityBadge severity={alarm.severity} />
        <b>{localized(alarm.title)}</b>
        {subject !== undefined && <span class="alarm-subject">{subject}</span>}
      </p>
      <p class="alarm-where">
        <a href={place.hash}>{place.name}</a> <span class="alarm-progress">{progressText(alarm)}</span>
        <QuietUntil alarm={alarm} />
      </p>
      <AlarmFacts alarm={alarm} city={city} />
      <AlarmActs alarm={alarm} city={city} place={where} />
    </article>
  )
}

function QuietUntil({ alarm: { suppressions, shelvedUntil } }: { readonly alarm: AlarmItem }) {
  if (suppressions.length === 0) return null
  return (
    <>
      {suppressions.map((cause) => (
        <span key={cause} class="alarm-quiet">
          {quietText(cause)}
          {cause === 'shelved' && shelvedUntil !== null && ` ${untilText(shelvedUntil)}`}
        </span>
      ))}
    </>
  )
}

function untilText(timeMs: number): string {
  return t('quiet.until', { time: shortTime(timeMs, nowMs.value, language.value) })
}
