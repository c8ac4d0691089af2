// Markers and names above the map: HTML, so that Japanese needs no glyph server and the keyboard reaches every marker.
import type { ReadonlySignal, Signal } from '@preact/signals'
import type { SiteItem } from '../api/shapes.ts'
import { worstState } from '../city/merge.ts'
import { StateMark, stateKeys } from '../parts/state-mark.tsx'
import { localized, t } from '../text/language.ts'
import { clusterPlaced, layOutLabels, type Box, type Cluster, type LabelRequest } from './cluster.ts'
import { boundsOf, type Point, type Size } from './geometry.ts'
import { places, type Place } from './places.ts'
import type { Surface } from './surface.ts'

const reachPx = 30
const markerRadius = 16
/** A group's marker carries a count at its shoulder. */
const groupRadius = 22
const labelFontPx = 13
const labelHeight = 22
/** From here on a group is not taken apart by zooming in; its sites are in the list. */
const deepestZoom = 17

interface OverlayProps {
  readonly sites: readonly SiteItem[]
  readonly surface: Surface
  readonly moves: ReadonlySignal<number>
  readonly selected: Signal<string | undefined>
}

function standAt({ x, y }: Point) {
  return { transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` }
}

/** Japanese letters are as wide as high, Latin ones about half. */
function textWidth(text: string): number {
  return Array.from(text, (letter) => (letter > '\u2e7f' ? 1 : 0.58)).reduce((a, b) => a + b, 0) * labelFontPx
}

interface PlacedName {
  readonly place: Place
  readonly at: Point
}

/** Place names of this zoom inside the window; none where the tiles bring their own. */
function namesIn(surface: Surface, size: Size): readonly PlacedName[] {
  if (surface.showsNames) return []
  const zoom = surface.zoom()
  return places
    .filter(({ fromZoom }) => zoom >= fromZoom)
    .map((place) => ({ place, at: surface.project(place.position) }))
    .filter(({ at }) => at.x > 30 && at.y > 12 && at.x < size.width - 30 && at.y < size.height - 12)
}

function PlaceName({ place, at }: PlacedName) {
  return (
    <span class={`map-place map-place-${place.kind}`} style={standAt(at)} aria-hidden="true">
      <span>{localized(place.name)}</span>
    </span>
  )
}

function Marker(
  props: OverlayProps & { readonly cluster: Cluster<SiteItem>; readonly side: 'left' | 'right' | 'hidden' },
) {
  const { cluster, side, surface, selected } = props
  const [site] = cluster.items
  if (site === undefined) return null
  const alone = cluster.items.length === 1
  const state = worstState(cluster.items.map((item) => item.state))
  const name = localized(site.name)
  const label = alone
    ? `${name} (${t(stateKeys[state])})`
    : t('map.cluster', { n: cluster.items.length, state: t(stateKeys[state]) })
  function choose(): void {
    const bounds = boundsOf(cluster.items.map(({ position }) => position))
    if (!alone && bounds !== undefined && surface.zoom() < deepestZoom) surface.fit(bounds)
    else if (site !== undefined) selected.value = selected.value === site.id ? undefined : site.id
  }
  return (
    <button
      type="button"
      class={`marker marker-${state}${alone && selected.value === site.id ? ' marker-selected' : ''}`}
      style={standAt(cluster.at)}
      aria-label={label}
      title={label}
      onClick={choose}
    >
      <StateMark name={state} size={alone ? 26 : 30} />
      {!alone && <span class="marker-count">{cluster.items.length}</span>}
      {alone && side !== 'hidden' && <span class={`marker-label marker-label-${side}`}>{name}</span>}
    </button>
  )
}

/** Where the map's buttons stand; as in map.css. */
function controlsBox({ width }: Size): Box {
  return { left: width - 62, right: width, top: 0, bottom: 150 }
}

function labelRequest({ items, at }: Cluster<SiteItem>): LabelRequest {
  const [site] = items
  const width = items.length > 1 || site === undefined ? Infinity : textWidth(localized(site.name)) + 14
  return { at, radius: items.length > 1 ? groupRadius : markerRadius, width, height: labelHeight }
}

export function MapOverlay(props: OverlayProps) {
  const { sites, surface, moves } = props
  void moves.value
  const size = surface.size()
  const placed = sites
    .map((item) => ({ item, at: surface.project(item.position) }))
    .filter(({ at }) => at.x > -20 && at.y > -20 && at.x < size.width + 20 && at.y < size.height + 20)
  const clusters = clusterPlaced(placed, reachPx)
  const names = namesIn(surface, size)
  const namesWanted = names.map(({ place, at }) => ({ at, width: textWidth(localized(place.name)) * 1.2, height: 18 }))
  const { sides, shown } = layOutLabels(clusters.map(labelRequest), namesWanted, size, [controlsBox(size)])
  return (
    <div class="map-overlay">
      {names
        .filter((_, index) => shown[index])
        .map((name) => (
          <PlaceName key={name.place.name.en} {...name} />
        ))}
      {clusters.map((cluster, index) => (
        <Marker key={cluster.items[0]?.id} {...props} cluster={cluster} side={sides[index] ?? 'hidden'} />
      ))}
    </div>
  )
}
