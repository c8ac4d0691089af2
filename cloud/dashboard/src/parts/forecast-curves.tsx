// The next 24 hours of the series of a place that are forecast well enough to be shown: a line in the band of its interval.
import { useEffect, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import type { ForecastItem } from '../api/shapes.ts'
import { hourMinute } from '../format/time.ts'
import { quantityText } from '../format/units.ts'
import { localUnit } from '../format/value-text.ts'
import { language, localized, t } from '../text/language.ts'

const size = { width: 320, height: 110, left: 2, right: 2, top: 6, bottom: 20 } as const
const ticks = [0, 6, 12, 18, 23] as const

export function ForecastCurves({ site, api }: { readonly site: string; readonly api: HubApi }) {
  const [items, setItems] = useState<readonly ForecastItem[]>([])
  useEffect(() => {
    let isShown = true
    // Without it the page says nothing of forecasts; the advice above tells why one is not made.
    api.forecasts(site).then(
      (found) => isShown && setItems(found),
      () => undefined,
    )
    return () => {
      isShown = false
    }
  }, [site, api])
  const curves = items.filter(({ shown, points }) => shown && points.length > 1)
  if (curves.length === 0) return null
  return (
    <section class="forecasts" aria-labelledby="site-forecasts">
      <h2 id="site-forecasts">{t('forecast.title')}</h2>
      <div class="forecast-grid">
        {curves.map((item) => (
          <Curve key={item.insight} item={item} />
        ))}
      </div>
    </section>
  )
}

function Curve({ item }: { readonly item: ForecastItem }) {
  const { points, title, unit, series, score, interval } = item
  const channel = series.slice(series.lastIndexOf(':') + 1)
  const least = Math.min(...points.map(({ low }) => low))
  const most = Math.max(...points.map(({ high }) => high))
  const display = localUnit(unit, channel, Math.max(Math.abs(least), Math.abs(most)))
  const said = (value: number): string => quantityText(value, display)
  const [first] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined) return null
  const x = (index: number): number => size.left + (index / (points.length - 1)) * (size.width - size.left - size.right)
  const y = (value: number): number =>
    size.top + ((most - value) / (most - least || 1)) * (size.height - size.top - size.bottom)
  const at = (index: number, value: number): string => `${x(index).toFixed(1)} ${y(value).toFixed(1)}`
  const line = points.map(({ value }, index) => at(index, value)).join('L')
  const upper = points.map(({ high }, index) => at(index, high))
  const lower = points.map(({ low }, index) => at(index, low)).toReversed()
  const words = t('forecast.said', {
    from: said(first.value),
    to: said(last.value),
    low: said(last.low),
    high: said(last.high),
  })
  return (
    <figure class="forecast" data-insight={item.insight}>
      <figcaption>
        <h3>{localized(title)}</h3>
        <p>{words}</p>
      </figcaption>
      <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={`${localized(title)}: ${words}`}>
        <path class="forecast-band" d={`M${[...upper, ...lower].join('L')}Z`} />
        <path class="forecast-line" d={`M${line}`} />
        {ticks.map((index) => (
          <text
            key={index}
            class="forecast-tick"
            x={x(index)}
            y={size.height - 4}
            text-anchor={index === 0 ? 'start' : index === 23 ? 'end' : 'middle'}
          >
            {hourMinute(points[index]?.time ?? 0, language.value)}
          </text>
        ))}
      </svg>
      {score !== null && (
        <p class="quiet">
          <small>
            {t('forecast.caption', {
              share: Math.round(interval * 100),
              days: score.days,
              skill: Math.round(score.skill * 100),
              coverage: score.coverage === null ? '–' : Math.round(score.coverage * 100),
            })}
          </small>
        </p>
      )}
    </figure>
  )
}
