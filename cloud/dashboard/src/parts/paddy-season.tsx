// The season of a field as a time line: transplanting, drainage, heading, harvest, and today.
import type { FieldSettings } from '../api/farm-api.ts'
import type { LatestItem } from '../api/shapes.ts'
import { seasonMarks, type SeasonMark, type SeasonStep } from '../city/season.ts'
import type { TextKey } from '../text/dictionary.ts'
import { monthDay } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'

const stepKeys: Readonly<Record<SeasonStep, TextKey>> = {
  transplanted: 'season.transplanted',
  'drainage-from': 'season.drainageFrom',
  'drainage-to': 'season.drainageTo',
  headed: 'season.headed',
  mature: 'season.mature',
  'harvest-due': 'season.harvestDue',
  harvested: 'season.harvested',
  today: 'season.today',
}

export function PaddySeason(props: { readonly settings: FieldSettings; readonly series: readonly LatestItem[] }) {
  const marks = seasonMarks(props.settings, props.series, nowMs.value)
  return (
    <section class="paddy-part" aria-labelledby="paddy-season">
      <h2 id="paddy-season">{t('season.title')}</h2>
      {marks.length === 0 ? (
        <p class="empty">{t('season.none')}</p>
      ) : (
        <ol class="season">
          {marks.map((mark) => (
            <Mark key={mark.step} mark={mark} />
          ))}
        </ol>
      )}
    </section>
  )
}

function Mark({ mark }: { readonly mark: SeasonMark }) {
  const { step, dayMs, daysAway, isExpected } = mark
  const kind = step === 'today' ? 'today' : isExpected ? 'expected' : daysAway > 0 ? 'ahead' : 'past'
  return (
    <li class={`season-mark season-${kind}`} aria-current={step === 'today' ? 'date' : undefined}>
      <time class="season-day" dateTime={new Date(dayMs + 9 * 3_600_000).toISOString().slice(0, 10)}>
        {monthDay(dayMs, language.value)}
      </time>
      <span class="season-name">
        {t(stepKeys[step])}
        {isExpected && <small>{t('season.expected')}</small>}
      </span>
      {step !== 'today' && (
        <span class="season-away">
          {daysAway === 0
            ? t('season.sameDay')
            : t(daysAway > 0 ? 'season.inDays' : 'season.daysAgo', { n: Math.abs(daysAway) })}
        </span>
      )}
    </li>
  )
}
