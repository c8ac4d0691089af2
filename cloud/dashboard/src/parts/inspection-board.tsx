// What an inspection line is doing: the last part with its verdict, the yield, and the parts before it.
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { EventItem, SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { verdictOf } from '../city/inspection.ts'
import { yieldOf } from '../city/recent-events.ts'
import { className } from '../format/class-name.ts'
import { language, localized, t } from '../text/language.ts'
import { CorrectionPanel } from './correction-panel.tsx'
import { InspectionPicture, verdictKey } from './inspection-picture.tsx'
import { TimeText } from './time-text.tsx'

const shownParts = 24

/** Nothing where the site has no inspection. */
export function InspectionBoard({ site, city }: { readonly site: SiteItem; readonly city: City }) {
  const picked = useSignal<string | undefined>(undefined)
  const heat = useSignal(true)
  useEffect(() => {
    for (const kind of ['inspection', 'teaching'] as const) {
      city.events.ask({ site: site.id, gateway: site.gateway, kind })
    }
  }, [site.id])
  const events = city.events.bySite.value.get(site.id) ?? []
  const parts = events.filter(({ kind }) => kind === 'inspection')
  const shown = parts.find(({ id }) => id === picked.value) ?? parts[0]
  if (shown === undefined) return <p class="empty inspection-empty">{t('inspection.none')}</p>
  const isNewest = shown === parts[0]
  return (
    <section aria-labelledby="inspection-title" class="inspection">
      <div class="section-head">
        <h2 id="inspection-title">{localized(shown.deviceLabel)}</h2>
        {isNewest ? (
          <span class="quiet">{t('inspection.newest')}</span>
        ) : (
          <button type="button" class="button button-outline" onClick={() => (picked.value = undefined)}>
            {t('inspection.toNewest')}
          </button>
        )}
      </div>
      <div class="inspection-main">
        <InspectionPicture part={shown} heat={heat} city={city} />
        <div class="inspection-facts">
          <VerdictCard part={shown} />
          <CorrectionPanel part={shown} events={events} city={city} onCorrect={() => (picked.value = shown.id)} />
          <YieldCard parts={parts} />
        </div>
      </div>
      <PartStreak parts={parts.slice(0, shownParts)} shown={shown} picked={picked} city={city} />
    </section>
  )
}

/** The verdict on one part, large, with how sure the model was and which it is. */
export function VerdictCard({ part }: { readonly part: EventItem }) {
  const verdict = verdictOf(part)
  const score = part.score === null ? undefined : Math.min(1, Math.max(0, part.score))
  return (
    <div class={`verdict verdict-${verdict}`} aria-live="polite">
      <p class="verdict-word">
        <VerdictMark verdict={verdict} />
        {t(verdictKey(part))}
        {verdict === 'reject' && part.class !== null && <small>{className(part.class)}</small>}
      </p>
      <p class="quiet">
        <TimeText timeMs={part.time} />
      </p>
      {score !== undefined && (
        <div class="score">
          <span>{t('inspection.score')}</span>
          <span class="score-bar" aria-hidden="true">
            <span class="score-fill" style={{ width: `${(score * 100).toFixed(1)}%` }} />
          </span>
          <b class="number">{(score * 100).toFixed(0)}</b>
        </div>
      )}
      <p class="quiet verdict-model">
        {t('inspection.model')}: <span class="code">{part.model.id}</span> {part.model.version} ·{' '}
        {t('inspection.latency', { ms: part.latencyMs.toFixed(0) })}
      </p>
    </div>
  )
}

/** The sign says it without colour too. */
function VerdictMark({ verdict }: { readonly verdict: 'pass' | 'reject' | 'unknown' }) {
  const strokes = { pass: 'M5 13l5 5L20 7', reject: 'M6 6l12 12M18 6L6 18', unknown: 'M5 12h14' }
  return (
    <svg class="verdict-mark" width="28" height="28" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={strokes[verdict]} />
    </svg>
  )
}

function YieldCard({ parts }: { readonly parts: readonly EventItem[] }) {
  const { judged, passed, rejects } = yieldOf(parts)
  if (judged === 0) return null
  return (
    <div class="yield">
      <p>
        <span class="quiet">{t('inspection.yield', { n: judged })}</span>
        <b class="yield-value number">
          {((100 * passed) / judged).toFixed(1)}
          <small>%</small>
        </b>
      </p>
      <p class="quiet">{t('inspection.counts', { passed, rejected: judged - passed })}</p>
      {rejects.length > 0 && (
        <ul class="reject-kinds">
          {rejects.map(([name, count]) => (
            <li key={name}>
              {name === '' ? t('inspection.reject') : className(name)} <b class="number">{count}</b>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

export function PartStreak(props: {
  readonly parts: readonly EventItem[]
  readonly shown: EventItem
  readonly picked: Signal<string | undefined>
  readonly city: City
}) {
  const { parts, shown, picked, city } = props
  return (
    <ol class="streak" aria-label={t('inspection.before')}>
      {parts.map((part) => (
        <li key={part.id}>
          <button
            type="button"
            class={`streak-part part-${verdictOf(part)}`}
            aria-pressed={part.id === shown.id}
            aria-label={`${t(verdictKey(part))} ${new Date(part.time).toLocaleTimeString(language.value)}`}
            onClick={() => (picked.value = part.id)}
          >
            {part.thumbnail !== null && (
              <img src={city.api.address(part.thumbnail)} alt="" loading="lazy" decoding="async" />
            )}
            <span class="streak-mark" aria-hidden="true">
              {verdictOf(part) === 'pass' ? '✓' : '✕'}
            </span>
          </button>
        </li>
      ))}
    </ol>
  )
}
