// Ways to move the map below its pin for whoever cannot drag: the arrow keys, plus and minus, and a single press on the place itself.
import type { Point } from '../map/geometry.ts'
import type { Surface } from '../map/surface.ts'

/** Of a press of an arrow key; with Shift a tenth of it, to put the pin exactly. */
const stepPx = 40
/** A finger that presses moves a little. */
const pressPx = 8

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}
const zooms: Readonly<Record<string, number>> = { '+': 1, ';': 1, '=': 1, '-': -1 }

/** Listens until `signal` ends it. WCAG 2.2, 2.1.1 (keyboard) and 2.5.7 (dragging movements). */
export function steerMap(element: HTMLElement, surface: Surface, signal: AbortSignal): void {
  let pressed: Point | undefined
  element.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const way = arrows[event.key]
      const steps = zooms[event.key]
      if (way === undefined && steps === undefined) return
      event.preventDefault()
      const px = event.shiftKey ? stepPx / 10 : stepPx
      if (way !== undefined) surface.panBy({ x: way.x * px, y: way.y * px })
      else if (steps !== undefined) surface.zoomBy(steps)
    },
    { signal },
  )
  element.addEventListener('pointerdown', (event) => (pressed = pointOf(element, event)), { signal })
  element.addEventListener(
    'pointerup',
    (event) => {
      const at = pointOf(element, event)
      if (pressed === undefined || Math.hypot(at.x - pressed.x, at.y - pressed.y) > pressPx) return
      const { width, height } = surface.size()
      surface.panBy({ x: at.x - width / 2, y: at.y - height / 2 })
    },
    { signal },
  )
}

/** Pixels from the element's top left. */
function pointOf(element: HTMLElement, { clientX, clientY }: PointerEvent): Point {
  const { left, top } = element.getBoundingClientRect()
  return { x: clientX - left, y: clientY - top }
}
