// What the city's map shows, out of what the hub knows: each lamp, access point, gateway and station, and the public places that nothing watches.
import type { AlarmItem, GatewayItem, LatestItem, SiteItem } from '../api/shapes.ts'
import type { LayerId, Mark } from '../map/marks.ts'
import type { MarkName } from '../parts/state-mark.tsx'
import { type Lamp, lampsOf } from './lamps.ts'
import { severityRank } from './merge.ts'

/** A place of the public lists, as far as the map needs it. */
export interface PublicPlace {
  /** `{tenant}/{kind}/{ID of the list}` */
  readonly id: string
  readonly kind: 'wifi' | 'shelter' | 'facility' | 'streetlight'
  readonly name: string
  readonly position: Mark['position'] | null
}

interface Watched {
  readonly sites: readonly SiteItem[]
  readonly seriesBySite: ReadonlyMap<string, readonly LatestItem[]>
  readonly alarms: readonly AlarmItem[]
  readonly gateways: readonly GatewayItem[]
  readonly places: PlaceIndex
}

/** Words of the screen's language, and where things lead. */
interface MarkWords {
  readonly lamp: (number: number) => string
  readonly name: (text: SiteItem['name']) => string
  readonly site: (id: string) => string
  readonly gateway: (id: string) => string
}

/** Bound: an entry for each place and each end of its id. */
export interface PlaceIndex {
  readonly places: readonly PublicPlace[]
  readonly byEnd: ReadonlyMap<string, PublicPlace>
}

/** Places by what their id ends with, after each hyphen: `demo-cabinet-1-3` is found as `cabinet-1-3`. */
export function indexPlaces(places: readonly PublicPlace[]): PlaceIndex {
  const byEnd = new Map<string, PublicPlace>()
  for (const place of places) {
    const [tenant = '', kind = '', ...rest] = place.id.split('/')
    const parts = rest.join('/').split('-')
    for (let begin = 0; begin < parts.length; begin += 1) {
      const key = `${tenant}/${kind}/${parts.slice(begin).join('-')}`
      if (!byEnd.has(key)) byEnd.set(key, place)
    }
  }
  return { places, byEnd }
}

/**
 * Every mark of what is watched, and then of the public places that are not: a lamp stands where the list of street lights has
 * `{site}-{number}`, else at its cabinet; a gateway in the middle of its sites.
 */
export function cityMarks(watched: Watched, words: MarkWords): readonly Mark[] {
  const taken = new Set<PublicPlace>()
  const placeOf = (site: string, kind: PublicPlace['kind'], end: string): Mark['position'] | undefined => {
    const place = watched.places.byEnd.get(`${site.slice(0, site.indexOf('/'))}/${kind}/${end}`)
    if (place !== undefined) taken.add(place)
    return place?.position ?? undefined
  }
  const own = watched.sites.flatMap((site): readonly Mark[] => {
    const local = site.id.slice(site.id.lastIndexOf('/') + 1)
    if (site.kind === 'streetlight') {
      return lampsOf(watched.seriesBySite.get(site.id) ?? [], watched.alarms).map((lamp) =>
        lampMark(lamp, site, placeOf(site.id, 'streetlight', `${local}-${lamp.number}`) ?? site.position, words),
      )
    }
    if (site.kind !== 'wifi' && site.kind !== 'weather') return []
    if (site.kind === 'wifi') placeOf(site.id, 'wifi', local)
    const { id, kind: layer, state, position, name } = site
    return [{ id, layer, state, position, name: words.name(name), note: '', hash: words.site(id) }]
  })
  const unwatched = watched.places.places.flatMap((place): readonly Mark[] => {
    const layer = place.kind === 'facility' ? undefined : place.kind
    if (layer === undefined || place.position === null || taken.has(place)) return []
    const { id, position, name } = place
    return [{ id, layer, state: 'info', position, name, note: '', hash: undefined }]
  })
  return [...own, ...gatewayMarks(watched, words), ...unwatched]
}

export function lampStateMark({ state, alarm }: Lamp, site: Pick<SiteItem, 'state'> | undefined): MarkName {
  if (alarm !== undefined) return severityRank[alarm.severity] <= severityRank.major ? 'critical' : 'warning'
  if (site?.state === 'offline' || state === 'unknown') return 'offline'
  return state === 'checking' ? 'warning' : 'good'
}

function lampMark(lamp: Lamp, site: SiteItem, position: Mark['position'], words: MarkWords): Mark {
  const cabinet = words.name(site.name)
  return {
    id: `${site.id}#${lamp.device}:${lamp.number}`,
    layer: 'streetlight',
    state: lampStateMark(lamp, site),
    position,
    name: `${cabinet} ${words.lamp(lamp.number)}`,
    note: '',
    hash: words.site(site.id),
  }
}

function gatewayMarks({ gateways, sites }: Watched, words: MarkWords): readonly Mark[] {
  return gateways.flatMap((gateway): readonly Mark[] => {
    const own = sites.filter((site) => site.gateway === gateway.id).map(({ position }) => position)
    if (own.length === 0) return []
    const mean = (read: (position: Mark['position']) => number) =>
      own.reduce((sum, one) => sum + read(one), 0) / own.length
    const state = gateway.state === 'online' ? 'good' : gateway.reason === 'shutdown' ? 'offline' : 'critical'
    const position = { lat: mean(({ lat }) => lat), lon: mean(({ lon }) => lon) }
    const { id, label } = gateway
    return [{ id, layer: 'gateway', state, position, name: words.name(label), note: '', hash: words.gateway(id) }]
  })
}

/** How many marks of each layer there are, and the worst state among them. */
export function countLayers(marks: readonly Mark[]): ReadonlyMap<LayerId, readonly Mark[]> {
  return Map.groupBy(marks, ({ layer }) => layer)
}
