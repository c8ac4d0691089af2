// What a field engineer found out about one channel: how its values become right ones, when that was, and until when it holds.
import type { SeriesDescription } from '../broker/contract/documents.ts'
import type { Fault } from './config-faults.ts'

/** What the channel said while a better instrument, a standard or a staff gauge said `reference`. In the primary unit. */
interface CalibrationPoint {
  readonly measured: number
  readonly reference: number
}

/**
 * One law: `scale` and `offset` (value × scale + offset), two `points` (the line through both), or a `table` (lines from
 * point to point). Outside [min, max], judged after it, the quality is uncertain, reason `range`; so it is outside a table.
 * All in the channel's SenML primary unit. `date` and `validDays` change no value: the hub shows what is overdue.
 */
export interface Calibration {
  readonly scale?: number
  readonly offset?: number
  readonly points?: readonly CalibrationPoint[]
  readonly table?: readonly CalibrationPoint[]
  readonly min?: number
  readonly max?: number
  /** Day on which it was calibrated, `2026-04-01`. */
  readonly date?: string
  readonly validDays?: number
}

export type Calibrations = Readonly<Record<string, Calibration>>

const dayMs = 86_400_000

/** The value by the calibration's law, and whether the calibration or its limits do not reach that far. */
export function applyCalibration(
  calibration: Calibration,
  value: number,
): { readonly value: number; readonly isOutside: boolean } {
  const { points, table, scale = 1, offset = 0, min, max } = calibration
  const line = points ?? segmentOf(table, value)
  const right = line === undefined ? value * scale + offset : onLine(line, value)
  const isOutsideTable =
    table !== undefined && (value < (table[0]?.measured ?? 0) || value > (table.at(-1)?.measured ?? 0))
  const isOutsideLimits = (min !== undefined && right < min) || (max !== undefined && right > max)
  return { value: right, isOutside: isOutsideTable || isOutsideLimits }
}

/** The two points of a table between which a value lies; beyond its ends the last two go on. */
function segmentOf(
  table: readonly CalibrationPoint[] | undefined,
  value: number,
): readonly CalibrationPoint[] | undefined {
  if (table === undefined) return undefined
  const above = table.findIndex(({ measured }) => measured >= value)
  const end = above < 0 ? table.length - 1 : Math.max(1, above)
  return table.slice(end - 1, end + 1)
}

function onLine([first, second]: readonly CalibrationPoint[], value: number): number {
  if (first === undefined || second === undefined) return value
  if (value === first.measured) return first.reference
  if (value === second.measured) return second.reference
  const gain = (second.reference - first.reference) / (second.measured - first.measured)
  return first.reference + gain * (value - first.measured)
}

/** What the hub is told of a channel's calibration; `due` is the first day on which it no longer holds. */
export function describeCalibration(calibration: Calibration): NonNullable<SeriesDescription['calibration']> {
  const { points, table, date, validDays } = calibration
  const method = table !== undefined ? 'table' : points !== undefined ? 'two-point' : 'linear'
  return {
    method,
    ...(date === undefined ? {} : { date }),
    ...(date === undefined || validDays === undefined ? {} : { due: dayAfter(date, validDays) }),
  }
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)
}

/** What a schema cannot say of a calibration whose shape is right: every fault, with its path and an example. */
export function calibrationFaults(calibration: Calibration, at: string): readonly Fault[] {
  const { points, table, date, validDays, min, max } = calibration
  const faults: Fault[] = []
  const laws = [points, table, calibration.scale ?? calibration.offset].filter((law) => law !== undefined)
  if (laws.length > 1) {
    faults.push({ path: at, message: 'scale and offset, points and table exclude each other: keep one of them' })
  }
  if (points !== undefined) faults.push(...pointFaults(points, `${at}/points`))
  if (table !== undefined) faults.push(...tableFaults(table, `${at}/table`))
  if (min !== undefined && max !== undefined && min >= max) {
    faults.push({ path: `${at}/min`, message: `must be below max ${max}, e.g. min: ${max - 1}` })
  }
  if (date !== undefined && !isDay(date)) {
    faults.push({ path: `${at}/date`, message: `"${date}" is not a day, e.g. date: 2026-04-01` })
  }
  if (validDays !== undefined && date === undefined) {
    faults.push({ path: `${at}/date`, message: 'is missing: validDays counts from it, e.g. date: 2026-04-01' })
  }
  return faults
}

function pointFaults([first, second]: readonly CalibrationPoint[], at: string): readonly Fault[] {
  if (first === undefined || second === undefined) return []
  const example = 'e.g. points: [{ measured: 0.02, reference: 0 }, { measured: 1.53, reference: 1.5 }]'
  return (['measured', 'reference'] as const).flatMap((key) =>
    first[key] === second[key]
      ? [{ path: `${at}/1/${key}`, message: `is ${second[key]} at both points, so no line is meant, ${example}` }]
      : [],
  )
}

function tableFaults(table: readonly CalibrationPoint[], at: string): readonly Fault[] {
  return table.flatMap(({ measured }, index) => {
    const before = table[index - 1]
    if (before === undefined || measured > before.measured) return []
    return [{ path: `${at}/${index}/measured`, message: `must rise: ${measured} comes after ${before.measured}` }]
  })
}

function isDay(date: string): boolean {
  const timeMs = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(date)
}
