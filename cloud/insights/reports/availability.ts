// How much of each day gateways, access points, street lights and weather stations were there, day by day, for health at a glance and calendars of outages.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import { dayAt, startOfDayMs } from '../../calendar/japan-days.ts'
import type { TenantScope } from '../../people/principal.ts'
import { availabilityOf } from '../access-points/ap-availability.ts'
import { dayMs, hourMs, type Hours } from '../insight.ts'
import { inputSeries, type PlacedInsight } from '../place-index.ts'
import { resultsBetween, type ResultSource } from './month.ts'
import type { AvailabilityClass, AvailabilityItem, AvailabilityReport } from './report-schemas.ts'
import type { Watched } from './watched.ts'

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface AvailabilitySources extends ResultSource {
  readonly placed: () => readonly PlacedInsight[]
  readonly gateways: () => readonly Watched[]
  readonly stations: () => readonly Watched[]
  readonly hours: (series: number, span: Span) => Promise<Hours>
}

interface AvailabilityWanted {
  readonly class: AvailabilityClass | undefined
  /** Today and the days before it. */
  readonly days: number
  readonly nowMs: number
  readonly scope: TenantScope
}

/**
 * Days are those of Japan, today the last of them. Of access points and street lights it is what their insights stored, a night
 * being of the day on whose evening it begins; of gateways and weather stations the share of the hours in which readings came.
 */
export async function availabilityReport(
  sources: AvailabilitySources,
  wanted: AvailabilityWanted,
): Promise<AvailabilityReport> {
  const today = dayAt(wanted.nowMs)
  const first = today - wanted.days + 1
  const days = Array.from({ length: wanted.days }, (_, index) => dateOf(first + index))
  const items: AvailabilityItem[] = []
  const isWanted = (one: AvailabilityClass) => wanted.class === undefined || wanted.class === one
  const take = async (one: AvailabilityClass, read: () => Promise<readonly Shares[]>) => {
    if (!isWanted(one)) return
    for (const { shares, ...thing } of await read()) items.push({ ...thing, class: one, days: [...shares] })
  }
  const span = { first, today, nowMs: wanted.nowMs }
  const allowed = (list: readonly Watched[]) => list.filter(({ id }) => wanted.scope.allowsKey(id))
  await take('gateway', async () => await deliveredShares(sources, allowed(sources.gateways()), span))
  await take('wifi', async () => await accessPointShares(sources, wanted.scope, span))
  await take('streetlight', async () => await lightShares(sources, wanted.scope, span))
  await take('weather', async () => await deliveredShares(sources, allowed(sources.stations()), span))
  return { days, items }
}

interface Days {
  /** Numbers of days; today is the last. */
  readonly first: number
  readonly today: number
  readonly nowMs: number
}

interface Shares {
  readonly id: string
  readonly name: LocalizedText
  /** Of each day; null: nothing can be told. */
  readonly shares: readonly (number | null)[]
}

function dateOf(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

const lengthOf = ({ first, today }: Days): number => today - first + 1

async function resultShares(
  sources: AvailabilitySources,
  { site, insight, output }: { readonly site: string; readonly insight: string; readonly output: string },
  days: Days,
): Promise<(number | null)[]> {
  const span = { fromMs: startOfDayMs(days.first) + hourMs, toMs: startOfDayMs(days.today + 2) }
  const shares: (number | null)[] = Array.from({ length: lengthOf(days) }, () => null)
  for (const { timeMs, value } of await resultsBetween(sources, { site, insight, output }, span)) {
    // The result at the end of a day is of the day before it, and the one at noon of the night that began on it.
    const index = dayAt(timeMs - dayMs) - days.first
    if (index >= 0 && index < shares.length) shares[index] = value
  }
  return shares
}

function sitesOf({ placed }: AvailabilitySources, insight: string, scope: TenantScope): readonly PlacedInsight[] {
  return placed().filter((one) => one.insight.id === insight && scope.allowsKey(one.place.id))
}

async function lightShares(sources: AvailabilitySources, scope: TenantScope, days: Days): Promise<readonly Shares[]> {
  const found: Shares[] = []
  for (const { place, insight } of sitesOf(sources, 'night-coverage', scope)) {
    const shares = await resultShares(sources, { site: place.id, insight: insight.id, output: 'coverage' }, days)
    found.push({ id: place.id, name: place.name, shares })
  }
  return found
}

async function accessPointShares(
  sources: AvailabilitySources,
  scope: TenantScope,
  days: Days,
): Promise<readonly Shares[]> {
  const found: Shares[] = []
  for (const placed of sitesOf(sources, 'ap-availability', scope)) {
    const { place, insight } = placed
    const shares = await resultShares(sources, { site: place.id, insight: insight.id, output: 'availability' }, days)
    shares[shares.length - 1] = await accessPointToday(sources, placed, days)
    found.push({ id: place.id, name: place.name, shares })
  }
  return found
}

/** The whole hours of today so far, by the same method as that of a day. */
async function accessPointToday(
  { hours }: AvailabilitySources,
  { series }: PlacedInsight,
  { today, nowMs }: Days,
): Promise<number | null> {
  const { uptime, link, gateway } = series
  if (uptime === undefined) return null
  const span = { fromMs: startOfDayMs(today) - hourMs, toMs: Math.floor(nowMs / hourMs) * hourMs }
  const read = async (id: number | undefined) => (id === undefined ? undefined : await hours(id, span))
  const up = await hours(uptime, span)
  const { measuredHours, upHours } = availabilityOf(up, await read(link), await read(gateway))
  return measuredHours === 0 ? null : upHours / measuredHours
}

/** So many series are looked at of each: its own state where it sends one, and then those that insights read, which matter. */
const pulses = 3

async function deliveredShares(
  { hours, placed }: AvailabilitySources,
  watched: readonly Watched[],
  days: Days,
): Promise<readonly Shares[]> {
  const read = new Set(placed().flatMap((one) => inputSeries(one).map(([, id]) => id)))
  const span = { fromMs: startOfDayMs(days.first), toMs: Math.floor(days.nowMs / hourMs) * hourMs }
  const found: Shares[] = []
  for (const { id, name, series } of watched) {
    const rank = (one: Watched['series'][number]) => (one.channel === 'outbox-messages' ? 0 : read.has(one.id) ? 1 : 2)
    const chosen = series.toSorted((a, b) => rank(a) - rank(b)).slice(0, pulses)
    const columns: Hours[] = []
    for (const { id: one } of chosen) if (span.toMs > span.fromMs) columns.push(await hours(one, span))
    found.push({ id, name, shares: deliveredByDay(columns, lengthOf(days)) })
  }
  return found
}

/**
 * The share of the hours of each day in which one of the series has a reading, from the first that has one: what was not yet there
 * is not missing. Own method: an outage that leaves a reading in each hour is not seen.
 */
export function deliveredByDay(columns: readonly Pick<Hours, 'count'>[], days: number): readonly (number | null)[] {
  const length = Math.max(0, ...columns.map(({ count }) => count.length))
  const isThere = (hour: number) => columns.some(({ count }) => (count[hour] ?? 0) > 0)
  const hours = Array.from({ length }, (_, hour) => isThere(hour))
  const begin = hours.indexOf(true)
  return Array.from({ length: days }, (_, day) => {
    const own = begin < 0 ? [] : hours.slice(Math.max(begin, day * 24), (day + 1) * 24)
    return own.length === 0 ? null : own.filter(Boolean).length / own.length
  })
}
