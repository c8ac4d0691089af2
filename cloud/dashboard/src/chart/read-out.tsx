// Legend and read-out in one: each curve with its value at the cursor, or over the window while nothing is pointed at.
import '../style/chart-marks.css'
import { t } from '../text/language.ts'
import { extentWithin, shownExtent, type Curve } from './chart-model.ts'
import type { ChartView } from './chart-view.ts'
import {
  bucketTime,
  dayText,
  extentText,
  limitText,
  markKindText,
  markText,
  spanText,
  summaryText,
} from './chart-words.ts'
import { curveStyle } from './curve-styles.ts'
import { bucketNear } from './envelope.ts'
import { marksWithin, type Mark } from './marks.ts'
import { measuredMs } from './shifts.ts'
import type { TimeWindow } from './time-window.ts'

/** Marks that are named in the line of the read-out. */
const mostNamed = 2

function valueAt(curve: Curve, timeMs: number, nowMs: number): string {
  const bucket = bucketNear(curve.envelope, timeMs, curve.gaps)
  if (bucket === undefined) return t('chart.noneThen')
  const value = extentText(shownExtent(bucket, curve.display), curve)
  const { shift } = curve.spec
  const measured = shift === 'none' ? undefined : measuredMs(timeMs, shift)
  return measured === undefined ? value : t('chart.overDate', { value, date: dayText(measured, nowMs) })
}

/** The span that the cursor stands in: of the curve that has the narrowest there. */
function spanAt({ model }: ChartView, timeMs: number): TimeWindow {
  const buckets = model.value.curves.flatMap(({ envelope, gaps }) => bucketNear(envelope, timeMs, gaps) ?? [])
  const [narrowest] = buckets.toSorted((a, b) => a.toMs - a.fromMs - (b.toMs - b.fromMs))
  return narrowest ?? { fromMs: timeMs, toMs: timeMs }
}

function marksText(marks: readonly Mark[], nowMs: number): string {
  const named = marks.slice(0, mostNamed).map((mark) => markText(mark, nowMs))
  const more = marks.length - named.length
  return [...named, ...(more > 0 ? [t('chart.markMore', { n: more })] : [])].join('　')
}

/** Everything that stands at the cursor, as one sentence; undefined when nothing is pointed at. */
export function pointedText(view: ChartView): string | undefined {
  const timeMs = view.cursor.value
  if (timeMs === undefined) return undefined
  const { toMs: now } = view.window.value
  const span = spanAt(view, timeMs)
  const { curves } = view.model.value
  const values = curves.map((curve) => {
    const value = valueAt(curve, timeMs, now)
    return curves.length === 1 ? value : `${curve.name} ${value}`
  })
  return [bucketTime(span, now), ...values, marksText(marksWithin(view.marks.value, span), now)]
    .filter((part) => part !== '')
    .join('　')
}

function Swatch({ place }: { readonly place: number }) {
  return (
    <svg class={`swatch swatch-${place + 1}`} viewBox="0 0 28 10" aria-hidden="true">
      <line x1="1" y1="5" x2="27" y2="5" stroke-dasharray={curveStyle(place).dash.join(' ')} />
    </svg>
  )
}

export function ReadOut({ view }: { readonly view: ChartView }) {
  const { curves } = view.model.value
  const timeMs = view.cursor.value
  const window = view.window.value
  const now = window.toMs
  const span = timeMs === undefined ? undefined : spanAt(view, timeMs)
  return (
    <div class="read-out">
      <p class="read-out-time">{span === undefined ? spanText(window, Date.now()) : bucketTime(span, now)}</p>
      <ul class="read-out-curves">
        {curves.map((curve, place) => (
          <li key={`${curve.spec.series} ${curve.spec.shift}`}>
            <Swatch place={place} />
            <span class="read-out-name">{curve.name}</span>
            <b>
              {timeMs === undefined ? summaryText(extentWithin(curve, window), curve) : valueAt(curve, timeMs, now)}
            </b>
          </li>
        ))}
      </ul>
      <p class="read-out-marks">{span === undefined ? '' : marksText(marksWithin(view.marks.value, span), now)}</p>
    </div>
  )
}

/** Which marks there are, each kind once, and the limits with their values. */
export function MarkLegend({ view }: { readonly view: ChartView }) {
  const kinds = [...new Set(view.marks.value.map(({ kind }) => kind))]
  const limits = view.model.value.curves.flatMap((curve, place) =>
    (view.limits.value[place] ?? []).map((limit) => limitText(limit, curve)),
  )
  if (kinds.length === 0 && limits.length === 0) return null
  return (
    <ul class="mark-legend" aria-label={t('chart.legend')}>
      {kinds.map((kind) => (
        <li key={kind}>
          <span class={`mark-sign mark-sign-${kind}`} aria-hidden="true" />
          {markKindText(kind)}
        </li>
      ))}
      {[...new Set(limits)].map((text) => (
        <li key={text}>
          <span class="mark-sign mark-sign-limit" aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  )
}
