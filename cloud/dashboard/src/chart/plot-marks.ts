// Draws beside the curves what happened: alarms and silences as bands, flaws along the bottom, events along the top, limits as lines.
import type UPlot from 'uplot'
import type { Side } from './axis-of.ts'
import type { TimeWindow } from './time-window.ts'

interface DrawnMark extends TimeWindow {
  readonly kind: 'alarm' | 'event' | 'uncertain' | 'bad' | 'gap'
}

/** In the unit of its axis. */
interface DrawnLimit {
  readonly side: Side
  readonly steps: readonly { readonly fromMs: number; readonly toMs: number; readonly value: number }[]
}

export interface PlotMarks {
  readonly marks: readonly DrawnMark[]
  readonly limits: readonly DrawnLimit[]
}

type Colour = (name: string) => string

const strip = 6
const diamond = 5

/** Behind the curves. */
export function drawBehind(plot: UPlot, { marks }: PlotMarks, colour: Colour): void {
  const { ctx, bbox } = plot
  inside(plot, () => {
    for (const mark of marks) {
      if (mark.kind !== 'alarm' && mark.kind !== 'gap') continue
      const [left, width] = place(plot, mark)
      if (mark.kind === 'alarm') {
        ctx.fillStyle = colour('--chart-alarm')
        ctx.fillRect(left, bbox.top, width, bbox.height)
        ctx.fillStyle = colour('--critical')
        ctx.fillRect(left, bbox.top, width, ratio(plot) * 3)
      } else hatch(plot, left, width, colour('--line'))
    }
  })
}

/** Over the curves. */
export function drawOver(plot: UPlot, { marks, limits }: PlotMarks, colour: Colour): void {
  const { ctx, bbox } = plot
  const unit = ratio(plot)
  inside(plot, () => {
    for (const { side, steps } of limits) drawLimit(plot, side, steps, colour('--critical'))
    for (const mark of marks) {
      const [left, width] = place(plot, mark)
      if (mark.kind === 'bad' || mark.kind === 'uncertain') {
        ctx.fillStyle = colour(mark.kind === 'bad' ? '--critical' : '--chart-uncertain')
        const height = strip * unit * (mark.kind === 'bad' ? 1 : 0.66)
        ctx.fillRect(left - unit, bbox.top + bbox.height - height, width + 2 * unit, height)
      } else if (mark.kind === 'event')
        drawDiamond(ctx, left, bbox.top + 2 * diamond * unit, diamond * unit, colour('--chart-event'))
    }
  })
}

function drawLimit(plot: UPlot, side: Side, steps: DrawnLimit['steps'], stroke: string): void {
  const { ctx } = plot
  ctx.strokeStyle = stroke
  ctx.lineWidth = 1.5 * ratio(plot)
  ctx.setLineDash([6 * ratio(plot), 4 * ratio(plot)])
  ctx.beginPath()
  for (const { fromMs, toMs, value } of steps) {
    const y = plot.valToPos(value, side, true)
    ctx.moveTo(plot.valToPos(fromMs / 1000, 'x', true), y)
    ctx.lineTo(plot.valToPos(toMs / 1000, 'x', true), y)
  }
  ctx.stroke()
  ctx.setLineDash([])
}

function drawDiamond(ctx: CanvasRenderingContext2D, x: number, y: number, size: number, fill: string): void {
  ctx.fillStyle = fill
  ctx.beginPath()
  ctx.moveTo(x, y - size)
  ctx.lineTo(x + size, y)
  ctx.lineTo(x, y + size)
  ctx.lineTo(x - size, y)
  ctx.closePath()
  ctx.fill()
}

function hatch(plot: UPlot, left: number, width: number, stroke: string): void {
  const { ctx, bbox } = plot
  const step = 8 * ratio(plot)
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, bbox.top, width, bbox.height)
  ctx.clip()
  ctx.strokeStyle = stroke
  ctx.lineWidth = ratio(plot)
  ctx.beginPath()
  const first = Math.floor((Math.max(left, bbox.left) - bbox.height) / step) * step
  const end = Math.min(left + width, bbox.left + bbox.width)
  for (let x = first; x < end; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height)
    ctx.lineTo(x + bbox.height, bbox.top)
  }
  ctx.stroke()
  ctx.restore()
}

/** Left edge and width in pixels of the canvas; at least two. */
function place(plot: UPlot, { fromMs, toMs }: TimeWindow): readonly [number, number] {
  const left = plot.valToPos(fromMs / 1000, 'x', true)
  return [left, Math.max(2 * ratio(plot), plot.valToPos(toMs / 1000, 'x', true) - left)]
}

/** Pixels of the canvas for one of the page. */
function ratio({ ctx, width }: UPlot): number {
  return ctx.canvas.width / width
}

/** Nothing is drawn over the axes. */
function inside({ ctx, bbox }: UPlot, draw: () => void): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  draw()
  ctx.restore()
}
