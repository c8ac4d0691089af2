// One series of the overview: its value now and the shape of its last day.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { quantityText } from '../format/units.ts'
import { localUnit, valueText } from '../format/value-text.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { columnsOf, extentOf } from './drawn-columns.ts'
import { within } from './envelope.ts'
import { sparkPaths } from './spark-path.ts'
import type { ChartSpan } from './traces.ts'
import { useTraces } from './use-traces.ts'
import { WhenSeen } from './when-seen.tsx'

const hourMs = 3_600_000
const spans = 96
const lastDay: ChartSpan = { length: '24h', zoom: undefined }
/** For a sensor that has only begun: a day would show its first hour as a dot. */
const lastHour: ChartSpan = { length: '1h', zoom: undefined }
const width = 280
const height = 56

interface TrendProps {
  readonly site: SiteItem
  readonly series: string
  readonly city: City
}

function Spark({ site, series, city }: TrendProps) {
  const span = useSignal(lastDay)
  const specs = useMemo(() => [{ series, shift: 'none' as const }], [series])
  const traces = useTraces(city, specs, span, spans)
  const [state = 'loading'] = traces.states.value
  const window = traces.window.value
  const began = typeof state === 'string' ? undefined : state[0]?.fromMs
  const young = began !== undefined && began > window.toMs - hourMs
  useEffect(() => {
    if (young) span.value = lastHour
  }, [young, span])
  const item = city.latest.value.get(series)
  if (state === 'failed') return <p class="quiet">{t('chart.failed')}</p>
  if (state === 'loading' || item === undefined) return <p class="quiet">{t('app.loading')}</p>
  const shown = within(state, window)
  const extent = extentOf(shown)
  if (extent === undefined) return <p class="quiet">{t('trends.none')}</p>
  const display = localUnit(item.unit, item.channel, Math.max(Math.abs(extent.min), Math.abs(extent.max)))
  const [min, max] = [quantityText(extent.min, display), quantityText(extent.max, display)]
  const { line, band } = sparkPaths(columnsOf(shown), { ...window, width, height })
  const label = `${localized(site.name)} ${localized(item.label)}`
  return (
    <>
      <svg
        class="spark"
        viewBox={`0 -4 ${width} ${height + 8}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('trends.chart', { label, min, max, now: valueText(item) })}
      >
        <path class="spark-band" d={band} />
        <path class="spark-line" d={line} />
      </svg>
      <p class="trend-range">
        {t('trends.range', { min, max })}
        {span.value === lastHour && <span class="trend-young">{t('trends.lastHour')}</span>}
      </p>
    </>
  )
}

export function TrendCard(props: TrendProps) {
  const { site, series, city } = props
  const item = city.latest.value.get(series)
  if (item === undefined) return null
  return (
    <article class="trend">
      <h3>
        <a href={routeHash({ view: 'site', site: site.id })}>{localized(site.name)}</a>
        <small>{localized(item.label)}</small>
      </h3>
      <b class={`trend-now value-${item.quality}`}>{valueText(item)}</b>
      <WhenSeen className="trend-body">
        <Spark {...props} />
      </WhenSeen>
    </article>
  )
}
