// The line now: its last part with the verdict large, how it runs, and the parts before it.
import { useSignal } from '@preact/signals'
import type { City } from '../city/city.ts'
import { paceOf, runOf, stoppedSince } from '../city/inspection.ts'
import type { EventItem } from '../api/shapes.ts'
import type { FactorySettings } from '../api/factory-api.ts'
import { may } from '../city/session.ts'
import { hourMinute } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { CorrectionPanel } from './correction-panel.tsx'
import { PartStreak, VerdictCard } from './inspection-board.tsx'
import { InspectionPicture } from './inspection-picture.tsx'
import { nowMs } from './now.ts'

const shownParts = 24

/** `events`: of the line and its teaching, newest first. */
export function InspectionNow(props: {
  readonly events: readonly EventItem[]
  readonly city: City
  readonly defects: FactorySettings['defects']
}) {
  const { events, city, defects } = props
  const picked = useSignal<string | undefined>(undefined)
  const heat = useSignal(true)
  const parts = events.filter(({ kind }) => kind === 'inspection')
  const shown = parts.find(({ id }) => id === picked.value) ?? parts[0]
  if (shown === undefined) return <p class="empty inspection-empty">{t('inspection.none')}</p>
  const isNewest = shown === parts[0]
  return (
    <section class="inspection" aria-labelledby="line-now">
      <div class="section-head">
        <h2 id="line-now">{isNewest ? t('factory.now') : t('factory.earlier')}</h2>
        {!isNewest && (
          <button type="button" class="button button-outline" onClick={() => (picked.value = undefined)}>
            {t('inspection.toNewest')}
          </button>
        )}
      </div>
      <div class="inspection-main">
        <InspectionPicture part={shown} heat={heat} city={city} />
        <div class="inspection-facts">
          <VerdictCard part={shown} />
          <Running parts={parts} />
          {may('correct', shown.id) && (
            <CorrectionPanel
              part={shown}
              events={events}
              city={city}
              defects={defects}
              onCorrect={() => (picked.value = shown.id)}
            />
          )}
        </div>
      </div>
      <PartStreak parts={parts.slice(0, shownParts)} shown={shown} picked={picked} city={city} />
    </section>
  )
}

function Running({ parts }: { readonly parts: readonly EventItem[] }) {
  const { verdict, length } = runOf(parts)
  const pace = paceOf(parts)
  const since = stoppedSince(parts, nowMs.value)
  return (
    <dl class="running">
      <div>
        <dt>{verdict === 'reject' ? t('factory.runBad') : t('factory.runGood')}</dt>
        <dd class={verdict === 'reject' && length > 2 ? 'running-bad' : undefined}>
          {length}
          <small>{t('factory.pieces')}</small>
        </dd>
      </div>
      <div>
        <dt>{since === undefined ? t('factory.pace') : t('factory.stopped')}</dt>
        {since === undefined ? (
          <dd>
            {pace === null ? '–' : pace.toFixed(1)}
            <small>{t('factory.perMinute')}</small>
          </dd>
        ) : (
          <dd class="running-stopped">
            {hourMinute(since, language.value)}
            <small>{t('factory.sinceThen')}</small>
          </dd>
        )}
      </div>
    </dl>
  )
}
