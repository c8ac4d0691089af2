// Which entities there are for whoever asks, before anything of their values is looked up.
import type { TenantScope } from '../people/principal.ts'
import type { Place } from '../places/place.ts'
import type { Attribute } from './entity.ts'
import { type SeenSeries, type SeenSources, seenSeriesOf } from './seen-series.ts'
import { controlledPropertyOf, type ModelUnit, siteModels, unitCodeOf } from './smart-models.ts'

/** An attribute that follows a series. */
export interface MeasuredAttribute {
  readonly series: SeenSeries
  readonly unit: ModelUnit
  /** What the number means, where the attribute is no number. */
  readonly meaning?: (value: number) => unknown
}

export interface EntityPlan {
  readonly id: string
  readonly type: string
  readonly tenant: string
  readonly fixed: Readonly<Record<string, Attribute>>
  readonly measured: Readonly<Record<string, MeasuredAttribute>>
  /** Attributes that follow from what was measured. `newestMs`: the newest of the readings; undefined: there is none yet. */
  readonly derived?: (
    values: ReadonlyMap<string, number>,
    newestMs: number | undefined,
  ) => Readonly<Record<string, Attribute>>
}

const plain: ModelUnit = { factor: 1 }

/** What of the plans is asked for; absent: all. */
export interface PlanFilter {
  readonly types?: readonly string[] | undefined
  /** `{tenant}/{gateway}`, of those that follow series. */
  readonly gateway?: string | undefined
}

const siteTypes = ['WeatherObserved', 'AgriParcelRecord', 'AccessPoint', 'Streetlight']

/** Sorted by id. */
export function entityPlans(
  seen: SeenSources,
  scope: TenantScope,
  { types, gateway }: PlanFilter = {},
): readonly EntityPlan[] {
  const wants = (...some: readonly string[]) => types === undefined || some.some((type) => types.includes(type))
  const hasSeries = wants(...siteTypes, 'Device', 'DeviceMeasurement')
  const series = hasSeries ? seenSeriesOf(seen, scope, gateway) : []
  const plans = [
    ...(wants(...siteTypes) ? bySite(series).flatMap(sitePlans) : []),
    ...(wants('Device') ? byDevice(series).flatMap(devicePlans) : []),
    ...(wants('DeviceMeasurement') ? series.map(measurementPlan) : []),
    ...(wants(...Object.values(placeTypes)) ? seenPlaces(seen, scope).flatMap(placePlans) : []),
  ]
  return plans.sort((a, b) => (a.id < b.id ? -1 : 1))
}

type Group = readonly [SeenSeries, ...SeenSeries[]]

function groups(series: readonly SeenSeries[], keyOf: (one: SeenSeries) => string | undefined): readonly Group[] {
  const found = new Map<string, [SeenSeries, ...SeenSeries[]]>()
  for (const one of series) {
    const key = keyOf(one)
    if (key === undefined) continue
    const group = found.get(key)
    if (group === undefined) found.set(key, [one])
    else group.push(one)
  }
  return [...found.values()]
}

const bySite = (series: readonly SeenSeries[]) =>
  groups(series, ({ facts, site }) => site && `${facts.gateway}/${site.id}`)
const byDevice = (series: readonly SeenSeries[]) => groups(series, ({ facts }) => `${facts.gateway}/${facts.device}`)

function sitePlans(group: Group): readonly EntityPlan[] {
  const [{ site, facts }] = group
  if (site === undefined) return []
  const local = `${facts.gateway.replace('/', ':')}:${site.id}`
  if (site.kind === 'wifi') return accessPointPlans(group, local, site.name.ja)
  if (site.kind === 'streetlight') return streetlightPlans(group)
  if (site.kind !== 'weather' && site.kind !== 'paddy') return []
  const model = siteModels[site.kind]
  const measured = Object.fromEntries(
    group.flatMap((series) => {
      const attribute = model.attributes[series.facts.channel]
      const unit = attribute?.units[series.facts.unit ?? '']
      return attribute === undefined || unit === undefined ? [] : [[attribute.name, { series, unit }]]
    }),
  )
  if (Object.keys(measured).length === 0) return []
  const parcel = { hasAgriParcel: { type: 'Relationship', object: `urn:ngsi-ld:AgriParcel:${local}` } } as const
  const fixed = { ...nameOf(site.name), ...locationOf(group), ...(site.kind === 'paddy' ? parcel : {}) }
  const about = { id: `urn:ngsi-ld:${model.type}:${local}`, type: model.type, tenant: tenantOf(facts.gateway) }
  return [{ ...about, fixed, measured, ...(site.kind === 'weather' ? { derived: dateObserved } : {}) }]
}

function dateObserved(
  _values: ReadonlyMap<string, number>,
  newestMs: number | undefined,
): Readonly<Record<string, Attribute>> {
  return newestMs === undefined ? {} : { dateObserved: { type: 'Property', value: instant(newestMs) } }
}

/** AccessPoint 0.1.0. */
function accessPointPlans(group: Group, local: string, name: string): readonly EntityPlan[] {
  const [{ facts }] = group
  const of = (channel: string) => group.find((one) => one.facts.channel === channel)
  const [clients, uplink] = [of('clients'), of('uplink-up')]
  const measured = {
    ...(clients === undefined ? {} : { clientsConnected: { series: clients, unit: plain } }),
    ...(uplink === undefined
      ? {}
      : { apState: { series: uplink, unit: plain, meaning: (value: number) => (value > 0 ? 'up' : 'down') } }),
  }
  if (Object.keys(measured).length === 0) return []
  const fixed = { name: { type: 'Property', value: name }, ...locationOf(group) } as const
  return [
    { id: `urn:ngsi-ld:AccessPoint:${local}`, type: 'AccessPoint', tenant: tenantOf(facts.gateway), fixed, measured },
  ]
}

/** Below this a lamp that is switched on gives no light, W. */
const darkW = 1

/** Streetlight 0.2.1: one for each lamp of a cabinet, at the place of the cabinet. */
function streetlightPlans(group: Group): readonly EntityPlan[] {
  const lamps = groups(group, ({ facts }) => {
    const lamp = /^(lamp-\d+)-(?:power|relay)$/.exec(facts.channel)?.[1]
    return lamp && `${facts.device}:${lamp}`
  })
  return lamps.map((lamp) => {
    const [{ facts, site }] = lamp
    const name = /^lamp-\d+/.exec(facts.channel)?.[0] ?? ''
    const power = lamp.find((one) => one.facts.channel.endsWith('-power'))
    const relay = lamp.find((one) => one.facts.channel.endsWith('-relay'))
    const gateway = facts.gateway.replace('/', ':')
    return {
      id: `urn:ngsi-ld:Streetlight:${gateway}:${facts.device}:${name}`,
      type: 'Streetlight',
      tenant: tenantOf(facts.gateway),
      fixed: { ...locationOf(lamp), ...(site === undefined ? {} : nameOf(site.name)) },
      measured: {
        ...(power === undefined ? {} : { powerConsumption: { series: power, unit: { factor: 1, code: 'WTT' } } }),
        ...(relay === undefined
          ? {}
          : { powerState: { series: relay, unit: plain, meaning: (value: number) => (value > 0 ? 'on' : 'off') } }),
      },
      derived: lampStatus,
    }
  })
}

/** `defectiveLamp`: switched on and dark; `ok`: nothing speaks against it, which says little of a lamp that is off. */
function lampStatus(values: ReadonlyMap<string, number>): Readonly<Record<string, Attribute>> {
  const [on, power] = [values.get('powerState'), values.get('powerConsumption')]
  const isDark = on !== undefined && on > 0 && power !== undefined && power < darkW
  return { status: { type: 'Property', value: isDark ? 'defectiveLamp' : 'ok' } }
}

/** Device 0.0.9, where it has a word for something that the device measures. */
function devicePlans(group: Group): readonly EntityPlan[] {
  const [{ facts }] = group
  const words = [...new Set(group.flatMap((one) => controlledPropertyOf(one.facts.channel) ?? []))]
  if (words.length === 0) return []
  return [
    {
      id: deviceId(group[0]),
      type: 'Device',
      tenant: tenantOf(facts.gateway),
      fixed: {
        controlledProperty: { type: 'Property', value: words },
        category: { type: 'Property', value: ['sensor'] },
        ...locationOf(group),
      },
      measured: {},
    },
  ]
}

/** DeviceMeasurement 0.1.0: every series, in its SenML unit. */
function measurementPlan(series: SeenSeries): EntityPlan {
  const { facts } = series
  const code = unitCodeOf(facts.unit)
  const fixed: Record<string, Attribute> = {
    refDevice: { type: 'Relationship', object: deviceId(series) },
    controlledProperty: { type: 'Property', value: controlledPropertyOf(facts.channel) ?? facts.channel },
    measurementType: { type: 'Property', value: facts.channel },
    ...(code === undefined ? {} : { unit: { type: 'Property', value: code } }),
    ...locationOf([series]),
  }
  return {
    id: `urn:ngsi-ld:DeviceMeasurement:${facts.gateway.replace('/', ':')}:${facts.device}:${facts.channel}`,
    type: 'DeviceMeasurement',
    tenant: tenantOf(facts.gateway),
    fixed,
    measured: { numValue: { series, unit: { factor: 1, ...(code === undefined ? {} : { code }) } } },
    derived: dateObserved,
  }
}

function seenPlaces({ openData }: SeenSources, scope: TenantScope): readonly Place[] {
  const { places, book } = openData
  return (['wifi', 'shelter', 'facility'] as const).flatMap((kind) =>
    places.places((tenant) => scope.allows(tenant) || book.isListPublic(tenant, kind), kind),
  )
}

const placeTypes = { wifi: 'AccessPoint', shelter: 'EvacuationSite', facility: 'PublicFacility' } as const

/** AccessPoint for what stands in the list of wireless LAN; shelters and facilities are types of our own context. */
function placePlans({ tenant, kind, id, name, position, columns }: Place): readonly EntityPlan[] {
  if (kind === 'streetlight') return []
  const type = placeTypes[kind]
  const address = columns['所在地_連結表記']
  const ssid = columns['SSID']
  const capacity = kind === 'shelter' ? Number(columns['想定収容人数'] ?? Number.NaN) : Number.NaN
  const property = (value: unknown) => ({ type: 'Property', value }) as const
  const fixed: Record<string, Attribute> = {
    name: property(name),
    ...(position === undefined ? {} : { location: point(position.lon, position.lat) }),
    ...(address === undefined ? {} : { address: property(address) }),
    ...(kind !== 'wifi' || ssid === undefined ? {} : { ssid: property(ssid.split(';')) }),
    ...(Number.isNaN(capacity) ? {} : { capacity: property(capacity) }),
  }
  return [{ id: `urn:ngsi-ld:${type}:${tenant}:place:${id}`, type, tenant, fixed, measured: {} }]
}

function deviceId({ facts }: SeenSeries): string {
  return `urn:ngsi-ld:Device:${facts.gateway.replace('/', ':')}:${facts.device}`
}

function tenantOf(gateway: string): string {
  return gateway.slice(0, gateway.indexOf('/'))
}

function nameOf({ ja, en }: { readonly ja: string; readonly en: string }): Readonly<Record<string, Attribute>> {
  return { name: { type: 'Property', value: ja }, alternateName: { type: 'Property', value: en } }
}

/** Of those series whose place may be told. */
function locationOf(group: readonly SeenSeries[]): Readonly<Record<string, Attribute>> {
  const position = group.find((one) => one.position !== undefined)?.position
  return position === undefined ? {} : { location: point(position.lon, position.lat) }
}

function point(lon: number, lat: number): Attribute {
  return { type: 'GeoProperty', value: { type: 'Point', coordinates: [lon, lat] } }
}

export function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z')
}
