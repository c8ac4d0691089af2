// Pure rules by which news from the stream becomes part of what the screen shows.
import type { AlarmItem, GatewayItem, LatestItem, Severity, SiteItem, SiteState, StreamReading } from '../api/shapes.ts'
import { naturalOrder } from '../format/natural-order.ts'

export type LatestBySeries = ReadonlyMap<string, LatestItem>

export interface MergedReadings {
  readonly latest: LatestBySeries
  /** A reading came of a series that no list has described yet: the lists must be loaded again. */
  readonly unknownSeries: boolean
}

/** Takes the readings over, but never an older one over a newer: backfill arrives late. */
export function mergeReadings(latest: LatestBySeries, readings: readonly StreamReading[]): MergedReadings {
  const merged = new Map(latest)
  let unknownSeries = false
  for (const { series, ...reading } of readings) {
    const known = merged.get(series)
    if (known === undefined) unknownSeries = true
    else if (known.time === null || reading.time >= known.time) merged.set(series, { ...known, ...reading })
  }
  return { latest: merged, unknownSeries }
}

/** Lists loaded from the hub may have been overtaken by the stream: the newer reading of each series stays. */
export function mergeLoaded(current: LatestBySeries, loaded: readonly LatestItem[]): LatestBySeries {
  return new Map(
    loaded.map((item) => {
      const shown = current.get(item.series)
      const newer = (shown?.time ?? -Infinity) > (item.time ?? -Infinity)
      const { value, text, quality, reason, time } = newer && shown !== undefined ? shown : item
      return [item.series, { ...item, value, text, quality, reason, time }]
    }),
  )
}

/** Does this alarm belong on the list of open ones? As the API's `state=open`. */
function isOpen(alarm: AlarmItem): boolean {
  return alarm.state === 'open' || !alarm.acknowledged
}

/** Must somebody act now? A condition that has ended, a mere notice, or one that is looked after or kept quiet needs nobody. */
export function needsAction({ state, acknowledged, severity, suppressions, workOrder }: AlarmItem): boolean {
  const isLookedAfter = acknowledged || workOrder !== null
  return state === 'open' && !isLookedAfter && severity !== 'info' && suppressions.length === 0
}

export function mergeAlarm(open: readonly AlarmItem[], alarm: AlarmItem): readonly AlarmItem[] {
  const others = open.filter((other) => other.id !== alarm.id)
  return isOpen(alarm) ? sortAlarms([alarm, ...others]) : others
}

export const severityRank: Readonly<Record<Severity, number>> = { critical: 0, major: 1, minor: 2, warning: 3, info: 4 }

/** What needs a person first: lasting and not acknowledged, then severe, then new. */
export function sortAlarms(alarms: readonly AlarmItem[]): readonly AlarmItem[] {
  return alarms.toSorted(
    (a, b) =>
      Number(needsAction(b)) - Number(needsAction(a)) ||
      Number(a.acknowledged) - Number(b.acknowledged) ||
      severityRank[a.severity] - severityRank[b.severity] ||
      b.raisedAt - a.raisedAt,
  )
}

export function mergeGateway(gateways: readonly GatewayItem[], gateway: GatewayItem): readonly GatewayItem[] {
  return [...gateways.filter((other) => other.id !== gateway.id), gateway].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

const stateRank = { critical: 0, warning: 1, offline: 2, good: 3 } as const

/** The state that a person should hear of first. */
export function worstState(states: readonly SiteState[]): SiteState {
  return states.toSorted((a, b) => stateRank[a] - stateRank[b])[0] ?? 'good'
}

/** Sites that need attention first, then by kind and id. */
export function sortSites(sites: readonly SiteItem[]): readonly SiteItem[] {
  return sites.toSorted(
    (a, b) => stateRank[a.state] - stateRank[b.state] || naturalOrder(a.kind, b.kind) || naturalOrder(a.id, b.id),
  )
}
