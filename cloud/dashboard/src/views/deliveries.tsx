// The delivery log: who was told what, when and by which way, what was given up, and a second try for it.
import '../style/notices.css'
import '../style/admin.css'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { DeliveryPage, DeliveryQuery } from '../api/notice-api.ts'
import type { DeliveryItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { DeliveryRow } from '../parts/delivery-list.tsx'
import { t } from '../text/language.ts'

type StateChoice = 'all' | 'dead' | 'waiting' | 'held' | 'delivered'
const states = ['all', 'dead', 'waiting', 'held', 'delivered'] as const satisfies readonly StateChoice[]
const channels = ['push', 'line', 'email', 'webhook', 'mqtt'] as const

interface Filter {
  readonly state: Signal<StateChoice>
  readonly channel: Signal<string>
}

type Log = Signal<DeliveryPage | 'failed' | undefined>

function queryOf({ state, channel }: Filter, cursor?: string): DeliveryQuery {
  return {
    ...(state.value === 'all' ? {} : { state: state.value }),
    ...(channel.value === '' ? {} : { channel: channel.value }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

export function Deliveries({ city }: { readonly city: City }) {
  const filter: Filter = { state: useSignal<StateChoice>('all'), channel: useSignal('') }
  const log: Log = useSignal<DeliveryPage | 'failed' | undefined>(undefined)
  const load = async (): Promise<void> => {
    const asked = JSON.stringify(queryOf(filter))
    const page = await city.api.notices.deliveries(queryOf(filter)).catch(() => 'failed' as const)
    // A slower answer to an earlier choice is not what is asked for any more.
    if (asked === JSON.stringify(queryOf(filter))) log.value = page
  }
  useEffect(() => void load(), [city, filter.state.value, filter.channel.value])
  return (
    <>
      <h1>{t('deliveries.title')}</h1>
      <p class="lead">{t('deliveries.lead')}</p>
      <Filters filter={filter} reload={() => void load()} />
      <Shown log={log} filter={filter} city={city} load={load} />
    </>
  )
}

function Filters({ filter, reload }: { readonly filter: Filter; readonly reload: () => void }) {
  const text = { all: 'deliveries.all' } as const
  return (
    <div class="delivery-filters">
      <ChoiceRow
        label={t('deliveries.state')}
        chosen={filter.state.value}
        choose={(value) => (filter.state.value = value)}
        choices={states.map((value) => ({ value, text: t(value === 'all' ? text.all : `delivery.${value}`) }))}
      />
      <label class="field">
        {t('deliveries.channel')}
        <select value={filter.channel.value} onChange={(event) => (filter.channel.value = event.currentTarget.value)}>
          <option value="">{t('deliveries.anyChannel')}</option>
          {channels.map((channel) => (
            <option key={channel} value={channel}>
              {t(channel === 'webhook' || channel === 'mqtt' ? `delivery.${channel}` : `channel.${channel}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button button-outline" onClick={reload}>
        {t('deliveries.reload')}
      </button>
    </div>
  )
}

function Shown(props: {
  readonly log: Log
  readonly filter: Filter
  readonly city: City
  readonly load: () => Promise<void>
}) {
  const { log, filter, city, load } = props
  const page = log.value
  if (page === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (page === 'failed') {
    return (
      <p class="fault" role="alert">
        {t('deliveries.failed')}
      </p>
    )
  }
  const isFiltered = filter.state.value !== 'all' || filter.channel.value !== ''
  if (page.items.length === 0) {
    return <p class="empty">{t(isFiltered ? 'deliveries.noneLike' : 'deliveries.none')}</p>
  }
  const { next, items } = page
  async function more(cursor: string): Promise<void> {
    const older = await city.api.notices.deliveries(queryOf(filter, cursor)).catch(() => undefined)
    const now = log.value
    if (older === undefined || now !== page) return
    log.value = { items: [...items, ...older.items], next: older.next }
  }
  return (
    <>
      <ul class="deliveries deliveries-wide" aria-live="polite">
        {items.map((item: DeliveryItem) => (
          <DeliveryRow key={item.id} item={item} isOwn={false} city={city} changed={load} />
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="button button-outline notice-press" onClick={() => void more(next)}>
          {t('deliveries.more')}
        </button>
      )}
    </>
  )
}
