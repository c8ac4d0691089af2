// The chart of one series with its summary in words and its table, for those who do not see the drawing.
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { LatestItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { hourMinute, monthDay, shortTime } from '../format/time.ts'
import { isSwitch, numberText, type DisplayUnit } from '../format/units.ts'
import { localUnit, valueText } from '../format/value-text.ts'
import { language, localized, t } from '../text/language.ts'
import type { TextKey } from '../text/dictionary.ts'
import { chartColumns, extentAt, extentOf, inDisplayUnit, tableRows, type Columns, type Extent } from './columns.ts'
import type { Plot } from './plot.ts'
import type { History, Span } from './readings.ts'
import { useReadings } from './use-readings.ts'
import { WhenSeen } from './when-seen.tsx'

export type Period = '1h' | '24h' | '7d' | '30d'

const hourMs = 3_600_000
const heightPx = 200
const mostRows = 24

export const periods: readonly { readonly period: Period; readonly text: TextKey }[] = [
  { period: '1h', text: 'chart.range1h' },
  { period: '24h', text: 'chart.range24h' },
  { period: '7d', text: 'chart.range7d' },
  { period: '30d', text: 'chart.range30d' },
]

/** Spans of whole minutes or seconds, a few hundred to a chart: about one to each two pixels. */
const spans: Readonly<Record<Period, Span>> = {
  '1h': { lengthMs: hourMs, buckets: 360 },
  '24h': { lengthMs: 24 * hourMs, buckets: 288 },
  '7d': { lengthMs: 7 * 24 * hourMs, buckets: 336 },
  '30d': { lengthMs: 30 * 24 * hourMs, buckets: 360 },
}

/** One chart's content, in the unit that people read. */
interface Drawing {
  readonly columns: Columns
  readonly display: DisplayUnit
  readonly extent: Extent | undefined
  /** What 0 and 1 are called, where the series is a switch. */
  readonly switchWords: readonly string[] | undefined
  readonly fromMs: number
  readonly toMs: number
}

function drawingOf(history: History, item: LatestItem): Drawing {
  const stored = chartColumns(history.buckets, history.live, history)
  const extent = extentOf(stored)
  const magnitude = extent === undefined ? 0 : Math.max(Math.abs(extent.min), Math.abs(extent.max))
  const display = localUnit(item.unit, item.channel, magnitude)
  const columns = inDisplayUnit(stored, display)
  const word = (value: number): string => valueText({ ...item, value, text: null, quality: 'good' })
  const switchWords = isSwitch(item) ? [word(0), word(1)] : undefined
  return { columns, display, extent: extentOf(columns), switchWords, fromMs: history.fromMs, toMs: history.toMs }
}

/** The mean of a switch is the share of the time for which it was on. */
function shareText(mean: number, switchWords: readonly string[]): string {
  const digits = Number.isInteger(mean) ? 0 : 1
  return t('chart.share', { word: switchWords[1] ?? '', share: numberText(100 * mean, digits) })
}

/** A value that is in the display unit already. */
function said(value: number, { display, switchWords }: Drawing): string {
  if (switchWords !== undefined) return switchWords[value] ?? shareText(value, switchWords)
  const { unit, digits, tight } = display
  return unit === '' ? numberText(value, digits) : `${numberText(value, digits)}${tight ? '' : ' '}${unit}`
}

function summaryOf(drawing: Drawing): string {
  if (drawing.extent === undefined) return t('chart.empty')
  const { min, mean, max } = drawing.extent
  if (drawing.switchWords !== undefined) return shareText(mean, drawing.switchWords)
  return t('chart.summary', { min: said(min, drawing), mean: said(mean, drawing), max: said(max, drawing) })
}

function timeTick(timeMs: number, stepS: number): string {
  const midnight = hourMinute(timeMs, 'ja') === '00:00'
  return stepS >= 43_200 || midnight ? monthDay(timeMs, language.value) : hourMinute(timeMs, language.value)
}

/** How many decimals tell ticks of this distance apart: 2.5 needs one. */
function decimalsOf(step: number): number {
  return String(Number(step.toPrecision(6))).split('.')[1]?.length ?? 0
}

function pointedText(drawing: Drawing, index: number): string | undefined {
  const timeMs = drawing.columns.time[index]
  const extent = extentAt(drawing.columns, index)
  if (timeMs === undefined || extent === undefined) return undefined
  const { min, mean, max } = extent
  const time = shortTime(timeMs, drawing.toMs, language.value)
  const texts = { time, min: said(min, drawing), mean: said(mean, drawing), max: said(max, drawing) }
  return t(texts.min === texts.max || drawing.switchWords !== undefined ? 'chart.at' : 'chart.atEnvelope', texts)
}

function Drawn({ drawing, describe }: { readonly drawing: Drawing; readonly describe: string }) {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const newest = useRef(drawing)
  const pointed = useSignal<number | undefined>(undefined)
  newest.current = drawing
  useEffect(() => {
    let closed = false
    void import('./plot.ts').then(({ createPlot }) => {
      if (closed || element.current === null) return
      plot.current = createPlot({
        element: element.current,
        height: heightPx,
        timeTick,
        valueTick: (value, step) => newest.current.switchWords?.[value] ?? numberText(value, decimalsOf(step)),
        states: newest.current.switchWords === undefined ? undefined : [0, 1],
        pointed: (index) => (pointed.value = index),
      })
      plot.current.show(newest.current.columns, newest.current)
    })
    return () => {
      closed = true
      plot.current?.close()
    }
  }, [pointed])
  useEffect(() => plot.current?.show(drawing.columns, drawing), [drawing])
  const text = pointed.value === undefined ? undefined : pointedText(drawing, pointed.value)
  return (
    <>
      <p class="chart-pointed">{text ?? summaryOf(drawing)}</p>
      <div class="plot" ref={element} role="img" aria-label={describe} />
    </>
  )
}

function ReadingsTable({ drawing, label }: { readonly drawing: Drawing; readonly label: string }) {
  const open = useSignal(false)
  const { columns, toMs } = drawing
  return (
    <details class="chart-table" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{t('chart.table')}</summary>
      {open.value && (
        <table class="table">
          <caption class="visually-hidden">{label}</caption>
          <thead>
            <tr>
              <th scope="col">{t('chart.time')}</th>
              <th scope="col" class="number">
                {t('chart.mean')}
              </th>
              <th scope="col" class="number">
                {t('chart.min')}
              </th>
              <th scope="col" class="number">
                {t('chart.max')}
              </th>
            </tr>
          </thead>
          <tbody>
            {tableRows(columns, mostRows).map(({ timeMs, mean, min, max }) => (
              <tr key={timeMs}>
                <th scope="row">{shortTime(timeMs, toMs, language.value)}</th>
                <td class="number">{said(mean, drawing)}</td>
                <td class="number">{said(min, drawing)}</td>
                <td class="number">{said(max, drawing)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  )
}

interface ChartProps {
  readonly series: string
  readonly period: Period
  readonly city: City
}

function ChartBody({ series, period, city }: ChartProps) {
  const readings = useReadings(city, series, spans[period])
  const drawing = useSignal<Drawing | undefined>(undefined)
  const item = city.latest.value.get(series)
  useSignalEffect(() => {
    const history = readings.history.value
    const described = city.latest.peek().get(series)
    void language.value
    if (history !== undefined && history !== 'failed' && described !== undefined) {
      drawing.value = drawingOf(history, described)
    }
  })
  if (readings.history.value === 'failed') {
    return (
      <p class="fault">
        {t('chart.failed')}{' '}
        <button type="button" class="button button-outline" onClick={() => readings.retry()}>
          {t('chart.retry')}
        </button>
      </p>
    )
  }
  if (drawing.value === undefined || item === undefined) return <p class="quiet chart-waiting">{t('app.loading')}</p>
  if (drawing.value.extent === undefined) return <p class="quiet chart-waiting">{t('chart.empty')}</p>
  const label = localized(item.label)
  const range = t(periods.find((one) => one.period === period)?.text ?? 'chart.range24h')
  return (
    <>
      <Drawn
        drawing={drawing.value}
        describe={t('chart.describe', { label, range, summary: summaryOf(drawing.value) })}
      />
      <ReadingsTable drawing={drawing.value} label={label} />
    </>
  )
}

export function SeriesChart(props: ChartProps) {
  const item = props.city.latest.value.get(props.series)
  if (item === undefined) return null
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
        <ChartBody {...props} />
      </WhenSeen>
    </article>
  )
}
