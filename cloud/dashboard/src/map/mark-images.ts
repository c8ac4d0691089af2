// The marks of the map as pictures for MapLibre: outline and colour say the state, the sign inside says the layer; a group says how many.
import { kindStrokes } from '../parts/kind-icon.tsx'
import { markOutlines, type MarkName } from '../parts/state-mark.tsx'
import type { MarkColours } from './surface.ts'
import type { LayerId } from './marks.ts'

/** Strokes on a 24 × 24 grid, as those of the kinds of sites. */
export const layerStrokes: Readonly<Record<LayerId, string>> = {
  streetlight: kindStrokes.streetlight,
  wifi: kindStrokes.wifi,
  gateway: kindStrokes.gateway,
  weather: kindStrokes.weather,
  shelter: 'M3 11l9-7l9 7M5.500 9.500V20h13V9.500M10 20v-6h4v6',
  report: 'M6 21V4h11l-2.500 4L17 12H6',
}

const scale = 2
const markPx = 30
const groupPx = 44

/** The picture of `mark/{layer}/{state}` or `group/{state}/{count}`, for `pixelRatio` 2; undefined for another name. */
export function drawImage(name: string, colours: MarkColours): ImageData | undefined {
  const [what, first = '', second = ''] = name.replace(/^(?:dark|light)\//, '').split('/')
  if (what === 'mark') return drawMark(first as LayerId, second as MarkName, colours)
  return what === 'group' ? drawGroup(first as MarkName, second, colours) : undefined
}

function canvasOf(sizePx: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(sizePx * scale, sizePx * scale).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('this browser draws no pictures')
  return context
}

function read(context: OffscreenCanvasRenderingContext2D): ImageData {
  return context.getImageData(0, 0, context.canvas.width, context.canvas.height)
}

function paint(context: OffscreenCanvasRenderingContext2D, outline: Path2D, colour: string): void {
  context.fillStyle = colour
  // The rule takes every `fill` for that of an array.
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type
  context.fill(outline)
}

function drawMark(layer: LayerId, state: MarkName, { fills, sign, halo }: MarkColours): ImageData {
  const context = canvasOf(markPx)
  const unit = (markPx * scale) / 28
  context.setTransform(unit, 0, 0, unit, 2 * unit, 2 * unit)
  context.lineJoin = 'round'
  context.lineCap = 'round'
  const outline = new Path2D(markOutlines[state])
  context.strokeStyle = halo
  context.lineWidth = 3
  context.stroke(outline)
  paint(context, outline, fills[state])
  // The triangle is narrow above: its sign stands lower and is smaller.
  const [shrink, down] = state === 'warning' ? [0.46, 2.4] : [0.58, 0]
  context.translate(12 * (1 - shrink), 12 * (1 - shrink) + down)
  context.scale(shrink, shrink)
  context.strokeStyle = sign
  context.lineWidth = 2.6
  context.stroke(new Path2D(layerStrokes[layer]))
  return read(context)
}

function drawGroup(state: MarkName, count: string, { fills, sign, halo }: MarkColours): ImageData {
  const context = canvasOf(groupPx)
  const middle = (groupPx * scale) / 2
  context.beginPath()
  context.arc(middle, middle, middle - 4, 0, 2 * Math.PI)
  context.fillStyle = fills[state]
  context.fill()
  context.lineWidth = 3 * scale
  context.strokeStyle = halo
  context.stroke()
  context.fillStyle = sign
  context.font = `700 ${(count.length > 3 ? 12 : 15) * scale}px system-ui, sans-serif`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(count, middle, middle + scale)
  if (state !== 'good' && state !== 'info') drawShoulder(context, state, { fills, sign, halo })
  return read(context)
}

/** The outline of the worst at the shoulder of a group: colour alone says nothing to many. */
function drawShoulder(context: OffscreenCanvasRenderingContext2D, state: MarkName, colours: MarkColours): void {
  const unit = (16 * scale) / 24
  context.setTransform(unit, 0, 0, unit, (groupPx - 17) * scale, scale)
  const outline = new Path2D(markOutlines[state])
  context.lineJoin = 'round'
  context.lineWidth = 5
  context.strokeStyle = colours.halo
  context.stroke(outline)
  paint(context, outline, colours.fills[state])
}
