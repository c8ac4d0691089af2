// Which series feed which place: those of its own devices, and those of the nearest weather station of its tenant.
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import { tenantOfKey } from '../people/principal.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { SeriesDirectory, SeriesFacts } from '../registry/series-directory.ts'
import type { AnyInsight, InputDeclaration, InsightPlace } from './insight.ts'

export interface PlaceSources {
  readonly catalogue: Pick<SeriesCatalogue, 'size'>
  readonly directory: Pick<SeriesDirectory, 'facts'>
  readonly registry: Pick<GatewayRegistry, 'all'>
}

/** An insight at a place, with the series of its inputs by their names. */
export interface PlacedInsight {
  readonly insight: AnyInsight
  readonly place: InsightPlace
  readonly tenant: string
  readonly gateway: string
  readonly series: Readonly<Record<string, number | undefined>>
  /** Of its inputs of many. */
  readonly groups: Readonly<Record<string, readonly SeriesFacts[]>>
}

export interface PlaceIndex {
  readonly placed: readonly PlacedInsight[]
  /** Of an input series: who reads it. */
  readonly readers: ReadonlyMap<number, readonly PlacedInsight[]>
  /** Of an input series: the longest look-back of its readers, hours. */
  readonly lookBackHours: ReadonlyMap<number, number>
}

/** A station further away tells another weather. Own choice. */
const farthestStationKm = 15

interface KnownPlace extends InsightPlace {
  readonly kind: string
  readonly gateway: string
  readonly series: readonly SeriesFacts[]
  /** Of its gateway, without a place. */
  readonly gatewaySeries: readonly SeriesFacts[]
}

/** Joins every place with its insights. Costs a walk over all series: built anew only when gateways or series change. */
export function buildPlaceIndex(insights: readonly AnyInsight[], sources: PlaceSources): PlaceIndex {
  const places = knownPlaces(sources)
  const stations = places.filter(({ kind }) => kind === 'weather')
  const placed: PlacedInsight[] = []
  for (const place of places) {
    const own = insights.filter(({ siteKind }) => siteKind === place.kind)
    if (own.length === 0) continue
    const near = stationsNear(place, stations)
    for (const insight of own) {
      const series: Record<string, number | undefined> = {}
      const groups: Record<string, readonly SeriesFacts[]> = {}
      for (const [name, input] of Object.entries(insight.inputs)) {
        if (input.many === true) groups[name] = sourcesOf(input, place, near).flatMap((from) => fitting(input, from))
        else series[name] = seriesFor(input, place, near)
      }
      placed.push({ insight, place, tenant: tenantOfKey(place.id), gateway: place.gateway, series, groups })
    }
  }
  return { placed, ...readersOf(placed) }
}

function knownPlaces({ catalogue, directory, registry }: PlaceSources): readonly KnownPlace[] {
  const bySite = new Map<string, SeriesFacts[]>()
  for (let id = 0; id < catalogue.size; id += 1) {
    const facts = directory.facts(id)
    // A gateway's id has one "/" less than that of its sites: they share the map.
    const place = facts.site ?? facts.gateway
    const list = bySite.get(place)
    if (list === undefined) bySite.set(place, [facts])
    else list.push(facts)
  }
  return registry.all().flatMap((gateway) =>
    [...gateway.sites.values()].map((site) => {
      const id = `${gateway.id}/${site.id}`
      return {
        id,
        gateway: gateway.id,
        kind: site.kind,
        name: site.name,
        ...site.position,
        series: bySite.get(id) ?? [],
        gatewaySeries: bySite.get(gateway.id) ?? [],
      }
    }),
  )
}

/** Nearest first. */
function stationsNear(place: KnownPlace, stations: readonly KnownPlace[]): readonly KnownPlace[] {
  const tenant = tenantOfKey(place.id)
  return stations
    .filter(({ id }) => tenantOfKey(id) === tenant)
    .map((station) => ({ station, km: distanceKm(place, station) }))
    .filter(({ km }) => km <= farthestStationKm)
    .sort((a, b) => a.km - b.km)
    .map(({ station }) => station)
}

/** Of the nearest station that measures it. */
function seriesFor(input: InputDeclaration, place: KnownPlace, stations: readonly KnownPlace[]): number | undefined {
  for (const series of sourcesOf(input, place, stations)) {
    const [found] = fitting(input, series)
    if (found !== undefined) return found.id
  }
  return undefined
}

function sourcesOf(
  { from }: InputDeclaration,
  place: KnownPlace,
  stations: readonly KnownPlace[],
): readonly (readonly SeriesFacts[])[] {
  if (from === 'gateway') return [place.gatewaySeries]
  return from === 'site' ? [place.series] : stations.map(({ series }) => series)
}

function fitting(input: InputDeclaration, series: readonly SeriesFacts[]): readonly SeriesFacts[] {
  return series.filter(({ channel, unit }) => input.channel.test(channel) && unit === input.unit)
}

/** Every series that a placed insight reads, by the name of its input. */
export function inputSeries({ series, groups }: Pick<PlacedInsight, 'series' | 'groups'>): readonly [string, number][] {
  const single = Object.entries(series).flatMap(([name, id]): [string, number][] =>
    id === undefined ? [] : [[name, id]],
  )
  const many = Object.entries(groups).flatMap(([name, members]) =>
    members.map(({ id }): [string, number] => [name, id]),
  )
  return [...single, ...many]
}

function readersOf(placed: readonly PlacedInsight[]): Pick<PlaceIndex, 'readers' | 'lookBackHours'> {
  const readers = new Map<number, PlacedInsight[]>()
  const lookBackHours = new Map<number, number>()
  for (const one of placed) {
    for (const [name, id] of inputSeries(one)) {
      const list = readers.get(id)
      if (list === undefined) readers.set(id, [one])
      else if (list.at(-1) !== one) list.push(one)
      const hours = one.insight.inputs[name]?.lookBackHours ?? 0
      lookBackHours.set(id, Math.max(hours, lookBackHours.get(id) ?? 0))
    }
  }
  return { readers, lookBackHours }
}

/** On a plane that touches the earth at the place: good to 0.1 % over such distances. */
function distanceKm(a: InsightPlace, b: InsightPlace): number {
  const kmPerDegree = 111.2
  const eastKm = (b.lon - a.lon) * kmPerDegree * Math.cos((a.lat * Math.PI) / 180)
  return Math.hypot(eastKm, (b.lat - a.lat) * kmPerDegree)
}
