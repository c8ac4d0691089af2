// What the access points of the city come to: who is up, how many use them now, when they are busy, and where they are too few.
import type { LatestItem, SiteItem } from '../api/shapes.ts'
import { naturalOrder } from '../format/natural-order.ts'

export interface AccessPoint {
  readonly site: SiteItem
  /** Connected now; null: not known. */
  readonly clients: number | null
  /** bit/s, both ways. */
  readonly rate: number | null
  /** Local hour of the last four weeks. */
  readonly busiestHour: number | null
  /** Of yesterday. */
  readonly availability: number | null
  readonly peakClients: number | null
  /** Of yesterday, at nine tenths of its capacity; null: the capacity is not set. */
  readonly fullS: number | null
}

const stateRank = { critical: 0, warning: 1, offline: 2, good: 3 } as const

/** Those that need somebody first, then the most used. */
export function accessPointsOf(
  sites: readonly SiteItem[],
  seriesBySite: ReadonlyMap<string, readonly LatestItem[]>,
): readonly AccessPoint[] {
  return sites
    .filter(({ kind }) => kind === 'wifi')
    .map((site) => accessPointOf(site, seriesBySite.get(site.id) ?? []))
    .toSorted(
      (a, b) =>
        stateRank[a.site.state] - stateRank[b.site.state] ||
        (b.clients ?? -1) - (a.clients ?? -1) ||
        naturalOrder(a.site.id, b.site.id),
    )
}

function accessPointOf(site: SiteItem, series: readonly LatestItem[]): AccessPoint {
  const measured = (channel: string): number | null => {
    const item = series.find((one) => one.channel === channel && !one.device.startsWith('~'))
    return item === undefined || item.quality === 'bad' ? null : item.value
  }
  const found = (insight: string, output: string): number | null =>
    series.find((one) => one.channel === output && one.device.endsWith(`.${insight}`))?.value ?? null
  const [received, sent] = [measured('rx-rate'), measured('tx-rate')]
  return {
    site,
    clients: measured('clients'),
    rate: received === null && sent === null ? null : (received ?? 0) + (sent ?? 0),
    busiestHour: found('ap-use', 'busiest-hour'),
    availability: found('ap-availability', 'availability'),
    peakClients: found('ap-use', 'peak-clients'),
    fullS: found('ap-demand', 'full-time'),
  }
}

/** Mean clients of each local hour of the day; null where nothing was measured. `hours`: beginnings, Unix ms. */
export function busyHours(hours: readonly number[], means: readonly number[]): readonly (number | null)[] {
  const sums = Array.from({ length: 24 }, () => ({ sum: 0, count: 0 }))
  for (const [index, timeMs] of hours.entries()) {
    const hour = sums[new Date(timeMs + japanMs).getUTCHours()]
    const mean = means[index]
    if (hour === undefined || mean === undefined || !Number.isFinite(mean)) continue
    hour.sum += mean
    hour.count += 1
  }
  return sums.map(({ sum, count }) => (count === 0 ? null : sum / count))
}

const japanMs = 9 * 3_600_000
