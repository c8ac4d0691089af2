// The alarms page: what needs somebody, what is looked after, what is over, what is kept quiet; or everything there was.
import '../style/alarms.css'
import '../style/alarm-acts.css'
import '../style/bulk-alarms.css'
import { type Signal, useSignal, useSignalEffect } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { AlarmItem } from '../api/shapes.ts'
import { type AlarmEntry, groupAlarms } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { mayAnywhere } from '../city/session.ts'
import { AlarmCard } from '../parts/alarm-card.tsx'
import { AlarmFilter, type Filter, fits, isFiltered } from '../parts/alarm-filter.tsx'
import { BulkAlarms } from '../parts/bulk-alarms.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { PersonName } from '../parts/person-name.tsx'
import { QuietAlarms } from '../parts/quiet-alarms.tsx'
import { AlarmEntryCard } from '../parts/storm-card.tsx'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

export function Alarms({ city }: { readonly city: City }) {
  const period = useSignal<'now' | 'past'>('now')
  const filter = useSignal<Filter>({})
  return (
    <>
      <h1>{t('alarms.title')}</h1>
      <div class="alarms-head">
        <ChoiceRow
          label={t('alarms.period')}
          chosen={period.value}
          choose={(value) => (period.value = value)}
          choices={[
            { value: 'now' as const, text: t('alarms.now') },
            { value: 'past' as const, text: t('alarms.past') },
          ]}
        />
        <a class="alarms-windows" href={routeHash({ view: 'maintenance' })}>
          {t('alarms.windows')}
        </a>
      </div>
      <PersonName />
      <AlarmFilter filter={filter} city={city} withState={period.value === 'now'} />
      {period.value === 'now' ? <OpenAlarms city={city} filter={filter} /> : <PastAlarms city={city} filter={filter} />}
    </>
  )
}

/** Cards shown at first, and with each press more. */
const stepCards = 50
/** Of a page of past alarms. */
const stepPast = 100

function OpenAlarms({ city, filter }: { readonly city: City; readonly filter: Signal<Filter> }) {
  const isBulk = useSignal(false)
  if (!city.loaded.value) return <p class="quiet">{t('app.loading')}</p>
  const all = city.openAlarms.value
  const shown = all.filter((alarm) => fits(alarm, filter.value))
  const groups = groupAlarms(shown)
  const bulkButton = (
    <p>
      <button
        type="button"
        class="button button-outline"
        aria-pressed={isBulk.value}
        onClick={() => (isBulk.value = !isBulk.value)}
      >
        {t(isBulk.value ? 'bulk.end' : 'bulk.begin')}
      </button>
    </p>
  )
  if (isBulk.value) {
    return (
      <>
        {bulkButton}
        <BulkAlarms alarms={shown} city={city} />
      </>
    )
  }
  return (
    <>
      {all.length > 1 && mayAnywhere('handle-alarms') && bulkButton}
      {isFiltered(filter.value) && (
        <p class="quiet" role="status">
          {t('filter.shown', { n: shown.length, all: all.length })}
        </p>
      )}
      {groups.todo.length === 0 && (
        <p class="empty">{t(isFiltered(filter.value) && shown.length === 0 ? 'filter.none' : 'alarms.nothing')}</p>
      )}
      <Section title="alarms.todo" entries={groups.todo} city={city} />
      <Section title="alarms.handled" entries={groups.handled} city={city} />
      <Section title="alarms.ended" entries={groups.ended} city={city} />
      <Section title="alarms.notices" entries={groups.notices} city={city} />
      <QuietAlarms groups={groups} city={city} />
    </>
  )
}

function Section(props: { readonly title: TextKey; readonly entries: readonly AlarmEntry[]; readonly city: City }) {
  const { title, entries, city } = props
  const shown = useSignal(stepCards)
  if (entries.length === 0) return null
  const left = entries.length - shown.value
  return (
    <section aria-labelledby={title} data-section={title.replace('alarms.', '')}>
      <h2 id={title}>
        {t(title)} <span class="section-count">{entries.length}</span>
      </h2>
      <div class="alarm-grid" aria-live="polite">
        {entries.slice(0, shown.value).map((entry) => (
          <AlarmEntryCard key={entry.id} entry={entry} city={city} level={3} />
        ))}
      </div>
      {left > 0 && (
        <button type="button" class="button button-outline more" onClick={() => (shown.value += stepCards)}>
          {t('alarms.more', { n: Math.min(left, stepCards) })}
        </button>
      )}
    </section>
  )
}

interface Past {
  readonly items: readonly AlarmItem[]
  readonly next: string | null
}

function PastAlarms({ city, filter }: { readonly city: City; readonly filter: Signal<Filter> }) {
  const past = useSignal<Past | 'failed' | undefined>(undefined)
  const isBusy = useSignal(false)
  const shownFor = useRef<Filter | undefined>(undefined)
  // Every change of an open alarm loads the beginning again, as long as nobody has asked for more.
  useSignalEffect(() => {
    void city.openAlarms.value
    const asked = filter.value
    const known = past.peek()
    if (typeof known === 'object' && known.items.length > stepPast && filter.peek() === shownFor.current) return
    city.api.pastAlarms(asked, undefined).then(
      (page) => {
        if (filter.peek() !== asked) return
        shownFor.current = asked
        past.value = page
      },
      () => (past.value = 'failed'),
    )
  })
  async function more(cursor: string, items: readonly AlarmItem[]): Promise<void> {
    isBusy.value = true
    try {
      const page = await city.api.pastAlarms(filter.value, cursor)
      const known = new Set(items.map(({ id }) => id))
      past.value = { items: [...items, ...page.items.filter(({ id }) => !known.has(id))], next: page.next }
    } catch {
      past.value = 'failed'
    } finally {
      isBusy.value = false
    }
  }
  const shown = past.value
  if (shown === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (shown === 'failed') return <p class="fault">{t('alarms.failed')}</p>
  if (shown.items.length === 0) return <p class="empty">{t('alarms.none')}</p>
  const { items, next } = shown
  return (
    <>
      <div class="alarm-grid" aria-live="polite">
        {items.map((alarm) => (
          <AlarmCard key={alarm.id} alarm={alarm} city={city} level={2} />
        ))}
      </div>
      {next !== null && (
        <button
          type="button"
          class="button button-outline more"
          disabled={isBusy.value}
          onClick={() => void more(next, items)}
        >
          {t('alarms.morePast')}
        </button>
      )}
    </>
  )
}
