// The alarms page: what is open, or everything there was, newest first.
import { useSignal, useSignalEffect } from '@preact/signals'
import type { AlarmItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { AlarmCard } from '../parts/alarm-card.tsx'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { t } from '../text/language.ts'

export function Alarms({ city }: { readonly city: City }) {
  const filter = useSignal<'open' | 'all'>('open')
  const history = useSignal<readonly AlarmItem[] | 'failed' | undefined>(undefined)

  // Reads the open alarms, so that every change of one loads the history again.
  useSignalEffect(() => {
    void city.openAlarms.value
    if (filter.value !== 'all') return
    city.api.alarms('all').then(
      (alarms) => (history.value = alarms),
      () => (history.value = 'failed'),
    )
  })

  const failed = filter.value === 'all' && history.value === 'failed'
  const loaded = history.value === 'failed' ? undefined : history.value
  const shown = filter.value === 'open' ? (city.loaded.value ? city.openAlarms.value : undefined) : loaded
  return (
    <>
      <h1>{t('alarms.title')}</h1>
      <p class="lead">{t('alarms.lead')}</p>
      <ChoiceRow
        label={t('alarms.filter')}
        chosen={filter.value}
        choose={(value) => (filter.value = value)}
        choices={[
          { value: 'open' as const, text: t('alarms.filterOpen'), count: city.openAlarms.value.length },
          { value: 'all' as const, text: t('alarms.filterAll') },
        ]}
      />
      {failed && <p class="fault">{t('alarms.failed')}</p>}
      {!failed && shown === undefined && <p class="quiet">{t('app.loading')}</p>}
      {shown?.length === 0 && <p class="empty">{t('alarms.none')}</p>}
      <div class="alarm-grid" aria-live="polite">
        {shown?.map((alarm) => (
          <AlarmCard key={alarm.id} alarm={alarm} city={city} level={2} />
        ))}
      </div>
    </>
  )
}
