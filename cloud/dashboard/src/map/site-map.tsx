// The map of sites: whatever surface this browser can draw, with names, markers and pop-ups as HTML above it.
import { useSignal, type Signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { SiteItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { t } from '../text/language.ts'
import { StateMark, stateKeys } from '../parts/state-mark.tsx'
import { boundsOf, type Bounds } from './geometry.ts'
import { GroupPopup } from './group-popup.tsx'
import { MapControls, useSurface } from './map-frame.tsx'
import { MapOverlay, type Selection } from './map-overlay.tsx'
import { SitePopup } from './site-popup.tsx'
import type { Surface } from './surface.ts'

const states = ['critical', 'warning', 'offline', 'good'] as const

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
  const { element, surface } = useSurface(city, bounds, { moves })
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
