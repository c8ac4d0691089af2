// Messages of the disaster broadcast: what is in force, what was, where they are read from, and the form that sends one.
import '../style/notices.css'
import '../style/bulletins.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { BulletinPage, BulletinSource } from '../api/bulletin-api.ts'
import { bulletinCards } from '../city/bulletin-cards.ts'
import type { City } from '../city/city.ts'
import { mayAnywhere } from '../city/session.ts'
import { shortTime } from '../format/time.ts'
import { BulletinCard } from '../parts/bulletin-card.tsx'
import { BulletinForm } from '../parts/bulletin-form.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { nowMs } from '../parts/now.ts'
import { language, localized, t } from '../text/language.ts'

/** They are few, and none may be seen late. */
const everyMs = 30_000

export function Bulletins({ city }: { readonly city: City }) {
  const state = useSignal<'current' | 'all'>('current')
  const page = useSignal<BulletinPage | 'failed' | undefined>(undefined)
  const sources = useSignal<readonly BulletinSource[]>([])
  const load = async (): Promise<void> => {
    const asked = state.value
    const found = await city.api.bulletins.list(asked).catch(() => 'failed' as const)
    if (asked === state.value && (found !== 'failed' || page.value === undefined)) page.value = found
    sources.value = await city.api.bulletins.sources().catch(() => sources.value)
  }
  useEffect(() => {
    page.value = undefined
    void load()
    const timer = setInterval(() => void load(), everyMs)
    return () => clearInterval(timer)
  }, [city, state.value])
  const more = async (): Promise<void> => {
    const shown = page.value
    if (typeof shown !== 'object' || shown.next === null) return
    const next = await city.api.bulletins.list(state.value, shown.next).catch(() => undefined)
    if (next !== undefined && page.value === shown) page.value = { ...next, items: [...shown.items, ...next.items] }
  }
  return (
    <>
      <h1>{t('bulletin.title')}</h1>
      <p class="lead">{t('bulletin.lead')}</p>
      <ChoiceRow
        label={t('bulletin.filter')}
        choices={[
          { value: 'current', text: t('bulletin.current') },
          { value: 'all', text: t('bulletin.all') },
        ]}
        chosen={state.value}
        choose={(wanted) => (state.value = wanted)}
      />
      <List page={page.value} isAll={state.value === 'all'} city={city} reload={load} />
      {typeof page.value === 'object' && page.value.next !== null && (
        <button type="button" class="button button-outline" onClick={() => void more()}>
          {t('bulletin.more')}
        </button>
      )}
      {mayAnywhere('issue-bulletins') && <BulletinForm city={city} sent={load} />}
      <Sources sources={sources.value} />
    </>
  )
}

function List(props: {
  readonly page: BulletinPage | 'failed' | undefined
  readonly isAll: boolean
  readonly city: City
  readonly reload: () => Promise<void>
}) {
  const { page, isAll, city, reload } = props
  if (page === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (page === 'failed') {
    return (
      <div class="fault" role="alert">
        <p>{t('bulletin.failed')}</p>
        <button type="button" class="button button-outline" onClick={() => void reload()}>
          {t('bulletin.again')}
        </button>
      </div>
    )
  }
  if (page.items.length === 0) return <p class="empty">{t(isAll ? 'bulletin.noneAtAll' : 'bulletin.none')}</p>
  return (
    <ul class="bulletin-list">
      {bulletinCards(page.items).map((card) => (
        <BulletinCard key={card.item.id} {...card} city={city} changed={reload} />
      ))}
    </ul>
  )
}

function Sources({ sources }: { readonly sources: readonly BulletinSource[] }) {
  if (sources.length === 0) return null
  return (
    <section aria-labelledby="bulletin-sources">
      <h2 id="bulletin-sources">{t('bulletin.sources')}</h2>
      <ul class="bulletin-sources">
        {sources.map((source) => (
          <li key={source.id}>
            <b>{localized(source.name)}</b> <span class="quiet">{source.host}</span>
            <br />
            <span class={source.failures > 0 ? 'bulletin-fails' : 'quiet'}>{stateOf(source)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function stateOf({ failures, read, faults }: BulletinSource): string {
  if (failures > 0) return t('bulletin.sourceFails', { count: failures, why: faults[0]?.detail ?? '' })
  if (read === null) return t('bulletin.sourceWaits')
  return t('bulletin.sourceFine', { time: shortTime(read, nowMs.value, language.value) })
}
