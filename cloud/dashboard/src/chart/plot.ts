// The drawing itself: uPlot with the envelope of least and greatest behind the line of means. Loaded with the first chart.
import 'uplot/dist/uPlot.min.css'
import UPlot from 'uplot'
import type { Columns } from './columns.ts'

export interface PlotOptions {
  readonly element: HTMLElement
  readonly height: number
  /** Text of a tick on the time axis; `stepS` is the distance between ticks. */
  readonly timeTick: (timeMs: number, stepS: number) => string
  /** Text of a tick on the value axis; `step` is the distance between ticks. */
  readonly valueTick: (value: number, step: number) => string
  /** The only ticks of the value axis, least first, for what has but a few states; undefined: as the values ask. */
  readonly states?: readonly number[] | undefined
  /** The reading under the pointer, by its index in the columns; undefined when the pointer is elsewhere. */
  readonly pointed: (index: number | undefined) => void
}

export interface Plot {
  show(columns: Columns, window: { readonly fromMs: number; readonly toMs: number }): void
  close(): void
}

function colour(element: HTMLElement, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim()
}

/** Room above and below the states, so that a line along one of them is not cut. */
const stateRoom = 0.15

/** An axis that holds all states, or else one that is not pulled apart by the noise of a constant value. */
function valueRange(states: PlotOptions['states'], least: number | null, most: number | null): [number, number] {
  if (states !== undefined) return [Math.min(...states) - stateRoom, Math.max(...states) + stateRoom]
  if (least === null || most === null) return [0, 1]
  const room = Math.max((most - least) * 0.12, Math.abs(most) * 0.005, 0.05)
  const floor = least >= 0 && least - room < 0 ? 0 : least - room
  return [floor, most + room]
}

function axes(options: PlotOptions): UPlot.Axis[] {
  const { element, timeTick, valueTick, states } = options
  const font = `12px ${getComputedStyle(element).fontFamily}`
  const stroke = () => colour(element, '--text-quiet')
  const grid = { stroke: () => colour(element, '--line-soft'), width: 1 }
  return [
    {
      font,
      stroke,
      grid,
      ticks: { show: false },
      space: 56,
      size: 32,
      values: (_plot, ticks, _axis, _space, stepS) => ticks.map((tickS) => timeTick(tickS * 1000, stepS)),
    },
    {
      font,
      stroke,
      grid,
      ticks: { show: false },
      size: 56,
      space: 32,
      ...(states === undefined ? {} : { splits: () => [...states] }),
      values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => valueTick(tick, step)),
    },
  ]
}

function seriesStyles(element: HTMLElement): UPlot.Series[] {
  const line = () => colour(element, '--chart-line')
  const hidden = { stroke: 'transparent', width: 0, points: { show: false } }
  return [{}, { stroke: line, width: 2, points: { show: false } }, hidden, hidden]
}

export function createPlot(options: PlotOptions): Plot {
  const { element, height } = options
  const plot = new UPlot(
    {
      width: Math.max(200, element.clientWidth),
      height,
      // Japan has no summer time: a fixed zone of +9 h whatever the browser's own.
      tzDate: (timeS) => UPlot.tzDate(new Date(timeS * 1000), 'Asia/Tokyo'),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: true }, y: { range: (_plot, least, most) => valueRange(options.states, least, most) } },
      axes: axes(options),
      series: seriesStyles(element),
      bands: [{ series: [3, 2], fill: () => colour(element, '--chart-band') }],
      hooks: { setCursor: [({ cursor }) => options.pointed(cursor.idx ?? undefined)] },
    },
    [[], [], [], []],
    element,
  )
  const sized = new ResizeObserver(() => plot.setSize({ width: Math.max(200, element.clientWidth), height }))
  sized.observe(element)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const repaint = (): void => plot.redraw(false, true)
  dark.addEventListener('change', repaint)
  return {
    show(columns, { fromMs, toMs }) {
      plot.batch(() => {
        plot.setData(
          [columns.time.map((ms) => ms / 1000), [...columns.mean], [...columns.min], [...columns.max]],
          false,
        )
        plot.setScale('x', { min: fromMs / 1000, max: toMs / 1000 })
      })
    },
    close() {
      sized.disconnect()
      dark.removeEventListener('change', repaint)
      plot.destroy()
    },
  }
}
