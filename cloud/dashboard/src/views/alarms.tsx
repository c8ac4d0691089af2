// The alarms page: what needs somebody, what is looked after, what is over, what is kept quiet; or everything there was.
import { useSignal, useSignalEffect } from '@preact/signals'
import type { AlarmItem } from '../api/shapes.ts'
import { type AlarmEntry, groupAlarms } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { AlarmCard } from '../parts/alarm-card.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { PersonName } from '../parts/person-name.tsx'
import { QuietAlarms } from '../parts/quiet-alarms.tsx'
import { AlarmEntryCard } from '../parts/storm-card.tsx'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

export function Alarms({ city }: { readonly city: City }) {
  const period = useSignal<'now' | 'past'>('now')
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
      {period.value === 'now' ? <OpenAlarms city={city} /> : <PastAlarms city={city} />}
    </>
  )
}

function OpenAlarms({ city }: { readonly city: City }) {
  if (!city.loaded.value) return <p class="quiet">{t('app.loading')}</p>
  const groups = groupAlarms(city.openAlarms.value)
  return (
    <>
      {groups.todo.length === 0 && <p class="empty">{t('alarms.nothing')}</p>}
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
  if (entries.length === 0) return null
  return (
    <section aria-labelledby={title} data-section={title.replace('alarms.', '')}>
      <h2 id={title}>
        {t(title)} <span class="section-count">{entries.length}</span>
      </h2>
      <div class="alarm-grid" aria-live="polite">
        {entries.map((entry) => (
          <AlarmEntryCard key={entry.id} entry={entry} city={city} level={3} />
        ))}
      </div>
    </section>
  )
}

function PastAlarms({ city }: { readonly city: City }) {
  const history = useSignal<readonly AlarmItem[] | 'failed' | undefined>(undefined)
  // Reads the open alarms, so that every change of one loads the history again.
  useSignalEffect(() => {
    void city.openAlarms.value
    city.api.alarms('all').then(
      (alarms) => (history.value = alarms),
      () => (history.value = 'failed'),
    )
  })
  const shown = history.value
  if (shown === undefined) return <p class="quiet">{t('app.loading')}</p>
  if (shown === 'failed') return <p class="fault">{t('alarms.failed')}</p>
  if (shown.length === 0) return <p class="empty">{t('alarms.none')}</p>
  return (
    <div class="alarm-grid" aria-live="polite">
      {shown.map((alarm) => (
        <AlarmCard key={alarm.id} alarm={alarm} city={city} level={2} />
      ))}
    </div>
  )
}
