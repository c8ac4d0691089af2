// Pinch, drag and wheel on a plot: two fingers zoom, one finger pans what is zoomed, the wheel with Ctrl zooms.

export interface Gestures {
  /** By a factor about a place, px from the left edge. */
  readonly zoom: (factor: number, x: number) => void
  /** By a share of the width. */
  readonly pan: (share: number) => void
  /** Moves the cursor to a place, px from the left edge. */
  readonly point: (x: number) => void
  /** One finger pans what is zoomed into; else it moves the cursor. */
  readonly isZoomed: () => boolean
}

const wheelStep = 0.0015

/** Until the returned function is called. */
export function followGestures(element: HTMLElement, gestures: Gestures): () => void {
  /** Of fingers on the plot. Bound: as many as a person has; owned here. */
  const fingers = new Map<number, number>()
  const xOf = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left
  const listeners = new AbortController()
  const { signal } = listeners

  function down(event: PointerEvent): void {
    if (event.pointerType === 'touch') fingers.set(event.pointerId, xOf(event))
  }

  function move(event: PointerEvent): void {
    const before = fingers.get(event.pointerId)
    if (before === undefined) return
    const x = xOf(event)
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId)
    if (other !== undefined) {
      const [was, is] = [Math.abs(before - other[1]), Math.abs(x - other[1])]
      if (was > 0 && is > 0) gestures.zoom(was / is, (x + other[1]) / 2)
    } else if (gestures.isZoomed()) gestures.pan((before - x) / Math.max(1, element.clientWidth))
    else gestures.point(x)
    fingers.set(event.pointerId, x)
  }

  function wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault()
      gestures.zoom(Math.exp(event.deltaY * wheelStep), xOf(event))
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault()
      gestures.pan(event.deltaX / Math.max(1, element.clientWidth))
    }
  }

  element.addEventListener('pointerdown', down, { signal })
  element.addEventListener('pointermove', move, { signal })
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) {
    element.addEventListener(end, ({ pointerId }) => void fingers.delete(pointerId), { signal })
  }
  element.addEventListener('wheel', wheel, { signal, passive: false })
  return () => listeners.abort()
}
