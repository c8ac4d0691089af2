// What the lamps of the city come to: circuits with the use of each lamp, and whom a crew should visit first and why.
import type { CitizenReportItem } from '../api/city-api.ts'
import type { AlarmItem, LatestItem, SiteItem } from '../api/shapes.ts'
import { type Lamp, lampsOf } from './lamps.ts'
import { severityRank } from './merge.ts'
import { naturalOrder } from '../format/natural-order.ts'

/** A lamp with what the insights found of its last night; null: nothing is told. */
export interface LampFacts {
  readonly lamp: Lamp
  readonly site: SiteItem
  readonly burntS: number | null
  readonly energyJ: number | null
  /** Share of the night's hours that it burnt. */
  readonly coverage: number | null
  /** Of the next weeks; from 1 on there is a sign of failure. */
  readonly risk: number | null
  /** When the night's results are of. */
  readonly nightMs: number | null
}

export interface Circuit {
  readonly device: string
  readonly lamps: readonly LampFacts[]
}

export interface Cabinet {
  readonly site: SiteItem
  readonly circuits: readonly Circuit[]
  readonly lamps: readonly LampFacts[]
  /** Of all lamps, as `LampFacts`. */
  readonly energyJ: number | null
  readonly costYen: number | null
  readonly coverage: number | null
  readonly burntS: number | null
}

interface Known {
  readonly sites: readonly SiteItem[]
  readonly seriesBySite: ReadonlyMap<string, readonly LatestItem[]>
  readonly alarms: readonly AlarmItem[]
}

/** Cabinets with the most to do first. */
export function cabinetsOf({ sites, seriesBySite, alarms }: Known): readonly Cabinet[] {
  return sites
    .filter(({ kind }) => kind === 'streetlight')
    .map((site) => cabinetOf(site, seriesBySite.get(site.id) ?? [], alarms))
    .toSorted((a, b) => workOf(b) - workOf(a) || naturalOrder(a.site.id, b.site.id))
}

function workOf({ lamps }: Cabinet): number {
  return lamps.filter((facts) => reasonsOf(facts).length > 0).length
}

function cabinetOf(site: SiteItem, series: readonly LatestItem[], alarms: readonly AlarmItem[]): Cabinet {
  const results = new Map(
    series
      .filter(({ device }) => device.startsWith('~'))
      .map((item) => [`${item.device.slice(item.device.lastIndexOf('.') + 1)}:${item.channel}`, item]),
  )
  const value = (name: string): number | null => results.get(name)?.value ?? null
  const lamps = lampsOf(series, alarms)
  const several = new Set(lamps.map(({ device }) => device)).size > 1
  const facts = lamps.map((lamp): LampFacts => {
    const part = several ? `${lamp.device}.lamp-${lamp.number}` : `lamp-${lamp.number}`
    return {
      lamp,
      site,
      burntS: value(`lamp-use:burnt-time.${part}`),
      energyJ: value(`lamp-use:energy.${part}`),
      coverage: value(`night-coverage:coverage.${part}`),
      risk: value(`lamp-outlook:risk.${part}`),
      nightMs: results.get(`night-coverage:coverage.${part}`)?.time ?? null,
    }
  })
  return {
    site,
    lamps: facts,
    circuits: [...Map.groupBy(facts, ({ lamp }) => lamp.device)].map(([device, own]) => ({
      device,
      lamps: own.toSorted((a, b) => a.lamp.number - b.lamp.number),
    })),
    energyJ: value('lamp-use:energy'),
    costYen: value('lamp-use:cost'),
    coverage: value('night-coverage:coverage'),
    burntS: value('lamp-use:burnt-time'),
  }
}

export type Reason = 'fault' | 'dark' | 'partly' | 'likely' | 'reported'

/** As the insight of night coverage has them: below these a lamp stayed dark, or burnt in part. */
const darkShare = 0.2
const fullShare = 0.9
const riskFrom = 1

/** Why somebody should look at a lamp; none: it is well. */
export function reasonsOf({ lamp, coverage, risk }: LampFacts): readonly Reason[] {
  return [
    ...(lamp.alarm === undefined ? [] : (['fault'] as const)),
    ...(coverage === null || coverage >= fullShare
      ? []
      : [coverage < darkShare ? ('dark' as const) : ('partly' as const)]),
    ...(risk === null || risk < riskFrom ? [] : (['likely'] as const)),
  ]
}

/** 1: today. 2: these days. 3: at the next round. */
type Priority = 1 | 2 | 3

export interface Visit {
  readonly key: string
  readonly priority: Priority
  readonly reasons: readonly Reason[]
  readonly facts: LampFacts | undefined
  /** What a citizen told, where no lamp of ours is known. */
  readonly report: CitizenReportItem | undefined
  readonly sinceMs: number | null
  readonly position: { readonly lat: number; readonly lon: number }
}

function priorityOf(facts: LampFacts, reasons: readonly Reason[]): Priority {
  const { alarm } = facts.lamp
  if (alarm !== undefined && severityRank[alarm.severity] <= severityRank.major) return 1
  return reasons.includes('fault') || reasons.includes('dark') ? 2 : 3
}

/** Whom a crew should visit, first things first; `positionOf`: where a lamp stands, if the list of lights says so. */
export function visitsOf(
  cabinets: readonly Cabinet[],
  reports: readonly CitizenReportItem[],
  positionOf: (facts: LampFacts) => Visit['position'],
): readonly Visit[] {
  const lamps = cabinets.flatMap(({ lamps }) =>
    lamps.flatMap((facts): readonly Visit[] => {
      const reasons = reasonsOf(facts)
      if (reasons.length === 0) return []
      const { lamp, site } = facts
      return [
        {
          key: `${site.id} ${lamp.device} ${lamp.number}`,
          priority: priorityOf(facts, reasons),
          reasons,
          facts,
          report: undefined,
          sinceMs: lamp.alarm?.raisedAt ?? facts.nightMs,
          position: positionOf(facts),
        },
      ]
    }),
  )
  const told = reports
    .filter(({ kind }) => kind === 'street-light')
    .map((report): Visit => {
      const { id, position, receivedAt } = report
      return { key: id, priority: 2, reasons: ['reported'], facts: undefined, report, sinceMs: receivedAt, position }
    })
  return [...lamps, ...told].toSorted(
    (a, b) => a.priority - b.priority || (a.sinceMs ?? 0) - (b.sinceMs ?? 0) || a.key.localeCompare(b.key),
  )
}
