// The first thing on the screen: does anything need doing, and what.
import type { City } from '../city/city.ts'
import { type AlarmEntry, groupAlarms, quietCount } from '../city/alarm-groups.ts'
import { hourMinute } from '../format/time.ts'
import { routeHash } from '../router.ts'
import { language, t } from '../text/language.ts'
import { AlarmEntryCard } from './storm-card.tsx'
import { severityMarks, StateMark, type MarkName } from './state-mark.tsx'

const mostCards = 3

interface Verdict {
  readonly mark: MarkName
  readonly title: string
  readonly detail: string | undefined
  /** The alarms that need somebody now. */
  readonly todo: readonly AlarmEntry[]
}

function judge(city: City): Verdict {
  const alarms = city.openAlarms.value
  const groups = groupAlarms(alarms)
  const { todo, handled, notices } = groups
  const ended = groups.ended.filter(({ alarm }) => alarm.severity !== 'info')
  const quiet = quietCount(groups)
  const offline = city.sites.value.filter(({ state }) => state === 'offline')
  const details = [
    ...(handled.length > 0 ? [t('answer.handledDetail', { n: handled.length })] : []),
    ...(ended.length > 0 ? [t('answer.endedDetail', { n: ended.length })] : []),
    ...(quiet > 0 ? [t('answer.quietDetail', { n: quiet })] : []),
  ]
  const handledDetail = details.length === 0 ? undefined : details.join(t('answer.and'))
  if (todo.length > 0) {
    const mark = todo.some(({ alarm }) => severityMarks[alarm.severity] === 'critical') ? 'critical' : 'warning'
    return { mark, title: t('answer.some', { n: todo.length }), detail: handledDetail, todo }
  }
  if (city.sites.value.length === 0 && alarms.length === 0) {
    return { mark: 'info', title: t('answer.waiting'), detail: t('answer.waitingDetail'), todo }
  }
  if (offline.length > 0) {
    return {
      mark: 'offline',
      title: t('answer.offline', { n: offline.length }),
      detail: t('answer.offlineDetail'),
      todo,
    }
  }
  if (handledDetail !== undefined) return { mark: 'info', title: t('answer.handled'), detail: handledDetail, todo }
  if (notices.length > 0) {
    return { mark: 'good', title: t('answer.none'), detail: t('answer.notices', { n: notices.length }), todo }
  }
  return {
    mark: 'good',
    title: t('answer.none'),
    detail: t('answer.noneDetail', { sites: city.sites.value.length }),
    todo,
  }
}

/** What was true when the connection broke is said as of then, without the colour of now. */
function asOf(verdict: Verdict, timeMs: number | undefined): Verdict {
  if (timeMs === undefined) return unknown()
  const title = t('answer.asOf', { time: hourMinute(timeMs, language.value), title: verdict.title })
  return { ...verdict, title, mark: verdict.mark === 'good' ? 'offline' : verdict.mark }
}

function unknown(): Verdict {
  return { mark: 'offline', title: t('answer.unknown'), detail: undefined, todo: [] }
}

/** Alarms are spoken politely: a screen reader finishes its sentence first. */
export function Answer({ city }: { readonly city: City }) {
  if (!city.loaded.value && city.connection.value !== 'lost') {
    return (
      <section class="answer answer-loading" aria-label={t('answer.label')} aria-busy="true">
        <p class="answer-title">{t('app.loading')}</p>
      </section>
    )
  }
  const current = city.loaded.value ? judge(city) : unknown()
  const lost = city.loaded.value && city.connection.value === 'lost'
  const verdict = lost ? asOf(current, city.freshAtMs.value) : current
  const more = verdict.todo.length - mostCards
  return (
    <section class={`answer answer-${verdict.mark}`} aria-label={t('answer.label')}>
      <div class="answer-head" role="status" aria-live="polite">
        <StateMark name={verdict.mark} size={40} />
        <div>
          <h1 class="answer-title">{verdict.title}</h1>
          {verdict.detail !== undefined && <p class="answer-detail">{verdict.detail}</p>}
        </div>
      </div>
      {verdict.todo.length > 0 && (
        <div class="alarm-grid">
          {verdict.todo.slice(0, mostCards).map((entry) => (
            <AlarmEntryCard key={entry.id} entry={entry} city={city} level={2} />
          ))}
        </div>
      )}
      {more > 0 && (
        <p class="answer-more">
          <a href={routeHash({ view: 'alarms' })}>{t('answer.more', { n: more })}</a>
        </p>
      )}
    </section>
  )
}
