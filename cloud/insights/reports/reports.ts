// What infrastructure delivered in a month, site by site, summed up from the stored results of its days.
import type { Clock } from '../../../broker/contract/ports.ts'
import type { HubDatabase } from '../../registry/hub-database.ts'
import type { TenantScope } from '../../people/principal.ts'
import type { SettingsSource } from '../computation.ts'
import type { PlacedInsight } from '../place-index.ts'
import { availabilityReport, type AvailabilitySources } from './availability.ts'
import { monthAt, monthOf, monthResults, type Month } from './month.ts'
import { repairsOf } from './repairs.ts'
import type {
  AccessPointReportItem,
  AvailabilityQuery,
  AvailabilityReport,
  ReportQuery,
  StreetlightReportItem,
} from './report-schemas.ts'

interface ReportSources extends AvailabilitySources {
  readonly database: HubDatabase
  readonly settings: SettingsSource
}

/** The reports of a hub, as its API asks for them. */
export class Reports {
  readonly #sources: ReportSources
  readonly #clock: Clock

  constructor(sources: ReportSources, clock: Clock) {
    this.#sources = sources
    this.#clock = clock
  }

  async streetlights(query: ReportQuery, scope: TenantScope): Promise<StreetlightReportItem[]> {
    return await streetlightReport(this.#sources, this.#wanted(query, scope))
  }

  async accessPoints(query: ReportQuery, scope: TenantScope): Promise<AccessPointReportItem[]> {
    return await accessPointReport(this.#sources, this.#wanted(query, scope))
  }

  async availability({ class: wanted, days = 30 }: AvailabilityQuery, scope: TenantScope): Promise<AvailabilityReport> {
    return await availabilityReport(this.#sources, { class: wanted, days, scope, nowMs: this.#clock.now() })
  }

  #wanted({ month, site }: ReportQuery, scope: TenantScope): Wanted {
    return { month: month === undefined ? monthAt(this.#clock.now()) : monthOf(month), scope, site }
  }
}

interface Wanted {
  readonly month: Month
  readonly scope: TenantScope
  readonly site: string | undefined
}

async function streetlightReport(sources: ReportSources, wanted: Wanted): Promise<StreetlightReportItem[]> {
  const items: StreetlightReportItem[] = []
  for (const { place } of sitesOf(sources, 'lamp-use', wanted)) {
    const of = (insight: string, output: string) =>
      monthResults(sources, { site: place.id, insight, output }, wanted.month)
    const energy = await of('lamp-use', 'energy')
    const { tariff } = sources.settings.of(place.id).settings
    items.push({
      site: place.id,
      name: place.name,
      month: wanted.month.name,
      days: energy.length,
      meanBurntS: mean(await of('lamp-use', 'burnt-time')),
      meanDueS: mean(await of('lamp-use', 'due-time')),
      coverage: mean(await of('night-coverage', 'coverage')),
      energyJ: sum(energy),
      costYen: sum(await of('lamp-use', 'cost')),
      tariffVerified: tariff?.verified ?? null,
      dayBurntS: sum(await of('lamp-use', 'day-burnt-time')),
      wastedJ: sum(await of('lamp-use', 'wasted-energy')),
      ...(await repairsOf(sources.database, place.id, wanted.month)),
    })
  }
  return items
}

async function accessPointReport(sources: ReportSources, wanted: Wanted): Promise<AccessPointReportItem[]> {
  const items: AccessPointReportItem[] = []
  for (const { place } of sitesOf(sources, 'ap-use', wanted)) {
    const of = (insight: string, output: string) =>
      monthResults(sources, { site: place.id, insight, output }, wanted.month)
    const clients = await of('ap-use', 'client-time')
    items.push({
      site: place.id,
      name: place.name,
      month: wanted.month.name,
      days: clients.length,
      availability: mean(await of('ap-availability', 'availability')),
      downS: sum(await of('ap-availability', 'down-time')),
      restarts: sum(await of('ap-availability', 'restarts')),
      clientS: sum(clients),
      peakClients: most(await of('ap-use', 'peak-clients')),
      trafficB: sum(await of('ap-use', 'traffic')),
      busiestHour: (await of('ap-use', 'busiest-hour')).at(-1) ?? null,
      fullS: sum(await of('ap-demand', 'full-time')),
    })
  }
  return items
}

function sitesOf({ placed }: ReportSources, insight: string, { scope, site }: Wanted): readonly PlacedInsight[] {
  return placed().filter(
    (one) =>
      one.insight.id === insight && scope.allowsKey(one.place.id) && (site === undefined || one.place.id === site),
  )
}

function sum(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number | null {
  const total = sum(values)
  return total === null ? null : total / values.length
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values)
}
