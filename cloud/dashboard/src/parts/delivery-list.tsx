// Messages as the log tells them: what became of each, to whom, by which way, and the proof.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { DeliveryItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { dateTime, shortTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'
import { type Fact, ProofDetails } from './proof-details.tsx'

const stateTexts = {
  waiting: 'delivery.waiting',
  sending: 'delivery.sending',
  held: 'delivery.held',
  bundled: 'delivery.bundled',
  delivered: 'delivery.delivered',
  dead: 'delivery.dead',
  dropped: 'delivery.dropped',
} as const satisfies Record<DeliveryItem['state'], TextKey>

const channelTexts: Readonly<Record<string, TextKey>> = {
  push: 'channel.push',
  line: 'channel.line',
  email: 'channel.email',
  webhook: 'delivery.webhook',
  mqtt: 'delivery.mqtt',
  none: 'delivery.none',
}

const kindTexts: Readonly<Record<string, TextKey>> = {
  raised: 'delivery.raised',
  worsened: 'delivery.worsened',
  cleared: 'delivery.cleared',
  assigned: 'delivery.assigned',
  reopened: 'delivery.reopened',
  bundle: 'delivery.bundle',
  test: 'delivery.test',
}

const heldTexts: Readonly<Record<string, TextKey>> = {
  quiet: 'delivery.quiet',
  digest: 'delivery.digest',
  rate: 'delivery.rate',
}

/** Of texts that the hub may have more of one day: its own word then. */
function named(texts: Readonly<Record<string, TextKey>>, word: string): string {
  const key = texts[word]
  return key === undefined ? word : t(key)
}

function whoOf({ person, name }: Pick<DeliveryItem, 'person' | 'name'>): string {
  if (person === 'system') return t('delivery.system')
  return name ?? t('delivery.gone', { id: person })
}

export function DeliveryRow(props: {
  readonly item: DeliveryItem
  readonly isOwn: boolean
  readonly city: City
  readonly changed?: () => Promise<void>
}) {
  const { item, isOwn, city, changed } = props
  const { state, severity, kind, channel, heldFor, error, due, attempts } = item
  const at = (ms: number): string => shortTime(ms, nowMs.value, language.value)
  return (
    <li class="delivery" data-state={state}>
      <p class="delivery-head">
        <span class={`delivery-state delivery-${state}`}>{t(stateTexts[state])}</span>
        {!isOwn && <b>{whoOf(item)}</b>}
        <span>{named(channelTexts, channel)}</span>
        <span class="quiet">{at(item.created)}</span>
      </p>
      <p>
        {named(kindTexts, kind)}
        {kind !== 'test' && ` · ${t(`alarm.${severity}` satisfies TextKey)}`}
        {state === 'held' && heldFor !== null && ` · ${named(heldTexts, heldFor)}`}
        {due !== null && state !== 'sending' && ` · ${t('delivery.next', { time: at(due) })}`}
        {attempts > 1 && ` · ${t('delivery.tries', { n: attempts })}`}
      </p>
      {error !== null && <p class="delivery-error">{channel === 'none' ? t('delivery.noAddress') : error}</p>}
      <DeliveryFacts item={item} />
      {changed !== undefined && <Retry item={item} city={city} changed={changed} />}
    </li>
  )
}

function DeliveryFacts({ item }: { readonly item: DeliveryItem }) {
  const { id, target, created, settled, alarm, proof } = item
  const facts: readonly Fact[] = [
    ...(target === '' ? [] : [[t('delivery.target'), target] as const]),
    [t('delivery.created'), dateTime(created, language.value)],
    ...(settled === null ? [] : [[t('delivery.settled'), dateTime(settled, language.value)] as const]),
    ...(alarm === null ? [] : [[t('delivery.alarm'), alarm] as const]),
    [t('delivery.id'), id],
    ...Object.entries(proof ?? {}).map(([name, value]) => [name, String(value)] as const),
  ]
  return <ProofDetails summary={t('delivery.proof')} facts={facts} />
}

/** Only what was given up, by those who set up notification. */
function Retry(props: { readonly item: DeliveryItem; readonly city: City; readonly changed: () => Promise<void> }) {
  const { item, city, changed } = props
  const answer = useSignal<TextKey | undefined>(undefined)
  const isBusy = useSignal(false)
  const mayRetry = item.state === 'dead' && item.channel !== 'none' && may('edit-notification', item.tenant)
  if (!mayRetry) return null
  async function retry(): Promise<void> {
    isBusy.value = true
    try {
      await city.api.notices.sendAgain(item.id)
      answer.value = 'delivery.retried'
      await changed()
    } catch {
      answer.value = 'delivery.notRetried'
    } finally {
      isBusy.value = false
    }
  }
  return (
    <p class="delivery-retry">
      <button
        type="button"
        class="button button-outline"
        aria-label={t('delivery.retryOf', { name: whoOf(item) })}
        disabled={isBusy.value}
        onClick={() => void retry()}
      >
        {t('delivery.retry')}
      </button>
      {answer.value !== undefined && <small role="status">{t(answer.value)}</small>}
    </p>
  )
}

const ownShown = 5

/** The newest that were sent to oneself. */
export function MyDeliveries({ city }: { readonly city: City }) {
  const items = useSignal<readonly DeliveryItem[] | 'failed' | undefined>(undefined)
  const load = async (): Promise<void> => {
    items.value = await city.api.notices.myDeliveries(ownShown).then(
      (page) => page.items,
      () => 'failed' as const,
    )
  }
  useEffect(() => void load(), [city])
  const shown = items.value
  return (
    <section class="notice-card" aria-labelledby="own-deliveries">
      <h2 id="own-deliveries">{t('notices.mine')}</h2>
      {shown === undefined && <p class="quiet">{t('app.loading')}</p>}
      {shown === 'failed' && <p class="fault">{t('deliveries.failed')}</p>}
      {Array.isArray(shown) && shown.length === 0 && <p class="quiet">{t('deliveries.none')}</p>}
      <ul class="deliveries">
        {Array.isArray(shown) &&
          shown.map((item: DeliveryItem) => <DeliveryRow key={item.id} item={item} isOwn city={city} />)}
      </ul>
      <button type="button" class="button button-outline notice-press" onClick={() => void load()}>
        {t('deliveries.reload')}
      </button>
    </section>
  )
}
