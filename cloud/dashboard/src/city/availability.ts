// What the hub's availability by day comes to: of a class today and over its days, and which of its things were away most.
import type { AvailabilityClass, AvailabilityReport } from '../api/city-api.ts'

export type AvailabilityItem = AvailabilityReport['items'][number]

export const availabilityClasses = [
  'streetlight',
  'wifi',
  'gateway',
  'weather',
] as const satisfies readonly AvailabilityClass[]

export interface ClassHealth {
  readonly class: AvailabilityClass
  readonly things: number
  /** Share of today, of lights of the last night that was told of. Null: nothing is told. */
  readonly newest: number | null
  /** Of all days that tell anything. */
  readonly whole: number | null
  /** Days of which anything is told. */
  readonly days: number
  /** Those below what is expected over all days, worst first. */
  readonly worst: readonly { readonly item: AvailabilityItem; readonly share: number }[]
}

/** Below this somebody should look: a half day of the thirty. Own choice. */
export const expectedShare = 0.98
const mostWorst = 3

function mean(values: readonly (number | null)[]): number | null {
  const told = values.filter((value) => value !== null)
  return told.length === 0 ? null : told.reduce((sum, value) => sum + value, 0) / told.length
}

export function healthOf(report: AvailabilityReport, wanted: AvailabilityClass): ClassHealth {
  const items = report.items.filter((item) => item.class === wanted)
  const byDay = report.days.map((_, day) => mean(items.map(({ days }) => days[day] ?? null)))
  const told = byDay.filter((share) => share !== null)
  const shares = items.flatMap((item) => {
    const share = mean(item.days)
    return share === null ? [] : [{ item, share }]
  })
  return {
    class: wanted,
    things: items.length,
    newest: (wanted === 'streetlight' ? byDay.findLast((share) => share !== null) : byDay.at(-1)) ?? null,
    whole: mean(items.map(({ days }) => mean(days))),
    days: told.length,
    worst: shares
      .filter(({ share }) => share < expectedShare)
      .toSorted((a, b) => a.share - b.share)
      .slice(0, mostWorst),
  }
}

export type DayLevel = 'none' | 'up' | 'partly' | 'down'

/** What a day of a calendar of outages is called. */
export function dayLevel(share: number | null): DayLevel {
  if (share === null) return 'none'
  if (share >= 0.99) return 'up'
  return share >= 0.95 ? 'partly' : 'down'
}

/** `99.6%`; one that was not whole is never said to be 100 %. */
export function shareText(share: number | null): string | null {
  if (share === null) return null
  const percent = share >= 1 ? 100 : Math.min(99.9, share * 100)
  return `${percent.toFixed(percent === 100 ? 0 : 1)}%`
}
