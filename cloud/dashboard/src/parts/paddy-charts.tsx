// The charts of a paddy: what was chosen of it over a day, a week or the season.
import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { LatestItem } from '../api/shapes.ts'
import { lengthTexts } from '../chart/chart-words.ts'
import { SeriesChart } from '../chart/series-chart.tsx'
import type { ChartLength } from '../chart/time-window.ts'
import type { City } from '../city/city.ts'
import { localized, t } from '../text/language.ts'
import { ChoiceRow } from './choice-row.tsx'

/** Stays chosen from one paddy to the next. */
const length = signal<ChartLength>('24h')
const shownLengths: readonly ChartLength[] = ['24h', '7d', 'season']

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
        chosen={length.value}
        choose={(value) => (length.value = value)}
        choices={shownLengths.map((one) => ({ value: one, text: t(lengthTexts[one]) }))}
      />
      <ChoiceRow
        label={t('paddy.chartOf')}
        chosen={shown.series}
        choose={(value) => choose(value)}
        choices={series.map((item) => ({ value: item.series, text: localized(item.label) }))}
      />
      <SeriesChart key={shown.series} series={shown.series} length={length} city={city} />
    </section>
  )
}
