// The chart that every screen shows: curves with their envelope, marks, a read-out, tools, and a table beside it.
import '../style/trace-chart.css'
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { LatestItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { localized, t } from '../text/language.ts'
import { ChartTools } from './chart-tools.tsx'
import { extentWithin, modelOf, type GivenCurve } from './chart-model.ts'
import type { ChartView } from './chart-view.ts'
import { curveName, spanText, summaryText, words } from './chart-words.ts'
import { gapMarks, marksWithin } from './marks.ts'
import { PlotFrame } from './plot-frame.tsx'
import { MarkLegend, ReadOut } from './read-out.tsx'
import { ReadingsTable } from './readings-table.tsx'
import { leapDayLeftOut } from './shifts.ts'
import type { ChartSpan, Traces, TraceSpec, TraceState } from './traces.ts'
import { useMarks, type ChartMarks } from './use-marks.ts'
import { useTraces } from './use-traces.ts'

/** Spans of the whole: about one to each two pixels of a wide screen. */
const spans = 480

export interface TraceChartProps {
  readonly city: City
  /** At most four; those at their own time first. */
  readonly specs: readonly TraceSpec[]
  readonly span: Signal<ChartSpan>
  /** Pixels. */
  readonly height: number
}

function isLoaded(state: TraceState | undefined): state is Exclude<TraceState, string> {
  return state !== undefined && typeof state !== 'string'
}

function siteNames(city: City): (site: string | null) => string {
  return (site) => {
    const found = city.sites.peek().find(({ id }) => id === site)
    return found === undefined ? '' : localized(found.name)
  }
}

/** Series whose description has arrived; the others are not drawn. */
function knownItems(city: City, specs: readonly TraceSpec[]): readonly (LatestItem | undefined)[] {
  return specs.map(({ series }) => city.latest.peek().get(series))
}

function viewOf({ city, specs, span }: TraceChartProps, traces: Traces, found: ReadonlySignal<ChartMarks>): ChartView {
  const items = computed(() => knownItems(city, specs))
  const model = computed(() => {
    const described = items.value.filter((item) => item !== undefined)
    const given = specs.flatMap((spec, index): GivenCurve[] => {
      const [item, envelope] = [items.value[index], traces.states.value[index]]
      if (item === undefined || !isLoaded(envelope)) return []
      return [{ spec, item, envelope, name: curveName(item, spec.shift, described, siteNames(city)) }]
    })
    return modelOf(given, words)
  })
  const marks = computed(() => {
    const gaps = model.value.curves.flatMap(({ gaps }, trace) => gapMarks(gaps, trace))
    return marksWithin([...found.value.marks, ...gaps], traces.window.value).toSorted((a, b) => a.fromMs - b.fromMs)
  })
  return {
    model,
    marks,
    limits: computed(() => found.value.limits),
    label: computed(() => model.value.curves.map(({ name }) => name).join(t('chart.and'))),
    span,
    cursor: signal(undefined),
    window: traces.window,
    place: siteNames(city)(items.peek()[0]?.site ?? null),
  }
}

function Notes({ view, traces, specs, city }: { readonly view: ChartView; readonly traces: Traces } & TraceChartProps) {
  const names = siteNames(city)
  const items = knownItems(city, specs)
  const described = items.filter((item) => item !== undefined)
  const nameOf = (index: number): string => {
    const [item, spec] = [items[index], specs[index]]
    return item === undefined || spec === undefined ? '' : curveName(item, spec.shift, described, names)
  }
  const states = traces.states.value
  const failed = states.flatMap((state, index) => (state === 'failed' ? [nameOf(index)] : []))
  const shown = new Set(view.model.value.curves.map(({ spec }) => spec))
  const leftOut = states.flatMap((state, index) => {
    const spec = specs[index]
    return isLoaded(state) && spec !== undefined && items[index] !== undefined && !shown.has(spec)
      ? [nameOf(index)]
      : []
  })
  const leaps = new Set(specs.flatMap(({ shift }) => leapDayLeftOut(view.window.value, shift) ?? []))
  return (
    <>
      {failed.length > 0 && (
        <p class="fault">
          {t('chart.someFailed', { names: failed.join(t('chart.and')) })}{' '}
          <button type="button" class="button button-outline" onClick={() => traces.retry()}>
            {t('chart.retry')}
          </button>
        </p>
      )}
      {leftOut.length > 0 && <p class="quiet">{t('chart.leftOut', { names: leftOut.join(t('chart.and')) })}</p>}
      {[...leaps].map((year) => (
        <p key={year} class="quiet">
          {t('chart.leapDay', { year })}
        </p>
      ))}
    </>
  )
}

export function TraceChart(props: TraceChartProps) {
  const { city, specs, span, height } = props
  const traces = useTraces(city, specs, span, spans)
  const own = specs.filter(({ shift }) => shift === 'none').map(({ series }) => series)
  const found = useMarks(city, own, traces.window)
  const view = useMemo(() => viewOf(props, traces, found), [traces, found, span])
  const states = traces.states.value
  if (states.length > 0 && states.every((state) => state === 'failed')) {
    return (
      <div class="chart-waiting">
        <p class="fault">
          {t('chart.failed')}{' '}
          <button type="button" class="button button-outline" onClick={() => traces.retry()}>
            {t('chart.retry')}
          </button>
        </p>
      </div>
    )
  }
  if (!states.some(isLoaded)) return <p class="quiet chart-waiting">{t('app.loading')}</p>
  const { curves, axes } = view.model.value
  const extents = curves.map((curve) => extentWithin(curve, view.window.value))
  const summary = curves.map((curve, index) => summaryText(extents[index], curve)).join('　')
  const describe = t('chart.describe', {
    label: view.label.value,
    range: spanText(view.window.value, Date.now()),
    summary,
  })
  return (
    <>
      <ReadOut view={view} />
      <p class="plot-units" aria-hidden="true">
        {axes.map(({ side, display, switchWords }) => (
          <span key={side}>{switchWords === undefined ? display.unit : ''}</span>
        ))}
      </p>
      <div class="plot-place">
        <PlotFrame view={view} height={height} describe={describe} />
        {extents.every((extent) => extent === undefined) && <p class="plot-empty">{t('chart.empty')}</p>}
        {traces.refining.value && <p class="plot-refining">{t('chart.refining')}</p>}
      </div>
      <ChartTools view={view} api={city.api.charts} />
      <MarkLegend view={view} />
      <Notes {...props} view={view} traces={traces} />
      <ReadingsTable view={view} />
    </>
  )
}
