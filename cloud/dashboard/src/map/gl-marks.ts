// Thousands of marks drawn and grouped by MapLibre itself, from one source; the page above it only holds what can be pressed.
import type {
  GeoJSONSource,
  LayerSpecification,
  Map as GlMap,
  MapGeoJSONFeature,
  SourceSpecification,
} from 'maplibre-gl'
import { drawImage } from './mark-images.ts'
import { type Mark, type SeenMark, stateOrder, stateRank } from './marks.ts'
import type { MapColours, MarkSheet } from './surface.ts'

const sourceId = 'marks'
const layerId = 'marks'
/** Half a group's picture and the gap to the next. */
const groupRadiusPx = 46
/** What can be pressed at once; the others are reached by the list, or closer. */
const mostSeen = 120

interface Marks {
  readonly type: 'FeatureCollection'
  readonly features: {
    readonly type: 'Feature'
    readonly geometry: { readonly type: 'Point'; readonly coordinates: [number, number] }
    readonly properties: Readonly<Record<string, string | number>>
  }[]
}

const nothing: Marks = { type: 'FeatureCollection', features: [] }

function collectionOf(marks: readonly Mark[]): Marks {
  return {
    type: 'FeatureCollection',
    features: marks.map(({ id, layer, state, position: { lat, lon } }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lon, lat] },
      properties: { id, layer, state, rank: stateRank(state) },
    })),
  }
}

/** What a style needs so that marks can be shown. Pictures have other names in the dark, so that both are kept. */
export function markStyle({ dark }: MapColours, data = nothing) {
  const scheme = dark ? 'dark/' : 'light/'
  const worst = ['at', ['get', 'worst'], ['literal', [...stateOrder]]]
  const source: SourceSpecification = {
    type: 'geojson',
    data,
    cluster: true,
    clusterRadius: groupRadiusPx,
    clusterMaxZoom: 18,
    maxzoom: 19,
    clusterProperties: { worst: ['max', ['get', 'rank']] },
  }
  const layer = {
    id: layerId,
    type: 'symbol',
    source: sourceId,
    layout: {
      'icon-image': [
        'case',
        ['has', 'point_count'],
        ['concat', scheme, 'group/', worst, '/', ['get', 'point_count_abbreviated']],
        ['concat', scheme, 'mark/', ['get', 'layer'], '/', ['get', 'state']],
      ],
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'symbol-sort-key': ['case', ['has', 'point_count'], ['get', 'worst'], ['get', 'rank']],
    },
  } as unknown as LayerSpecification
  return { source, layer, sourceId }
}

/** `chosen`: somebody pressed marks of which the page holds no button. */
export function createMarkSheet(
  map: GlMap,
  options: { readonly colours: MapColours; readonly chosen: (ids: readonly string[]) => void },
): MarkSheet & { recolour(colours: MapColours): Marks } {
  let { colours } = options
  let shown: Marks = nothing
  map.setMissingStyleImageResolver((name) => {
    const image = drawImage(name, colours.marks)
    if (image !== undefined && !map.hasImage(name)) map.addImage(name, image, { pixelRatio: 2 })
  })
  map.on('click', layerId, ({ features }) => {
    const [feature] = features ?? []
    const seen = feature === undefined ? undefined : seenOf(map, feature)
    if (seen !== undefined) void seen.members(mostChosen).then(options.chosen, () => undefined)
  })
  return {
    show(marks) {
      shown = collectionOf(marks)
      void map.getSource<GeoJSONSource>(sourceId)?.setData(shown)
    },
    seen() {
      if (map.getLayer(layerId) === undefined) return []
      const found = new Map<string, SeenMark>()
      for (const feature of map.queryRenderedFeatures({ layers: [layerId] })) {
        const seen = seenOf(map, feature)
        if (seen !== undefined && !found.has(seen.key)) found.set(seen.key, seen)
      }
      return [...found.values()].toSorted((a, b) => stateRank(b.state) - stateRank(a.state)).slice(0, mostSeen)
    },
    recolour(next) {
      colours = next
      return shown
    },
  }
}

const mostChosen = 50

function seenOf(map: GlMap, feature: MapGeoJSONFeature): SeenMark | undefined {
  const { geometry } = feature
  const properties = feature.properties as Readonly<Record<string, string | number | undefined>>
  if (geometry.type !== 'Point') return undefined
  const [lon = 0, lat = 0] = geometry.coordinates
  const at = map.project([lon, lat])
  const { id, cluster_id: group, point_count: count } = properties
  if (typeof group === 'number') {
    return {
      key: `group ${group}`,
      at,
      state: stateOrder[Number(properties['worst'])] ?? 'info',
      count: Number(count),
      id: undefined,
      async members(most) {
        const leaves = await map.getSource<GeoJSONSource>(sourceId)?.getClusterLeaves(group, most, 0)
        return (leaves ?? []).map((leaf) => String(leaf.properties?.['id']))
      },
    }
  }
  if (typeof id !== 'string') return undefined
  const state = stateOrder[Number(properties['rank'])] ?? 'info'
  return { key: id, at, state, count: 1, id, members: () => Promise.resolve([id]) }
}
