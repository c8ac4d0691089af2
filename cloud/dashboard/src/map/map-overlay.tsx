// Markers and names above the map: HTML, so that Japanese needs no glyph server and the keyboard reaches every marker.
import type { ReadonlySignal, Signal } from '@preact/signals'
import type { SiteItem } from '../api/shapes.ts'
import { worstState } from '../city/merge.ts'
import { StateMark, stateText } from '../parts/state-mark.tsx'
import { localized, t } from '../text/language.ts'
import { clusterPlaced, layOutLabels, type Box, type Cluster, type LabelRequest, type LabelSide } from './cluster.ts'
import type { Point, Size } from './geometry.ts'
import { places, type Place } from './places.ts'
import type { Surface } from './surface.ts'

/** As in map.css, with a pixel or two between neighbours. */
const markerRadius = 15
/** A group's marker holds its count, and the sign of its worst state at the shoulder. */
const groupRadius = 23
const radiusPx = (count: number): number => (count === 1 ? markerRadius : groupRadius)
const labelFontPx = 13
const labelHeight = 22
/** Groups of sites just outside the window are made as if they were inside, so that counts do not change at its edge. */
const marginPx = 60

/** Ids of the sites of the chosen marker; empty: none is chosen. */
export type Selection = readonly string[]

interface OverlayProps {
  readonly sites: readonly SiteItem[]
  readonly surface: Surface
  readonly moves: ReadonlySignal<number>
  readonly selected: Signal<Selection>
}

export function standAt({ x, y }: Point) {
  return { transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` }
}

/** Japanese letters are as wide as high, Latin ones about half. */
export function textWidth(text: string): number {
  return Array.from(text, (letter) => (letter > '\u2e7f' ? 1 : 0.58)).reduce((a, b) => a + b, 0) * labelFontPx
}

interface PlacedName {
  readonly place: Place
  readonly at: Point
}

/** Place names of this zoom inside the window; none where the tiles bring their own. */
export function namesIn(surface: Surface, size: Size): readonly PlacedName[] {
  if (surface.showsNames) return []
  const zoom = surface.zoom()
  return places
    .filter(({ fromZoom }) => zoom >= fromZoom)
    .map((place) => ({ place, at: surface.project(place.position) }))
    .filter(({ at }) => at.x > 30 && at.y > 12 && at.x < size.width - 30 && at.y < size.height - 12)
}

export function PlaceName({ place, at }: PlacedName) {
  return (
    <span class={`map-place map-place-${place.kind}`} style={standAt(at)} aria-hidden="true">
      <span>{localized(place.name)}</span>
    </span>
  )
}

function SiteMarker({ site, side, selected, at }: OverlayProps & { site: SiteItem; side: LabelSide; at: Point }) {
  const name = localized(site.name)
  const label = `${name} (${stateText(site.state)})`
  const isSelected = isChosen(selected.value, [site])
  return (
    <button
      type="button"
      class={`marker marker-${site.state}${isSelected ? ' marker-selected' : ''}`}
      style={standAt(at)}
      aria-label={label}
      aria-expanded={isSelected}
      title={label}
      onClick={() => (selected.value = isSelected ? [] : [site.id])}
    >
      <StateMark name={site.state} size={26} />
      {side !== 'hidden' && <span class={`marker-label marker-label-${side}`}>{name}</span>}
    </button>
  )
}

/** Many sites in one marker: how many, and the colour and sign of the worst. */
function GroupMarker({ cluster, selected }: OverlayProps & { readonly cluster: Cluster<SiteItem> }) {
  const { items, at } = cluster
  const state = worstState(items.map((item) => item.state))
  const label = t('map.cluster', { n: items.length, state: stateText(state) })
  const isSelected = isChosen(selected.value, items)
  return (
    <button
      type="button"
      class={`marker marker-group marker-${state}${isSelected ? ' marker-selected' : ''}`}
      style={standAt(at)}
      aria-label={label}
      aria-expanded={isSelected}
      title={label}
      onClick={() => (selected.value = isSelected ? [] : items.map(({ id }) => id))}
    >
      <span class={`marker-count mark-${state}`}>{items.length}</span>
      {state !== 'good' && <StateMark name={state} size={18} />}
    </button>
  )
}

function isChosen(chosen: Selection, sites: readonly SiteItem[]): boolean {
  return chosen.length === sites.length && sites.every(({ id }) => chosen.includes(id))
}

/** Where the map's buttons stand; as in map.css. */
export function controlsBox({ width }: Size): Box {
  return { left: width - 62, right: width, top: 0, bottom: 150 }
}

function labelRequest({ items, at }: Cluster<SiteItem>): LabelRequest {
  const [site] = items
  const width = items.length > 1 || site === undefined ? Infinity : textWidth(localized(site.name)) + 14
  return { at, radius: radiusPx(items.length), width, height: labelHeight }
}

export function MapOverlay(props: OverlayProps) {
  const { sites, surface, moves } = props
  void moves.value
  const size = surface.size()
  const placed = sites
    .map((item) => ({ item, at: surface.project(item.position) }))
    .filter(({ at }) => isWithin(at, size, marginPx))
  const clusters = clusterPlaced(placed, radiusPx).filter(({ at }) => isWithin(at, size, markerRadius))
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
      {clusters.map((cluster, index) => {
        const [site] = cluster.items
        if (site === undefined) return null
        return cluster.items.length === 1 ? (
          <SiteMarker key={site.id} {...props} site={site} at={cluster.at} side={sides[index] ?? 'hidden'} />
        ) : (
          <GroupMarker key={`${site.id} +`} {...props} cluster={cluster} />
        )
      })}
    </div>
  )
}

function isWithin({ x, y }: Point, { width, height }: Size, marginPx: number): boolean {
  return x > -marginPx && y > -marginPx && x < width + marginPx && y < height + marginPx
}
