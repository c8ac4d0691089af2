// From the hub's state to the API's shapes.
import { gatewayDevice } from '../../broker/contract/gateway-device.ts'
import type { Alarm } from '../alarms/alarm.ts'
import type { LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { GatewayRecord, GatewayRegistry } from '../registry/gateway-registry.ts'
import type { TenantScope } from '../people/principal.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import type { GatewayItem, LatestItem, SeriesItem, SiteHead, SiteItem, StreamReading } from './schemas.ts'

export interface ViewSources {
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly openAlarms: () => readonly Alarm[]
}

/** Channels by which gateways report how many messages wait in their outbox. */
const outboxDepth = /^outbox[-_.]?(depth|messages|rows)$/i

/** What the live stream says of a series' newest reading. */
export function streamReading(
  { catalogue, latest }: Pick<ViewSources, 'catalogue' | 'latest'>,
  id: number,
): StreamReading {
  return { series: catalogue.key(id), ...readingOf(latest, id), time: latest.timeMs(id) }
}

export function latestItem(sources: ViewSources, id: number): LatestItem {
  const facts = sources.directory.facts(id)
  const timeMs = sources.latest.timeMs(id)
  return {
    series: facts.key,
    gateway: facts.gateway,
    device: facts.device,
    channel: facts.channel,
    site: facts.site ?? null,
    siteKind: facts.siteKind ?? null,
    deviceLabel: facts.deviceLabel,
    label: facts.label,
    unit: facts.unit ?? null,
    ...readingOf(sources.latest, id),
    time: timeMs > Number.NEGATIVE_INFINITY ? timeMs : null,
  }
}

export function seriesItem(sources: ViewSources, id: number): SeriesItem {
  const { key, gateway, device, channel, site, label, unit, calibration } = sources.directory.facts(id)
  const intervalS = sources.directory.intervalS(id) ?? null
  return {
    series: key,
    gateway,
    device,
    channel,
    site: site ?? null,
    label,
    unit: unit ?? null,
    intervalS,
    calibration: calibration ?? null,
  }
}

export function seenSeries({ catalogue }: ViewSources, scope: TenantScope): readonly number[] {
  const all = Array.from({ length: catalogue.size }, (_, id) => id)
  return scope.tenants === 'all' ? all : all.filter((id) => scope.allows(catalogue.owner(id).identity.tenant))
}

export function seenGateways({ registry }: ViewSources, scope: TenantScope): readonly GatewayRecord[] {
  return registry.all().filter(({ id }) => scope.allowsKey(id))
}

/** Every site that a gateway's birth describes, with its series. */
export function siteItems(sources: ViewSources, scope: TenantScope): readonly SiteItem[] {
  const described = seenGateways(sources, scope).flatMap(({ id }) => sources.directory.seriesOf(id))
  const bySite = Map.groupBy(
    described.map((id) => latestItem(sources, id)),
    ({ site }) => site,
  )
  return siteHeads(sources, scope).map((site) => ({ ...site, series: bySite.get(site.id) ?? [] }))
}

/** The same without their series; the worst of its alarms is the state of a site. */
export function siteHeads(sources: ViewSources, scope: TenantScope): readonly SiteHead[] {
  const alarms = sources.openAlarms().filter((alarm) => alarm.clearedMs === undefined)
  return seenGateways(sources, scope).flatMap((gateway) => {
    return [...gateway.sites.values()].map((site): SiteHead => {
      const id = `${gateway.id}/${site.id}`
      const own = alarms.filter((alarm) => alarm.site === id)
      return {
        id,
        kind: site.kind,
        name: site.name,
        position: site.position,
        ...(site.area === undefined ? {} : { area: site.area }),
        gateway: gateway.id,
        state: siteState(gateway, own),
        openAlarms: own.length,
      }
    })
  })
}

export function gatewayItem(sources: ViewSources, gateway: GatewayRecord): GatewayItem {
  const { birth } = gateway
  const name = gateway.id.slice(gateway.id.indexOf('/') + 1)
  return {
    id: gateway.id,
    label: birth?.label ?? { ja: name, en: name },
    state: gateway.state,
    reason: gateway.reason ?? null,
    since: gateway.sinceMs,
    epoch: birth?.epoch ?? null,
    agent: birth?.agent ?? null,
    devices: [...gateway.devices.keys()].filter((id) => id !== gatewayDevice).length,
    sites: gateway.sites.size,
    models: birth?.models ?? [],
    refusedModels: birth?.refusedModels ?? [],
    commands: (birth?.commands ?? []).map(({ kind, choices = [] }) => ({ kind, choices })),
    lastSeen: gateway.lastSeenMs ?? null,
    outboxDepth: outboxDepthOf(sources, gateway.id),
    condition: birth?.condition ?? null,
  }
}

function readingOf(latest: LatestValues, id: number): Pick<StreamReading, 'value' | 'text' | 'quality' | 'reason'> {
  const value = latest.value(id)
  const quality = latest.quality(id)
  const text = latest.text(id) ?? null
  const isReason = quality !== 'good'
  return {
    value: Number.isNaN(value) ? null : value,
    text: isReason ? null : text,
    quality,
    reason: isReason ? text : null,
  }
}

function siteState(gateway: GatewayRecord, alarms: readonly Alarm[]): SiteItem['state'] {
  if (gateway.state === 'offline') return 'offline'
  if (alarms.some(({ severity }) => severity === 'critical' || severity === 'major')) return 'critical'
  return alarms.some(({ severity }) => severity === 'minor' || severity === 'warning') ? 'warning' : 'good'
}

function outboxDepthOf({ directory, latest }: ViewSources, gateway: string): number | null {
  for (const id of directory.seriesOf(gateway)) {
    if (outboxDepth.test(directory.facts(id).channel)) {
      const depth = latest.value(id)
      return Number.isNaN(depth) ? null : depth
    }
  }
  return null
}
