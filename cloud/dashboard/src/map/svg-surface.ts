// Land and sea as plain SVG, for browsers without WebGL: same views, same gestures, no tiles.
import { fitView, mercator, toScreen, worldPxOf, zoomAbout, zoomOf } from './geometry.ts'
import type { Bounds, Point, Size, View } from './geometry.ts'
import { graticule, graticuleFromZoom, graticuleStepDeg } from './graticule.ts'
import { closestFitZoom, zoomRange, type MapColours, type Surface, type SurfaceOptions } from './surface.ts'

const namespace = 'http://www.w3.org/2000/svg'
/** Paths are kept in these units (the world is this wide), since SVG renders tiny numbers badly. */
const pathUnits = 1_000_000

function pathOf(lines: readonly (readonly number[][])[]): string {
  return lines
    .map((line) =>
      line
        .map(([lon = 0, lat = 0], index) => {
          const { x, y } = mercator({ lat, lon })
          return `${index === 0 ? 'M' : 'L'}${(x * pathUnits).toFixed(1)} ${(y * pathUnits).toFixed(1)}`
        })
        .join(''),
    )
    .join('')
}

function shape(parent: Element, path: string): SVGPathElement {
  const element = document.createElementNS(namespace, 'path')
  element.setAttribute('d', path)
  element.setAttribute('vector-effect', 'non-scaling-stroke')
  parent.append(element)
  return element
}

function limited(view: View): View {
  return { ...view, worldPx: Math.min(worldPxOf(zoomRange.max), Math.max(worldPxOf(zoomRange.min), view.worldPx)) }
}

export function createSvgSurface(options: SurfaceOptions): Surface {
  const { container, paddingPx, moved } = options
  const svg = document.createElementNS(namespace, 'svg')
  svg.classList.add('map-svg')
  const world = document.createElementNS(namespace, 'g')
  const coast = pathOf(options.coast.geometry.coordinates.flat())
  const shallows = shape(world, coast)
  shallows.classList.add('map-shallows')
  const land = shape(world, coast)
  const grid = shape(world, pathOf(graticule(graticuleStepDeg)))
  grid.setAttribute('fill', 'none')
  svg.append(world)
  container.append(svg)

  const measure = (): Size => ({ width: container.clientWidth, height: container.clientHeight })
  let size = measure()
  let view = fitView(options.bounds, size, paddingPx, worldPxOf(closestFitZoom))

  function show(next: View): void {
    view = limited(next)
    const scale = view.worldPx / pathUnits
    const origin = toScreen({ x: 0, y: 0 }, view, size)
    grid.setAttribute('visibility', zoomOf(view.worldPx) < graticuleFromZoom ? 'hidden' : 'visible')
    world.setAttribute('transform', `translate(${origin.x} ${origin.y}) scale(${scale})`)
    moved()
  }

  function recolour(colours: MapColours): void {
    svg.style.background = colours.sea
    shallows.setAttribute('fill', 'none')
    shallows.setAttribute('stroke', colours.shallows)
    land.setAttribute('fill', colours.land)
    land.setAttribute('stroke', colours.coast)
    grid.setAttribute('stroke', colours.grid)
  }

  const sized = new ResizeObserver(() => {
    size = measure()
    show(view)
  })
  sized.observe(container)
  const panBy = ({ x, y }: Point): void =>
    show({ ...view, center: { x: view.center.x + x / view.worldPx, y: view.center.y + y / view.worldPx } })
  const stopDragging = followDrag(svg, (by) => panBy({ x: -by.x, y: -by.y }))
  recolour(options.colours)
  show(view)
  return {
    sheet: undefined,
    project: (position) => toScreen(mercator(position), view, size),
    size: () => size,
    showsNames: false,
    zoom: () => zoomOf(view.worldPx),
    fit: (bounds: Bounds) => show(fitView(bounds, size, paddingPx, worldPxOf(16))),
    zoomBy: (steps) => show(zoomAbout(view, size, { x: size.width / 2, y: size.height / 2 }, 2 ** steps)),
    panBy,
    recolour,
    close() {
      sized.disconnect()
      stopDragging()
      svg.remove()
    },
  }
}

/** Reports each movement of a pressed pointer in pixels; returns how to stop. */
function followDrag(element: Element, dragged: (by: Point) => void): () => void {
  const listening = new AbortController()
  let from: Point | undefined
  const listen = (name: string, listener: (event: PointerEvent) => void): void =>
    element.addEventListener(name, (event) => event instanceof PointerEvent && listener(event), {
      signal: listening.signal,
    })
  listen('pointerdown', (event) => {
    from = { x: event.clientX, y: event.clientY }
    element.setPointerCapture(event.pointerId)
  })
  listen('pointermove', (event) => {
    if (from === undefined) return
    dragged({ x: event.clientX - from.x, y: event.clientY - from.y })
    from = { x: event.clientX, y: event.clientY }
  })
  listen('pointerup', () => (from = undefined))
  listen('pointercancel', () => (from = undefined))
  return () => listening.abort()
}
