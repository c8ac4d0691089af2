// The drawing in its frame: drawn anew when readings or window change, moved by pointer, fingers and keys, told aloud by a live region.
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { toDisplay } from '../format/units.ts'
import { t } from '../text/language.ts'
import { nextTime, type ChartModel } from './chart-model.ts'
import { movesOf, type ChartView } from './chart-view.ts'
import { axisUnitText, tickText, timeTick } from './chart-words.ts'
import { followGestures, type Gestures } from './plot-gestures.ts'
import type { Plot, PlotOptions } from './plot.ts'
import type { PlotMarks } from './plot-marks.ts'
import { pointedText } from './read-out.tsx'

const announceMs = 300
const fineStep = 1
const coarseStep = 10

/** What uPlot must know before it draws; another key asks for another plot. */
export function plotShape({
  curves,
  axes,
}: ChartModel): Pick<PlotOptions, 'curves' | 'axes'> & { readonly key: string } {
  return {
    key: [
      ...curves.map(({ side }) => side),
      ...axes.map((axis) => `${axis.side} ${axisUnitText(axis)} ${axis.switchWords?.join(' ')}`),
    ].join('\n'),
    curves: curves.map(({ side }) => side),
    axes: axes.map((axis) => ({
      side: axis.side,
      unit: axisUnitText(axis),
      tick: (value, step) => tickText(value, step, axis),
      states: axis.switchWords === undefined ? undefined : [0, 1],
    })),
  }
}

/** Limits in the unit of their axis; silences only where one curve is drawn, since others may go on through them. */
export function plotMarks({ model, marks, limits }: Pick<ChartView, 'model' | 'marks' | 'limits'>): PlotMarks {
  const { curves } = model.value
  return {
    marks: marks.value.filter(({ kind }) => kind !== 'gap' || curves.length === 1),
    limits: limits.value.flatMap((ofCurve, place) => {
      const curve = curves[place]
      if (curve === undefined) return []
      return ofCurve.map(({ steps }) => ({
        side: curve.side,
        steps: steps.map(({ from, to, value }) => ({ fromMs: from, toMs: to, value: toDisplay(value, curve.display) })),
      }))
    }),
  }
}

/** Another step of keys from the cursor; undefined: the key is not ours. */
function keyAct(event: KeyboardEvent, view: ChartView): (() => void) | undefined {
  const moves = movesOf(view)
  const go = (steps: number, from: number | undefined): void => {
    view.cursor.value = nextTime(view.model.peek().columns, view.window.peek(), from, steps)
  }
  const step = event.shiftKey ? coarseStep : fineStep
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(-step, view.cursor.peek()),
    ArrowRight: () => go(step, view.cursor.peek()),
    Home: () => go(1, undefined),
    End: () => go(-1, undefined),
    '+': () => moves.zoom(0.5),
    ';': () => moves.zoom(0.5),
    '=': () => moves.zoom(0.5),
    '-': () => moves.zoom(2),
    PageUp: () => moves.pan(-0.8),
    PageDown: () => moves.pan(0.8),
    '0': moves.whole,
    ...(view.span.peek().zoom === undefined ? {} : { Escape: moves.whole }),
  }
  return event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key]
}

interface FrameProps {
  readonly view: ChartView
  /** Pixels. */
  readonly height: number
  readonly describe: string
}

/** The plot in the element of the first ref, as long as the component lives; the second holds it once it is loaded. */
function usePlot({ view, height }: FrameProps) {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const ready = useSignal(0)
  const shape = plotShape(view.model.value)
  useEffect(() => {
    let closed = false
    const frame = element.current
    if (frame === null) return undefined
    void import('./plot.ts').then(({ createPlot }) => {
      if (closed) return
      plot.current = createPlot({
        ...shape,
        element: frame,
        height,
        timeTick,
        pointed: (timeMs) => (view.cursor.value = timeMs),
        brushed: (fromMs, toMs) => movesOf(view).brush(fromMs, toMs),
      })
      ready.value += 1
    })
    const stop = followGestures(frame, gesturesOf(view, plot))
    return () => {
      closed = true
      stop()
      plot.current?.close()
      plot.current = undefined
    }
  }, [shape.key, height, view])
  useSignalEffect(() => {
    void ready.value
    plot.current?.show(view.model.value.columns, view.window.value, plotMarks(view))
  })
  return { element, plot }
}

function gesturesOf(view: ChartView, plot: { readonly current: Plot | undefined }): Gestures {
  const moves = movesOf(view)
  return {
    zoom: (factor, x) => moves.zoom(factor, plot.current?.timeAt(x)),
    pan: moves.pan,
    point(x) {
      const timeMs = plot.current?.timeAt(x)
      if (timeMs === undefined) return
      view.cursor.value = nextTime(view.model.peek().columns, view.window.peek(), timeMs, 0)
      plot.current?.point(view.cursor.peek())
    },
    isZoomed: () => view.span.peek().zoom !== undefined,
  }
}

export function PlotFrame(props: FrameProps) {
  const { view, height, describe } = props
  const { element, plot } = usePlot(props)
  const aloud = useSignal('')
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  function pressed(event: KeyboardEvent): void {
    const act = keyAct(event, view)
    if (act === undefined) return
    event.preventDefault()
    act()
    plot.current?.point(view.cursor.peek())
    clearTimeout(timer.current)
    timer.current = setTimeout(() => (aloud.value = pointedText(view) ?? describe), announceMs)
  }
  return (
    <>
      <div
        class="plot"
        ref={element}
        role="application"
        aria-roledescription={t('chart.title')}
        aria-label={`${describe} ${t('chart.keys')}`}
        tabIndex={0}
        style={{ minHeight: `${height}px` }}
        onKeyDown={pressed}
        onDblClick={() => movesOf(view).whole()}
      />
      <p class="visually-hidden" aria-live="polite">
        {aloud.value}
      </p>
    </>
  )
}
