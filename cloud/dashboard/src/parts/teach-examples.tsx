// The pictures by which a new part is taught: taken from the last parts or from what the camera sees, good and bad apart.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { PartItem, TeachingItem } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import type { Judgement } from '../city/corrections.ts'
import { canFit, leastExamples, type Teaching, wishedExamples } from '../city/teaching.ts'
import { t } from '../text/language.ts'

const judgements = ['good', 'bad'] as const
const judgementKeys = { good: 'teach.good', bad: 'teach.bad' } as const
const shownParts = 24
const lastHoursMs = 6 * 3_600_000

export function TeachExamples(props: {
  readonly state: TeachingItem
  readonly teaching: Teaching
  readonly city: City
  readonly site: string
  readonly source: string
}) {
  const { state, teaching, city, site, source } = props
  const isAsking = teaching.asking.value !== undefined
  return (
    <>
      <div class="teach-counts">
        {judgements.map((judgement) => (
          <ExampleColumn key={judgement} judgement={judgement} state={state} teaching={teaching} city={city} />
        ))}
      </div>
      <section class="teach-source" aria-labelledby="teach-camera">
        <h3 id="teach-camera">{t('teach.camera')}</h3>
        <p class="quiet">{t('teach.cameraHint')}</p>
        <div class="teach-buttons">
          {judgements.map((judgement) => (
            <button
              key={judgement}
              type="button"
              class={`button button-outline teach-${judgement}`}
              disabled={isAsking}
              onClick={() => void teaching.take({ step: 'example', judgement })}
            >
              {t(judgement === 'good' ? 'teach.captureGood' : 'teach.captureBad')}
            </button>
          ))}
        </div>
      </section>
      <RecentParts state={state} teaching={teaching} city={city} site={site} source={source} />
      <div class="teach-buttons">
        <button
          type="button"
          class="button"
          disabled={isAsking || !canFit(state)}
          onClick={() => void teaching.take({ step: 'fit' })}
        >
          {t('teach.fit')}
        </button>
        <p class="quiet">{canFit(state) ? t('teach.fitHint') : t('teach.tooFew', leastExamples)}</p>
      </div>
    </>
  )
}

function ExampleColumn(props: {
  readonly judgement: Judgement
  readonly state: TeachingItem
  readonly teaching: Teaching
  readonly city: City
}) {
  const { judgement, state, teaching, city } = props
  const own = state.examples.filter((example) => example.judgement === judgement)
  const wished = wishedExamples[judgement]
  return (
    <section class={`teach-column teach-column-${judgement}`} aria-labelledby={`teach-${judgement}`}>
      <h3 id={`teach-${judgement}`}>
        {t(judgementKeys[judgement])}
        <b class="number">{state[judgement]}</b>
        <small class="quiet">{t('teach.wished', { n: wished })}</small>
      </h3>
      <progress max={wished} value={Math.min(wished, state[judgement])} aria-labelledby={`teach-${judgement}`} />
      <ul class="teach-thumbs">
        {own.map(({ id, picture }, index) => (
          <li key={id}>
            <button
              type="button"
              class="teach-thumb"
              disabled={teaching.asking.value !== undefined}
              aria-label={t('teach.remove', { what: t(judgementKeys[judgement]), n: index + 1 })}
              onClick={() => void teaching.take({ step: 'remove', example: id })}
            >
              <Thumb picture={picture} city={city} />
              <span class="teach-cross" aria-hidden="true">
                ✕
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** A picture that stays in the factory is not shown. */
function Thumb({ picture, city }: { readonly picture: string | null; readonly city: City }) {
  const isMissing = useSignal(false)
  if (picture === null || isMissing.value) return <span class="teach-hidden">{t('teach.inside')}</span>
  return (
    <img
      src={city.api.address(picture)}
      alt=""
      width="80"
      height="60"
      decoding="async"
      onError={() => (isMissing.value = true)}
    />
  )
}

/** The last parts of the line whose pictures the gateway still keeps. */
function RecentParts(props: {
  readonly state: TeachingItem
  readonly teaching: Teaching
  readonly city: City
  readonly site: string
  readonly source: string
}) {
  const { state, teaching, city, site, source } = props
  const earlier = useSignal<readonly PartItem[]>([])
  useEffect(() => {
    const fromMs = Date.now() - lastHoursMs
    city.api.factory.parts(site, { fromMs, limit: 2 * shownParts }).then(
      ({ items }) => (earlier.value = items),
      () => undefined,
    )
  }, [site])
  const live = (city.events.bySite.value.get(site) ?? []).filter(({ kind }) => kind === 'inspection')
  const all = new Map([...earlier.value, ...live].map((part) => [part.id, part]))
  const taken = new Map(state.examples.map(({ id, judgement }) => [id, judgement]))
  const parts = [...all.values()]
    .filter((part) => part.source === source && typeof part.detail?.['frame'] === 'string')
    .sort((a, b) => b.time - a.time)
    .slice(0, shownParts)
  return (
    <section class="teach-source" aria-labelledby="teach-recent">
      <h3 id="teach-recent">{t('teach.recent')}</h3>
      <p class="quiet">{t('teach.recentHint')}</p>
      {parts.length === 0 && <p class="empty">{t('teach.noRecent')}</p>}
      <ul class="teach-parts">
        {parts.map((part) => {
          const judgement = taken.get(String(part.detail?.['frame']))
          return (
            <li key={part.id} class={judgement === undefined ? 'teach-part' : `teach-part teach-part-${judgement}`}>
              <Thumb picture={part.thumbnail} city={city} />
              <span class="teach-part-buttons">
                {judgements.map((word) => (
                  <button
                    key={word}
                    type="button"
                    class={`teach-word teach-${word}`}
                    aria-pressed={judgement === word}
                    disabled={teaching.asking.value !== undefined}
                    onClick={() => void teaching.take({ step: 'example', judgement: word, event: part.id })}
                  >
                    {t(judgementKeys[word])}
                  </button>
                ))}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
