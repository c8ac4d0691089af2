// The charts of a paddy: what was chosen of it over a day, a week or a month.
import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { LatestItem } from '../api/shapes.ts'
import { type Period, periods, SeriesChart } from '../chart/series-chart.tsx'
import type { City } from '../city/city.ts'
import { localized, t } from '../text/language.ts'
import { ChoiceRow } from './choice-row.tsx'

/** Stays chosen from one paddy to the next. */
const period = signal<Period>('24h')
const shownPeriods: ReadonlySet<Period> = new Set(['24h', '7d', '30d'])

export function PaddyCharts({ series, city }: { readonly series: readonly LatestItem[]; readonly city: City }) {
  const [chosen, choose] = useState<string | undefined>(undefined)
  const [first] = series
  if (first === undefined) return null
  const shown = series.find((item) => item.series === chosen) ?? first
  return (
    <section class="paddy-part" aria-labelledby="paddy-charts">
      <h2 id="paddy-charts">{t('paddy.charts')}</h2>
      <ChoiceRow
        label={t('chart.range')}
        chosen={period.value}
        choose={(value) => (period.value = value)}
        choices={periods
          .filter((one) => shownPeriods.has(one.period))
          .map((one) => ({ value: one.period, text: t(one.text) }))}
      />
      <ChoiceRow
        label={t('paddy.chartOf')}
        chosen={shown.series}
        choose={(value) => choose(value)}
        choices={series.map((item) => ({ value: item.series, text: localized(item.label) }))}
      />
      <SeriesChart key={`${shown.series} ${period.value}`} series={shown.series} period={period.value} city={city} />
    </section>
  )
}
