// The drawing itself: uPlot with the envelope of least and greatest behind each line of means. Loaded with the first chart.
import 'uplot/dist/uPlot.min.css'
import UPlot from 'uplot'
import type { Side } from './axis-of.ts'
import { curveStyle } from './curve-styles.ts'
import type { DrawnColumns } from './drawn-columns.ts'
import { drawBehind, drawOver, type PlotMarks } from './plot-marks.ts'
import type { TimeWindow } from './time-window.ts'

interface PlotAxis {
  readonly side: Side
  /** Written above it. */
  readonly unit: string
  /** Text of a tick; `step` is the distance between ticks. */
  readonly tick: (value: number, step: number) => string
  /** Its only ticks, least first, for what has but a few states; undefined: as the values ask. */
  readonly states: readonly number[] | undefined
}

export interface PlotOptions {
  readonly element: HTMLElement
  readonly height: number
  /** Pixels; undefined: as wide as the element. */
  readonly width?: number
  /** Side of each curve, in their order. */
  readonly curves: readonly Side[]
  readonly axes: readonly PlotAxis[]
  /** Text of a tick on the time axis; `stepS` is the distance between ticks. */
  readonly timeTick: (timeMs: number, stepS: number) => string
  /** Where the pointer is, Unix ms; undefined when it is elsewhere. */
  readonly pointed: (timeMs: number | undefined) => void
  /** A span was brushed. */
  readonly brushed: (fromMs: number, toMs: number) => void
}

export interface Plot {
  show(columns: DrawnColumns, window: TimeWindow, marks: PlotMarks): void
  /** Puts the cursor at a time. */
  point(timeMs: number | undefined): void
  /** Of a place in the plot, px from the left edge of its element. */
  timeAt(x: number): number
  readonly canvas: HTMLCanvasElement
  close(): void
}

const font = '12px'
const axisWidth = 56
const shortestBrush = 8

/** Room above and below the states, so that a line along one of them is not cut. */
const stateRoom = 0.15

/** What changes while a plot is shown. */
interface Shown {
  marks: PlotMarks
  columns: DrawnColumns | undefined
  /** Where the keyboard put the cursor, until the pointer moves. */
  held: number | undefined
}

export function createPlot(options: PlotOptions): Plot {
  const { element, height } = options
  const shown: Shown = { marks: { marks: [], limits: [] }, columns: undefined, held: undefined }
  const nothing = [[], ...options.curves.flatMap(() => [[], [], []])] as UPlot.AlignedData
  const width = (): number => options.width ?? Math.max(200, element.clientWidth)
  const plot = new UPlot({ ...uplotOptions(options, shown), width: width(), height }, nothing, element)
  const listeners = new AbortController()
  const { signal } = listeners
  const moved = (event: MouseEvent): void => {
    // What lies below a mouse at rest may change its place: the browser tells of a movement by nothing, and nobody points.
    if (shown.held !== undefined && event.movementX === 0 && event.movementY === 0) event.stopPropagation()
    else shown.held = undefined
  }
  element.addEventListener('mousemove', moved, { capture: true, signal })
  const sized = new ResizeObserver(() => plot.setSize({ width: width(), height }))
  if (options.width === undefined) sized.observe(element)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plot.redraw(false, true), { signal })
  const point = (timeMs: number | undefined): void => {
    shown.held = timeMs
    const left = timeMs === undefined ? -10 : plot.valToPos(timeMs / 1000, 'x')
    plot.setCursor({ left, top: timeMs === undefined ? -10 : 1 }, false)
  }
  return {
    show(columns, { fromMs, toMs }, marks) {
      shown.marks = marks
      plot.batch(() => {
        if (columns !== shown.columns) plot.setData(columns, false)
        shown.columns = columns
        plot.setScale('x', { min: fromMs / 1000, max: toMs / 1000 })
      })
      if (shown.held !== undefined) point(shown.held)
    },
    point,
    timeAt: (x) => plot.posToVal(x - plot.over.offsetLeft, 'x') * 1000,
    canvas: plot.ctx.canvas,
    close() {
      listeners.abort()
      sized.disconnect()
      plot.destroy()
    },
  }
}

function uplotOptions(options: PlotOptions, shown: Shown): Omit<UPlot.Options, 'width' | 'height'> {
  const colour = (name: string): string => getComputedStyle(options.element).getPropertyValue(name).trim()
  return {
    // Japan has no summer time: a fixed zone of +9 h whatever the browser's own.
    tzDate: (timeS) => UPlot.tzDate(new Date(timeS * 1000), 'Asia/Tokyo'),
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: shortestBrush }, points: { size: 7 } },
    scales: {
      x: { time: true },
      ...Object.fromEntries(options.axes.map(({ side, states }) => [side, { range: rangeOf(side, states, shown) }])),
    },
    axes: axesOf(options, colour),
    series: [{}, ...options.curves.flatMap((side, place) => curveSeries(side, place, colour))],
    bands: options.curves.map((_, place) => ({
      series: [3 * place + 3, 3 * place + 2] as [number, number],
      fill: () => colour(curveStyle(place).band),
    })),
    hooks: {
      drawClear: [(plot) => drawBehind(plot, shown.marks, colour)],
      draw: [(plot) => drawOver(plot, shown.marks, colour)],
      setCursor: [({ cursor, data }) => shown.held === undefined && options.pointed(timeOf(data, cursor.idx))],
      setSelect: [(plot) => takeBrush(plot, options)],
    },
  }
}

function takeBrush(plot: UPlot, { brushed }: PlotOptions): void {
  const { left, width } = plot.select
  if (width < shortestBrush) return
  brushed(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000)
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

function timeOf(data: UPlot.AlignedData, index: number | null | undefined): number | undefined {
  const timeS = typeof index === 'number' ? data[0][index] : undefined
  return timeS === undefined ? undefined : timeS * 1000
}

function curveSeries(side: Side, place: number, colour: (name: string) => string): UPlot.Series[] {
  const style = curveStyle(place)
  const hidden = { scale: side, stroke: 'transparent', width: 0, points: { show: false } }
  const line = { scale: side, stroke: () => colour(style.colour), width: 2, dash: [...style.dash] }
  return [line, hidden, hidden]
}

function axesOf({ element, axes, timeTick }: PlotOptions, colour: (name: string) => string): UPlot.Axis[] {
  const face = `${font} ${getComputedStyle(element).fontFamily}`
  const stroke = (): string => colour('--text-quiet')
  const grid = { stroke: () => colour('--line-soft'), width: 1 }
  const plain = { font: face, stroke, ticks: { show: false } }
  return [
    {
      ...plain,
      grid,
      space: 64,
      size: 32,
      values: (_plot, ticks, _axis, _space, stepS) => ticks.map((tickS) => timeTick(tickS * 1000, stepS)),
    },
    ...axes.map(({ side, states, tick }): UPlot.Axis => ({
      ...plain,
      scale: side,
      // Left and right; their names are a const enum, which is not there when this runs.
      side: (side === 'left' ? 3 : 1) as unknown as UPlot.Axis.Side,
      grid: side === 'left' ? grid : { show: false },
      size: axisWidth,
      space: 32,
      ...(states === undefined ? {} : { splits: () => [...states] }),
      values: (_plot, ticks, _axis, _space, step) => ticks.map((value) => tick(value, step)),
    })),
  ]
}

/** An axis that holds all states, or else one that is not pulled apart by the noise of a constant value. */
function rangeOf(side: Side, states: PlotAxis['states'], shown: Shown) {
  return (_plot: UPlot, least: number | null, most: number | null): [number, number] => {
    if (states !== undefined) return [Math.min(...states) - stateRoom, Math.max(...states) + stateRoom]
    if (least === null || most === null) return [0, 1]
    const [low, high] = withLimits(shown.marks, side, least, most)
    const room = Math.max((high - low) * 0.12, Math.abs(high) * 0.005, 0.05)
    const floor = low >= 0 && low - room < 0 ? 0 : low - room
    return [floor, high + room]
  }
}

/** A limit is shown when it lies within half the height of the curves; one far away would press them flat. */
function withLimits({ limits }: PlotMarks, side: Side, least: number, most: number): readonly [number, number] {
  const reach = Math.max((most - least) / 2, Math.abs(most) * 0.1)
  const near = limits
    .filter((limit) => limit.side === side)
    .flatMap(({ steps }) => steps.map(({ value }) => value))
    .filter((value) => value >= least - reach && value <= most + reach)
  return [Math.min(least, ...near), Math.max(most, ...near)]
}
