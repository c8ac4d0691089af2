// A month as people in Japan count it, and the stored results of its days.
import { japanMs } from '../../calendar/japan-days.ts'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Store } from '../../store/store.ts'
import { hourMs } from '../insight.ts'
import { seriesNameOf } from '../result-series.ts'

export interface Month {
  /** `2026-11` */
  readonly name: string
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** Throws `payload.schema` for what is no month. */
export function monthOf(name: string): Month {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(name) ?? []
  if (year === undefined || month === undefined)
    throw new AppError('payload.schema', `${name} is no month, e.g. 2026-11`)
  const at = (add: number) => Date.UTC(Number(year), Number(month) - 1 + add) - japanMs
  return { name, fromMs: at(0), toMs: at(1) }
}

/** The month in which `timeMs` lies. */
export function monthAt(timeMs: number): Month {
  return monthOf(new Date(timeMs + japanMs).toISOString().slice(0, 7))
}

export interface ResultSource {
  readonly store: Pick<Store, 'readings'>
  readonly catalogue: { id(key: string): number | undefined }
}

/** Of a month with results of days, each may be revised many times. */
const mostReadings = 10_000

/**
 * The results of a day's insight at a site in a month: a result at the end of a day is of that day, so that midnight of the first
 * belongs to the month before.
 */
export async function monthResults(
  source: ResultSource,
  result: { readonly site: string; readonly insight: string; readonly output: string },
  { fromMs, toMs }: Month,
): Promise<readonly number[]> {
  const found = await resultsBetween(source, result, { fromMs: fromMs + hourMs, toMs: toMs + hourMs })
  return found.map(({ value }) => value)
}

/** Each hour's once, in order: of two of one hour the later holds. Times in [fromMs, toMs). */
export async function resultsBetween(
  { store, catalogue }: ResultSource,
  { site, insight, output }: { readonly site: string; readonly insight: string; readonly output: string },
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<readonly { readonly timeMs: number; readonly value: number }[]> {
  const id = catalogue.id(`${site.slice(0, site.lastIndexOf('/'))}/${seriesNameOf(site, insight, output)}`)
  if (id === undefined) return []
  const found = new Map<number, { readonly timeMs: number; readonly value: number }>()
  for (const { timeMs, value } of await store.readings({ series: id, ...span, limit: mostReadings })) {
    if (value !== null) found.set(Math.floor(timeMs / hourMs), { timeMs, value })
  }
  return [...found.values()]
}
