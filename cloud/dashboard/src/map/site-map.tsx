// The map of sites: whatever surface this browser can draw, with names, markers and pop-ups as HTML above it.
import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { t } from '../text/language.ts'
import { StateMark, stateKeys } from '../parts/state-mark.tsx'
import { boundsOf, type Bounds } from './geometry.ts'
import { GroupPopup } from './group-popup.tsx'
import { mapColours } from './map-colours.ts'
import { MapOverlay, type Selection } from './map-overlay.tsx'
import { SitePopup } from './site-popup.tsx'
import type { Surface, SurfaceOptions } from './surface.ts'
import { reachableTiles } from './tile-probe.ts'

/** Room around the sites: for a marker's label at least, and enough of the surroundings to know the place by its coast. */
function paddingPxOf({ clientWidth, clientHeight }: HTMLElement): number {
  return Math.max(56, Math.round(Math.min(clientWidth, clientHeight) / 4))
}

const states = ['critical', 'warning', 'offline', 'good'] as const

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

function MapControls({ surface, bounds }: { readonly surface: Surface; readonly bounds: Bounds }) {
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

function Legend() {
  return (
    <ul class="map-legend" aria-label={t('map.legend')}>
      {states.map((state) => (
        <li key={state}>
          <StateMark name={state} size={16} />
          {t(stateKeys[state])}
        </li>
      ))}
    </ul>
  )
}

/** Opens the surface once; follows the colour scheme; fits again when other sites are shown. */
function useSurface(city: City, bounds: Bounds, moves: Signal<number>) {
  const element = useRef<HTMLDivElement>(null)
  const surface = useSignal<Surface | undefined>(undefined)
  const newest = useRef(bounds)
  newest.current = bounds
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
    void openSurface({ container, colours, bounds: newest.current, paddingPx, moved }, city).then((opened) => {
      if (closed) opened.close()
      else surface.value = opened
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

export function SiteMap({ sites, city }: { readonly sites: readonly SiteItem[]; readonly city: City }) {
  const moves = useSignal(0)
  const selected = useSignal<Selection>([])
  const bounds = boundsOf(sites.map(({ position }) => position))
  if (bounds === undefined) return null
  return <ShownMap sites={sites} city={city} bounds={bounds} moves={moves} selected={selected} />
}

interface ShownMapProps {
  readonly sites: readonly SiteItem[]
  readonly city: City
  readonly bounds: Bounds
  readonly moves: Signal<number>
  readonly selected: Signal<Selection>
}

/** The pop-up of the chosen marker. Closed, it gives the focus back to its marker; zoomed, when that marker falls apart, to the map's buttons. */
function ChosenPopup({ sites, city, selected, surface }: ShownMapProps & { readonly surface: Surface }) {
  const chosen = sites.filter(({ id }) => selected.value.includes(id))
  const [site] = chosen
  const element = useRef<HTMLDivElement>(null)
  if (site === undefined) return null
  function closeTo(selector: string): void {
    const next = element.current?.closest('.map')?.querySelector<HTMLElement>(selector)
    selected.value = []
    next?.focus({ preventScroll: true })
  }
  const close = (): void => closeTo('.marker-selected')
  function zoom(): void {
    const bounds = boundsOf(chosen.map(({ position }) => position))
    if (bounds !== undefined) surface.fit(bounds)
    closeTo('.map-controls button')
  }
  return (
    <div
      class={`popup-place${isLeft(surface, chosen) ? ' popup-place-right' : ''}`}
      ref={element}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      {chosen.length === 1 ? (
        <SitePopup site={site} city={city} close={close} />
      ) : (
        <GroupPopup sites={chosen} close={close} zoom={zoom} />
      )}
    </div>
  )
}

/** A pop-up stands on the other side of the map, so that it does not hide what it is about. */
function isLeft(surface: Surface, sites: readonly SiteItem[]): boolean {
  const middle = sites.reduce((sum, { position }) => sum + surface.project(position).x, 0) / sites.length
  return middle < surface.size().width / 2
}

function ShownMap(props: ShownMapProps) {
  const { sites, city, bounds, moves, selected } = props
  const { element, surface } = useSurface(city, bounds, moves)
  return (
    <div class="map" onKeyDown={(event) => event.key === 'Escape' && (selected.value = [])}>
      <div class="map-window">
        <div class="map-surface" ref={element} />
        {surface.value === undefined ? (
          <p class="map-waiting">{t('app.loading')}</p>
        ) : (
          <>
            <MapOverlay sites={sites} surface={surface.value} moves={moves} selected={selected} />
            <MapControls surface={surface.value} bounds={bounds} />
          </>
        )}
      </div>
      {surface.value !== undefined && <ChosenPopup {...props} surface={surface.value} />}
      <Legend />
    </div>
  )
}
