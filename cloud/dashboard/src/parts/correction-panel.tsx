// Under a verdict: a person says what the part really was, and sees what the line made of it.
import type { TextKey } from '../text/dictionary.ts'
import type { EventItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { isCorrectable, isTeachingOf, outcomeOf, type Correction, type Judgement } from '../city/corrections.ts'
import { t } from '../text/language.ts'
import { TimeText } from './time-text.tsx'

const judgements = ['good', 'bad'] as const

const judgementKeys = { good: 'correction.good', bad: 'correction.bad' } as const satisfies Record<Judgement, TextKey>

const outcomeKeys: Readonly<Record<string, TextKey>> = {
  activated: 'correction.activated',
  'kept-out': 'correction.keptOut',
}

const refusalKeys: Readonly<Record<string, TextKey>> = {
  'frame.expired': 'correction.expired',
  'gateway.offline': 'correction.offline',
  'gateway.no-answer': 'correction.noAnswer',
}

/** Nothing where the line does not learn. `onCorrect`: before it is sent, so that the part stays in view. */
export function CorrectionPanel(props: {
  readonly part: EventItem
  readonly events: readonly EventItem[]
  readonly city: City
  readonly onCorrect: () => void
}) {
  const { part, events, city, onCorrect } = props
  if (!isCorrectable(part)) return null
  const correction = city.corrections.byEvent.value.get(part.id)
  const outcome = outcomeOf(correction, part, events)
  const isBusy = correction?.state === 'sending' || (correction?.state === 'learning' && outcome === undefined)
  const press = (judgement: Judgement): void => {
    onCorrect()
    void city.corrections.correct(part.id, judgement)
  }
  return (
    <div class="correction">
      <p id="correction-question">{t('correction.question')}</p>
      <div class="correction-buttons" role="group" aria-labelledby="correction-question">
        {judgements.map((judgement) => (
          <button
            type="button"
            class={`button button-outline correction-${judgement}`}
            aria-pressed={correction?.judgement === judgement}
            disabled={isBusy}
            onClick={() => press(judgement)}
          >
            {t(judgementKeys[judgement])}
          </button>
        ))}
      </div>
      <div aria-live="polite" class="correction-state">
        {correction === undefined ? (
          <LastTeaching event={events.find((event) => isTeachingOf(part, event))} />
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
        {outcome === 'activated' && <span class="code">{model.version}</span>}{' '}
        {typeof good === 'number' && typeof bad === 'number' && t('correction.examples', { good, bad })}
      </p>
    </>
  )
}
