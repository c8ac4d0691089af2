// The first thing on the screen: does anything need doing, and what.
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { needsAction } from '../city/merge.ts'
import { hourMinute } from '../format/time.ts'
import { routeHash } from '../router.ts'
import { language, t } from '../text/language.ts'
import { AlarmCard } from './alarm-card.tsx'
import { severityMarks, StateMark, type MarkName } from './state-mark.tsx'

const mostCards = 3

interface Verdict {
  readonly mark: MarkName
  readonly title: string
  readonly detail: string | undefined
  /** The alarms that need somebody now. */
  readonly todo: readonly AlarmItem[]
}

function judge(city: City): Verdict {
  const alarms = city.openAlarms.value
  const todo = alarms.filter(needsAction)
  const handled = alarms.filter((alarm) => alarm.acknowledged)
  const ended = alarms.filter((alarm) => !alarm.acknowledged && alarm.state === 'cleared' && alarm.severity !== 'info')
  const notices = alarms.filter((alarm) => !alarm.acknowledged && alarm.severity === 'info')
  const offline = city.sites.value.filter(({ state }) => state === 'offline')
  const details = [
    ...(handled.length > 0 ? [t('answer.handledDetail', { n: handled.length })] : []),
    ...(ended.length > 0 ? [t('answer.endedDetail', { n: ended.length })] : []),
  ]
  const handledDetail = details.length === 0 ? undefined : details.join(t('answer.and'))
  if (todo.length > 0) {
    const mark = todo.some(({ severity }) => severityMarks[severity] === 'critical') ? 'critical' : 'warning'
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
          {verdict.todo.slice(0, mostCards).map((alarm) => (
            <AlarmCard key={alarm.id} alarm={alarm} city={city} level={2} />
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
