// The readings of a chart as a table in pages, for those who do not see the drawing and for those who want the numbers.
import '../style/readings-table.css'
import { useSignal } from '@preact/signals'
import { t } from '../text/language.ts'
import { shownExtent, type Curve } from './chart-model.ts'
import type { ChartView } from './chart-view.ts'
import { bucketTime, extentText, markText, said, spanText } from './chart-words.ts'
import { bucketAt, within } from './envelope.ts'
import { marksWithin } from './marks.ts'
import { tablePage } from './table-page.ts'
import type { TimeWindow } from './time-window.ts'

const pageRows = 50

/** Spans in which any curve has a reading, newest first. */
function rowsOf(curves: readonly Curve[], window: TimeWindow): readonly TimeWindow[] {
  const spans = new Map<number, TimeWindow>()
  for (const { envelope } of curves) {
    for (const bucket of within(envelope, window)) {
      if (!spans.has(bucket.fromMs)) spans.set(bucket.fromMs, bucket)
    }
  }
  return [...spans.values()].sort((a, b) => b.fromMs - a.fromMs)
}

function Cells({ curve, timeMs, apart }: { readonly curve: Curve; readonly timeMs: number; readonly apart: boolean }) {
  const bucket = bucketAt(curve.envelope, timeMs)
  const extent = bucket === undefined ? undefined : shownExtent(bucket, curve.display)
  if (!apart) return <td class="number">{extent === undefined ? '' : extentText(extent, curve)}</td>
  return (
    <>
      <td class="number">{extent === undefined ? '' : said(extent.mean, curve)}</td>
      <td class="number">{extent === undefined ? '' : said(extent.min, curve)}</td>
      <td class="number">{extent === undefined ? '' : said(extent.max, curve)}</td>
    </>
  )
}

function Heads({ curves }: { readonly curves: readonly Curve[] }) {
  const names = curves.length === 1 ? [t('chart.mean'), t('chart.min'), t('chart.max')] : curves.map(({ name }) => name)
  return (
    <tr>
      <th scope="col">{t('chart.time')}</th>
      {names.map((name) => (
        <th key={name} scope="col" class="number">
          {name}
        </th>
      ))}
      <th scope="col">{t('chart.notes')}</th>
    </tr>
  )
}

function Pages({ view }: { readonly view: ChartView }) {
  const chosen = useSignal(0)
  const { curves } = view.model.value
  const window = view.window.value
  const { rows, first, last, total, page, pages } = tablePage(rowsOf(curves, window), chosen.value, pageRows)
  const span = spanText(window, Date.now())
  return (
    <>
      {/* Reachable by keyboard, since it may have to be moved sideways. */}
      <div class="table-scroll" role="region" aria-label={t('chart.table')} tabIndex={0}>
        <table class="table">
          <caption>{t('chart.caption', { label: view.label.value, span })}</caption>
          <thead>
            <Heads curves={curves} />
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.fromMs}>
                <th scope="row">{bucketTime(row, window.toMs)}</th>
                {curves.map((curve) => (
                  <Cells
                    key={`${curve.spec.series} ${curve.spec.shift}`}
                    curve={curve}
                    timeMs={row.fromMs}
                    apart={curves.length === 1}
                  />
                ))}
                <td>
                  {marksWithin(view.marks.value, row)
                    .map((mark) => markText(mark, window.toMs))
                    .join('、')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="table-pages">
        <p aria-live="polite">{t('chart.rows', { total, first, last })}</p>
        <button
          type="button"
          class="button button-outline"
          disabled={page === 0}
          onClick={() => (chosen.value = page - 1)}
        >
          {t('chart.newer')}
        </button>
        <button
          type="button"
          class="button button-outline"
          disabled={page >= pages - 1}
          onClick={() => (chosen.value = page + 1)}
        >
          {t('chart.older')}
        </button>
      </div>
    </>
  )
}

export function ReadingsTable({ view }: { readonly view: ChartView }) {
  const open = useSignal(false)
  return (
    <details class="chart-table" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{t('chart.table')}</summary>
      {open.value && <Pages view={view} />}
    </details>
  )
}
