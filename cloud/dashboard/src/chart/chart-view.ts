// What the parts of one chart share: the curves, the window and its marks, the cursor, and the ways to change the window.
import type { ReadonlySignal, Signal } from '@preact/signals'
import type { SeriesMarks } from '../api/chart-api.ts'
import type { ChartModel } from './chart-model.ts'
import type { Mark } from './marks.ts'
import { brushed, lengthWindow, panned, zoomed, type TimeWindow } from './time-window.ts'
import type { ChartSpan } from './traces.ts'

export interface ChartView {
  readonly model: ReadonlySignal<ChartModel>
  readonly window: ReadonlySignal<TimeWindow>
  /** Those that touch the window, silences included; in the order of time. */
  readonly marks: ReadonlySignal<readonly Mark[]>
  /** For each curve. */
  readonly limits: ReadonlySignal<readonly SeriesMarks['limits'][]>
  readonly span: Signal<ChartSpan>
  /** Unix ms; undefined: nothing is pointed at. */
  readonly cursor: Signal<number | undefined>
  /** What the chart is of, for people who do not see it, and for files. */
  readonly label: ReadonlySignal<string>
  /** Where. */
  readonly place: string
}

/** Where, unless the names of the curves say so. */
export function placeOf({ place, model }: Pick<ChartView, 'place' | 'model'>): string {
  return model.value.curves.some(({ name }) => name.startsWith(place)) ? '' : place
}

/** A window that differs from the whole by less than this share of it is the whole. */
const likeWhole = 0.01

export interface WindowMoves {
  readonly zoom: (factor: number, aroundMs?: number) => void
  readonly pan: (share: number) => void
  readonly brush: (fromMs: number, toMs: number) => void
  readonly whole: () => void
}

export function movesOf({ span, window, cursor }: Pick<ChartView, 'span' | 'window' | 'cursor'>): WindowMoves {
  function show(zoom: TimeWindow): void {
    const whole = lengthWindow(span.peek().length, Date.now())
    const near = (whole.toMs - whole.fromMs) * likeWhole
    const isWhole = Math.abs(zoom.fromMs - whole.fromMs) < near && Math.abs(zoom.toMs - whole.toMs) < near
    span.value = { ...span.peek(), zoom: isWhole ? undefined : zoom }
  }
  return {
    zoom(factor, aroundMs) {
      const { fromMs, toMs } = window.peek()
      const pointed = cursor.peek()
      const isShown = pointed !== undefined && pointed >= fromMs && pointed <= toMs
      show(zoomed({ fromMs, toMs }, factor, aroundMs ?? (isShown ? pointed : (fromMs + toMs) / 2), Date.now()))
    },
    pan: (share) => show(panned(window.peek(), share, Date.now())),
    brush: (fromMs, toMs) => show(brushed(fromMs, toMs, Date.now())),
    whole: () => (span.value = { ...span.peek(), zoom: undefined }),
  }
}
