// The chart of one series on the page of its place, with the way to the large one.
import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { valueText } from '../format/value-text.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { chartAddress } from './chart-address.ts'
import type { ChartLength } from './time-window.ts'
import { TraceChart } from './trace-chart.tsx'
import type { ChartSpan } from './traces.ts'
import { WhenSeen } from './when-seen.tsx'

const heightPx = 200

export function SeriesChart({
  series,
  length,
  city,
}: {
  readonly series: string
  readonly length: ReadonlySignal<ChartLength>
  readonly city: City
}) {
  const item = city.latest.value.get(series)
  const specs = useMemo(() => [{ series, shift: 'none' as const }], [series])
  const span = useSignal<ChartSpan>({ length: length.peek(), zoom: undefined })
  useSignalEffect(() => {
    if (span.peek().length !== length.value) span.value = { length: length.value, zoom: undefined }
  })
  if (item === undefined) return null
  const address = chartAddress({ series: [series], over: [], ...span.value })
  return (
    <article class="chart">
      <header class="chart-head">
        <h4>
          {localized(item.label)}
          <small>{localized(item.deviceLabel)}</small>
        </h4>
        <b class={`chart-now value-${item.quality}`}>{valueText(item)}</b>
      </header>
      <WhenSeen className="chart-body">
        <TraceChart city={city} specs={specs} span={span} height={heightPx} />
      </WhenSeen>
      <p class="chart-more">
        <a href={routeHash({ view: 'chart', at: address })}>{t('chart.compareLink')}</a>
      </p>
    </article>
  )
}
