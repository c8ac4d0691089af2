// One series of the overview: its value now and the shape of its last day.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { quantityText } from '../format/units.ts'
import { localUnit, valueText } from '../format/value-text.ts'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'
import { chartColumns, extentOf } from './columns.ts'
import type { Span } from './readings.ts'
import { sparkPaths } from './spark-path.ts'
import { useReadings } from './use-readings.ts'
import { WhenSeen } from './when-seen.tsx'

const hourMs = 3_600_000
const lastDay: Span = { lengthMs: 24 * hourMs, buckets: 96 }
/** For a sensor that has only begun: a day would show its first hour as a dot. */
const lastHour: Span = { lengthMs: hourMs, buckets: 120 }
const width = 280
const height = 56

interface TrendProps {
  readonly site: SiteItem
  readonly series: string
  readonly city: City
}

function Spark({ site, series, city }: TrendProps) {
  const span = useSignal(lastDay)
  const history = useReadings(city, series, span.value).history.value
  const began = history === undefined || history === 'failed' ? undefined : (history.buckets.time[0] ?? history.toMs)
  const young = history !== undefined && history !== 'failed' && began !== undefined && began > history.toMs - hourMs
  useEffect(() => {
    if (young) span.value = lastHour
  }, [young, span])
  const item = city.latest.value.get(series)
  if (history === 'failed') return <p class="quiet">{t('chart.failed')}</p>
  if (history === undefined || item === undefined) return <p class="quiet">{t('app.loading')}</p>
  const columns = chartColumns(history.buckets, history.live, history)
  const extent = extentOf(columns)
  if (extent === undefined) return <p class="quiet">{t('trends.none')}</p>
  const display = localUnit(item.unit, item.channel, Math.max(Math.abs(extent.min), Math.abs(extent.max)))
  const [min, max] = [quantityText(extent.min, display), quantityText(extent.max, display)]
  const { line, band } = sparkPaths(columns, { ...history, width, height })
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
