// A chart as a picture for a report: always on white, with title, place, span of time, units, curves and marks written in it.
import { t } from '../text/language.ts'
import { dateTime } from '../format/time.ts'
import { language } from '../text/language.ts'
import { extentWithin } from './chart-model.ts'
import { placeOf, type ChartView } from './chart-view.ts'
import { axisUnitText, limitText, markKindText, spanText, summaryText, timeTick } from './chart-words.ts'
import { curveStyle } from './curve-styles.ts'
import { createPlot } from './plot.ts'
import { plotMarks, plotShape } from './plot-frame.tsx'

const width = 1200
const plotHeight = 460
const margin = 24
const line = 26

/** Resolves with a PNG. */
export async function chartPicture(view: ChartView): Promise<Blob> {
  const paper = document.createElement('div')
  paper.className = 'chart-paper'
  document.body.append(paper)
  try {
    const plot = createPlot({
      ...plotShape(view.model.value),
      element: paper,
      width: width - 2 * margin,
      height: plotHeight,
      timeTick,
      pointed: () => undefined,
      brushed: () => undefined,
    })
    plot.show(view.model.value.columns, view.window.value, plotMarks(view))
    // uPlot draws at the end of the present turn.
    await new Promise((resolve) => setTimeout(resolve))
    const blob = await pngOf(compose(view, plot.canvas, getComputedStyle(paper)))
    plot.close()
    return blob
  } finally {
    paper.remove()
  }
}

function compose(view: ChartView, drawing: HTMLCanvasElement, style: CSSStyleDeclaration): HTMLCanvasElement {
  const { curves } = view.model.value
  const notes = notesOf(view)
  const head = margin + 34 + line + curves.length * line + line
  const canvas = document.createElement('canvas')
  const scale = drawing.width / (width - 2 * margin)
  canvas.width = width * scale
  canvas.height = (head + plotHeight + (notes === '' ? 0 : line) + line + margin) * scale
  const pen = canvas.getContext('2d')
  if (pen === null) throw new Error('this browser draws no pictures')
  pen.scale(scale, scale)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const write = (text: string, y: number, font: string, fill: string, x = margin): void => {
    pen.font = `${font} ${style.fontFamily}`
    pen.fillStyle = colour(fill)
    pen.fillText(text, x, y, width - x - margin)
  }
  pen.fillStyle = colour('--surface')
  pen.fillRect(0, 0, width, canvas.height / scale)
  const title = [placeOf(view), view.label.value].filter((part) => part !== '').join('　')
  write(title, margin + 22, 'bold 24px', '--text')
  write(spanText(view.window.value, Infinity), margin + 34 + 16, '16px', '--text-quiet')
  for (const [place, curve] of curves.entries()) {
    const y = margin + 34 + line + place * line + 18
    strokeSwatch(pen, y - 5, place, colour(curveStyle(place).colour))
    write(
      `${curve.name}　${summaryText(extentWithin(curve, view.window.value), curve)}`,
      y,
      '16px',
      '--text',
      margin + 46,
    )
  }
  writeUnits(view, write, head - 4, pen, style)
  pen.drawImage(drawing, margin, head, width - 2 * margin, plotHeight)
  if (notes !== '') write(notes, head + plotHeight + 18, '14px', '--text')
  const credit = t('chart.credit', { time: dateTime(Date.now(), language.value) })
  write(credit, head + plotHeight + (notes === '' ? 0 : line) + 20, '14px', '--text-quiet')
  return canvas
}

function strokeSwatch(pen: CanvasRenderingContext2D, y: number, place: number, stroke: string): void {
  pen.strokeStyle = stroke
  pen.lineWidth = 3
  pen.setLineDash([...curveStyle(place).dash])
  pen.beginPath()
  pen.moveTo(margin, y)
  pen.lineTo(margin + 36, y)
  pen.stroke()
  pen.setLineDash([])
}

type Write = (text: string, y: number, font: string, fill: string, x?: number) => void

/** Above each axis. */
function writeUnits(
  { model }: ChartView,
  write: Write,
  y: number,
  pen: CanvasRenderingContext2D,
  style: CSSStyleDeclaration,
): void {
  for (const axis of model.value.axes) {
    const unit = axisUnitText(axis)
    pen.font = `14px ${style.fontFamily}`
    const x = axis.side === 'left' ? margin + 8 : width - margin - pen.measureText(unit).width - 8
    write(unit, y, '14px', '--text-quiet', x)
  }
}

/** Which marks are drawn, and the limits with their values. */
function notesOf({ model, marks, limits }: ChartView): string {
  const kinds = [...new Set(marks.value.map(({ kind }) => kind))].map(markKindText)
  const lines = model.value.curves.flatMap((curve, place) =>
    (limits.value[place] ?? []).map((limit) => limitText(limit, curve)),
  )
  const signs = kinds.length === 0 ? [] : [`${t('chart.legend')}: ${kinds.join(t('chart.and'))}`]
  return [...signs, ...new Set(lines)].join('　')
}

function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no picture was made')) : resolve(blob)), 'image/png')
  })
}
