// Under a verdict: a person says what the part really was, and sees what the line made of it.
import type { TextKey } from '../text/dictionary.ts'
import type { EventItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import type { FactorySettings } from '../api/factory-api.ts'
import {
  isCorrectable,
  isTeachingOf,
  outcomeOf,
  type Correction,
  type Judgement,
  type Word,
} from '../city/corrections.ts'
import { localized, t } from '../text/language.ts'
import { TimeText } from './time-text.tsx'

const judgements = ['good', 'bad'] as const

const judgementKeys = { good: 'correction.good', bad: 'correction.bad' } as const satisfies Record<Judgement, TextKey>

const outcomeKeys: Readonly<Record<string, TextKey>> = {
  activated: 'correction.activated',
  'kept-out': 'correction.keptOut',
  'rolled-back': 'correction.rolledBack',
}

const refusalKeys: Readonly<Record<string, TextKey>> = {
  'frame.expired': 'correction.expired',
  'gateway.offline': 'correction.offline',
  'gateway.no-answer': 'correction.noAnswer',
}

/** Nothing where the line does not learn. `onCorrect`: before it is sent, so that the part stays in view. `defects`: kinds to name. */
export function CorrectionPanel(props: {
  readonly part: EventItem
  readonly events: readonly EventItem[]
  readonly city: City
  readonly defects?: FactorySettings['defects']
  readonly onCorrect: () => void
}) {
  const { part, events, city, defects = [], onCorrect } = props
  if (!isCorrectable(part)) return null
  const correction = city.corrections.byEvent.value.get(part.id)
  const outcome = outcomeOf(correction, part, events)
  const isBusy = correction?.state === 'sending'
  const press = (judgement: Word, name?: string): void => {
    onCorrect()
    void city.corrections.correct(part.id, judgement, name)
  }
  const isSaid = correction !== undefined && correction.state !== 'refused' && correction.judgement !== 'withdrawn'
  return (
    <div class="correction">
      <p id="correction-question">{t('correction.question')}</p>
      <div class="correction-buttons" role="group" aria-labelledby="correction-question">
        {judgements.map((judgement) => (
          <button
            type="button"
            class={`button button-outline correction-${judgement}`}
            aria-pressed={isSaid && correction.judgement === judgement && correction.class === undefined}
            disabled={isBusy}
            onClick={() => press(judgement)}
          >
            {t(judgementKeys[judgement])}
          </button>
        ))}
      </div>
      {defects.length > 0 && (
        <div class="choices" role="group" aria-label={t('correction.kind')}>
          {defects.map(({ id, name }) => (
            <button
              key={id}
              type="button"
              class="choice"
              aria-pressed={isSaid && correction.class === id}
              disabled={isBusy}
              onClick={() => press('bad', id)}
            >
              {localized(name)}
            </button>
          ))}
        </div>
      )}
      {isSaid && !isBusy && (
        <button type="button" class="button button-outline" onClick={() => press('withdrawn')}>
          {t('correction.undo')}
        </button>
      )}
      <div aria-live="polite" class="correction-state">
        {correction === undefined ? (
          <LastTeaching
            event={events.find((event) => isTeachingOf(part, event) && event.detail?.['outcome'] !== undefined)}
          />
        ) : (
          <CorrectionState correction={correction} outcome={outcome} />
        )}
      </div>
    </div>
  )
}

function CorrectionState(props: { readonly correction: Correction; readonly outcome: EventItem | undefined }) {
  const { correction, outcome } = props
  if (correction.state === 'sending') return <p class="correction-learning">{t('correction.sending')}</p>
  if (correction.state === 'refused') {
    return <p class="fault">{t(refusalKeys[correction.code ?? ''] ?? 'correction.refused')}</p>
  }
  if (correction.judgement === 'withdrawn') return <p class="quiet">{t('correction.withdrawn')}</p>
  if (outcome !== undefined) return <Outcome event={outcome} />
  return <p class="correction-learning">{t('correction.learning')}</p>
}

function LastTeaching({ event }: { readonly event: EventItem | undefined }) {
  if (event === undefined) return <p class="quiet">{t('correction.hint')}</p>
  return (
    <>
      <p class="quiet">
        {t('correction.last')} <TimeText timeMs={event.time} />
      </p>
      <Outcome event={event} />
    </>
  )
}

function Outcome({ event: { detail, model } }: { readonly event: EventItem }) {
  const { outcome, good, bad, reason } = detail ?? {}
  const key = outcomeKeys[String(outcome)]
  return (
    <>
      <p class={`correction-outcome correction-outcome-${key === undefined ? 'failed' : outcome}`}>
        {t(key ?? 'correction.failed')}
      </p>
      <p class="quiet">
        {key === undefined ? String(reason ?? '') : null}
        {(outcome === 'activated' || outcome === 'rolled-back') && <span class="code">{model.version}</span>}{' '}
        {typeof good === 'number' && typeof bad === 'number' && t('correction.examples', { good, bad })}
      </p>
    </>
  )
}
