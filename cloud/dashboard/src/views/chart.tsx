// The large chart: series found by search and compared, other times laid over, everything of it in the address.
import '../style/chart.css'
import '../style/compare.css'
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { chartAddress, mostSeries, parseChartAddress, type ChartState } from '../chart/chart-address.ts'
import { lengthTexts, overTexts } from '../chart/chart-words.ts'
import { SeriesPicker } from '../chart/series-picker.tsx'
import { fitsWindow, shifts } from '../chart/shifts.ts'
import { chartLengths, lengthWindow } from '../chart/time-window.ts'
import { TraceChart } from '../chart/trace-chart.tsx'
import type { ChartSpan, TraceSpec } from '../chart/traces.ts'
import type { City } from '../city/city.ts'
import { ChoiceRow } from '../parts/choice-row.tsx'
import { routeHash } from '../router.ts'
import { localized, t } from '../text/language.ts'

const heightPx = 360
const addressAfterMs = 250

/** Each series at its own time, then each at the times laid over; four at most. */
function specsOf({ series, over, length }: Pick<ChartState, 'series' | 'over' | 'length'>): readonly TraceSpec[] {
  const window = lengthWindow(length, Date.now())
  const fitting = over.filter((shift) => fitsWindow(shift, window))
  return (['none', ...fitting] as const)
    .flatMap((shift) => series.map((id) => ({ series: id, shift })))
    .slice(0, mostSeries)
}

type Over = ChartState['over']

function OverRow(props: { readonly state: ChartState; readonly choose: (over: Over) => void }) {
  const { state, choose } = props
  const { series, over, length } = state
  const window = lengthWindow(length, Date.now())
  const room = specsOf(state).length + series.length <= mostSeries
  return (
    <div class="over">
      <h2 id="over">{t('chart.over')}</h2>
      <div class="choices" role="group" aria-labelledby="over">
        {shifts.map((shift) => {
          const chosen = over.includes(shift) && fitsWindow(shift, window)
          return (
            <button
              key={shift}
              type="button"
              class="choice"
              aria-pressed={chosen}
              disabled={!fitsWindow(shift, window) || (!chosen && !room)}
              onClick={() => choose(over.includes(shift) ? over.filter((one) => one !== shift) : [...over, shift])}
            >
              {t(overTexts[shift])}
            </button>
          )
        })}
      </div>
      <p class="quiet">{t('chart.overTooLong')}</p>
    </div>
  )
}

/** Title: the series, and the page of their place where it is one. */
function Head({ city, series }: { readonly city: City; readonly series: readonly string[] }) {
  const items = series.flatMap((id) => city.latest.value.get(id) ?? [])
  const places = [...new Set(items.map(({ site }) => site))]
  const site = places.length === 1 ? city.sites.value.find(({ id }) => id === places[0]) : undefined
  const labels = [...new Set(items.map(({ label }) => localized(label)))].join(t('chart.and'))
  return (
    <>
      <p class="back">
        {site === undefined ? (
          <a href={routeHash({ view: 'overview' })}>{t('site.back')}</a>
        ) : (
          <a href={routeHash({ view: 'site', site: site.id })}>{localized(site.name)}</a>
        )}
      </p>
      <h1>{labels === '' ? t('chart.title') : labels}</h1>
    </>
  )
}

export function ChartPage({ at = '', city }: { readonly at: string | undefined; readonly city: City }) {
  const begun = parseChartAddress(at)
  const series = useSignal(begun.series)
  const over = useSignal<Over>(begun.over)
  const span = useSignal<ChartSpan>({ length: begun.length, zoom: begun.zoom })
  const written = useRef(at)
  const state: ChartState = { series: series.value, over: over.value, length: span.value.length, zoom: span.value.zoom }
  const known = series.value.filter((id) => city.latest.value.has(id))
  const specs = useMemo(() => specsOf({ ...state, series: known }), [known.join(' '), over.value, span.value.length])

  /** Somebody opened another link while this page was shown. */
  useEffect(() => {
    if (at === written.current) return
    const next = parseChartAddress(at)
    written.current = at
    series.value = next.series
    over.value = next.over
    span.value = { length: next.length, zoom: next.zoom }
  }, [at, series, over, span])
  /** The address follows what is shown, so that it can be sent; without an entry of the history for each step. */
  useSignalEffect(() => {
    const address = chartAddress({ series: series.value, over: over.value, ...span.value })
    const timer = setTimeout(() => {
      if (address === written.current) return
      written.current = address
      history.replaceState(null, '', routeHash({ view: 'chart', at: address }))
    }, addressAfterMs)
    return () => clearTimeout(timer)
  })

  if (!city.loaded.value) return <h1>{t('app.loading')}</h1>
  const unknown = series.value.filter((id) => !city.latest.value.has(id))
  return (
    <>
      <Head city={city} series={series.value} />
      <ChoiceRow
        label={t('chart.range')}
        chosen={span.value.length}
        choose={(length) => (span.value = { length, zoom: undefined })}
        choices={chartLengths.map((one) => ({ value: one, text: t(lengthTexts[one]) }))}
      />
      {unknown.length > 0 && <p class="fault">{t('chart.unknownSeries', { series: unknown.join(', ') })}</p>}
      {specs.length === 0 ? (
        <p class="empty">{t('chart.pick')}</p>
      ) : (
        <section class="chart-large" aria-label={t('chart.title')}>
          <TraceChart city={city} specs={specs} span={span} height={heightPx} />
        </section>
      )}
      <section class="compare" aria-labelledby="compare">
        <h2 id="compare">{t('chart.compare')}</h2>
        <SeriesPicker city={city} chosen={series.value} choose={(chosen) => (series.value = chosen)} />
        {series.value.length > 0 && <OverRow state={state} choose={(chosen) => (over.value = chosen)} />}
      </section>
    </>
  )
}
