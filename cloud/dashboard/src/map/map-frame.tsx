// What every map of the dashboard stands on: the surface that this browser can draw, its buttons, and its life.
import { useSignal, type ReadonlySignal, type Signal } from '@preact/signals'
import { type RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { t } from '../text/language.ts'
import type { Bounds } from './geometry.ts'
import { mapColours } from './map-colours.ts'
import type { Surface, SurfaceOptions } from './surface.ts'
import { reachableTiles } from './tile-probe.ts'

/** Room around what is shown: for a marker's label at least, and enough of the surroundings to know the place by its coast. */
function paddingPxOf({ clientWidth, clientHeight }: HTMLElement): number {
  return Math.max(56, Math.round(Math.min(clientWidth, clientHeight) / 4))
}

/** MapLibre where WebGL works; else, or when it fails to start, plain SVG. */
async function openSurface(options: Omit<SurfaceOptions, 'coast' | 'tiles'>, city: City): Promise<Surface> {
  const settings = city.api.settings().catch(() => ({ tiles: null }))
  const [{ coast }, tiles] = await Promise.all([
    import('virtual:coast'),
    settings.then(({ tiles }) => reachableTiles(tiles)),
  ])
  if (hasWebGl()) {
    try {
      const { createGlSurface } = await import('./gl-surface.ts')
      return createGlSurface({ ...options, coast, tiles })
    } catch {
      options.container.replaceChildren()
    }
  }
  const { createSvgSurface } = await import('./svg-surface.ts')
  return createSvgSurface({ ...options, coast, tiles: undefined })
}

/** Can this browser draw WebGL at all? Old virtual machines cannot. */
function hasWebGl(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null
}

interface FramedSurface {
  readonly element: RefObject<HTMLDivElement | null>
  /** Undefined until it is open. */
  readonly surface: ReadonlySignal<Surface | undefined>
}

/** Opens the surface once; follows the colour scheme; fits again when the bounds change. `moves` counts changes of the view. */
export function useSurface(
  city: City,
  bounds: Bounds,
  { moves, marks }: { readonly moves: Signal<number>; readonly marks?: NonNullable<SurfaceOptions['marks']> },
): FramedSurface {
  const element = useRef<HTMLDivElement>(null)
  const surface = useSignal<Surface | undefined>(undefined)
  const newest = useRef({ bounds, marks })
  newest.current = { bounds, marks }
  useEffect(() => {
    const container = element.current
    if (container === null) return undefined
    let closed = false
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const recolour = (): void => surface.value?.recolour(mapColours(container))
    dark.addEventListener('change', recolour)
    const moved = (): void => void (moves.value += 1)
    const colours = mapColours(container)
    const paddingPx = paddingPxOf(container)
    const drawn = newest.current.marks === undefined ? {} : { marks: newest.current.marks }
    const options = { container, colours, bounds: newest.current.bounds, paddingPx, moved, ...drawn }
    void openSurface(options, city).then((opened) => {
      if (closed) return opened.close()
      surface.value = opened
      // What it shall show may have changed while it opened.
      if (newest.current.bounds !== options.bounds) opened.fit(newest.current.bounds)
      return undefined
    })
    return () => {
      closed = true
      dark.removeEventListener('change', recolour)
      surface.value?.close()
    }
  }, [city, moves, surface])
  const { west, south, east, north } = bounds
  useEffect(() => surface.value?.fit({ west, south, east, north }), [surface, west, south, east, north])
  return { element, surface }
}

export function MapControls({ surface, bounds }: { readonly surface: Surface; readonly bounds: Bounds }) {
  return (
    <div class="map-controls">
      <button type="button" aria-label={t('map.zoomIn')} title={t('map.zoomIn')} onClick={() => surface.zoomBy(1)}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 5v14M5 12h14" />
        </svg>
      </button>
      <button type="button" aria-label={t('map.zoomOut')} title={t('map.zoomOut')} onClick={() => surface.zoomBy(-1)}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 12h14" />
        </svg>
      </button>
      <button type="button" aria-label={t('map.fit')} title={t('map.fit')} onClick={() => surface.fit(bounds)}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
        </svg>
      </button>
    </div>
  )
}
