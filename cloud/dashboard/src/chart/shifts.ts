// Laying another time over the time that a chart shows: yesterday, last week, and the same days of other years.
import { isLeapYear, jstDate, jstMs, jstYear } from './jst.ts'
import { dayMs, type TimeWindow } from './time-window.ts'

export const shifts = ['day', 'week', 'year-1', 'year-2', 'year-3'] as const
export type Shift = (typeof shifts)[number] | 'none'

/** A part of the window whose readings were made `byMs` earlier than the place where they are drawn. */
export interface ShiftedPart extends TimeWindow {
  readonly byMs: number
}

/** Years are laid over each other only as long as no day would come twice. */
const longestForYears = 366 * dayMs

export function isShift(text: string): text is (typeof shifts)[number] {
  return shifts.some((shift) => shift === text)
}

/** Whether a shift says something about a window of this length: a day about a day, a year about up to a year. */
export function fitsWindow(shift: Shift, { fromMs, toMs }: TimeWindow): boolean {
  const lengthMs = toMs - fromMs
  if (shift === 'day') return lengthMs <= 2 * dayMs
  if (shift === 'week') return lengthMs <= 14 * dayMs
  return shift === 'none' || lengthMs <= longestForYears
}

/**
 * The window cut where the distance to the other time changes. Years are laid date upon date in Japan's calendar: 1 March stands
 * on 1 March. A 29 February that the other year has not is a gap; one that only the other year has is in no part.
 */
export function shiftedParts(window: TimeWindow, shift: Shift): readonly ShiftedPart[] {
  if (shift === 'none') return [{ ...window, byMs: 0 }]
  if (shift === 'day') return [{ ...window, byMs: dayMs }]
  if (shift === 'week') return [{ ...window, byMs: 7 * dayMs }]
  const years = Number(shift.slice('year-'.length))
  const edges = [window.fromMs, ...calendarEdges(window), window.toMs]
  const parts: ShiftedPart[] = []
  for (const [index, fromMs] of edges.slice(0, -1).entries()) {
    const toMs = edges[index + 1] as number
    const { year, month, day } = jstDate(fromMs)
    const other = year - years
    if (month === 2 && day === 29 && !isLeapYear(other)) continue
    const byMs = jstMs(year, month, day) - jstMs(other, month, day)
    const before = parts.at(-1)
    if (before !== undefined && before.byMs === byMs && before.toMs === fromMs)
      parts[parts.length - 1] = { ...before, toMs }
    else parts.push({ fromMs, toMs, byMs })
  }
  return parts
}

/** When what is drawn at a time was measured; undefined on a day that the other year has not. */
export function measuredMs(timeMs: number, shift: Shift): number | undefined {
  const [part] = shiftedParts({ fromMs: timeMs, toMs: timeMs + 1 }, shift)
  return part === undefined ? undefined : timeMs - part.byMs
}

/** A leap day of the other time that has no place in the window, as its year; undefined: nothing is left out. */
export function leapDayLeftOut(window: TimeWindow, shift: Shift): number | undefined {
  const parts = shiftedParts(window, shift)
  for (const [index, part] of parts.slice(1).entries()) {
    const before = parts[index] as ShiftedPart
    if (before.toMs === part.fromMs && before.byMs > part.byMs) return jstYear(part.fromMs - part.byMs)
  }
  return undefined
}

/** New years, and both ends of 29 February (or only 1 March), strictly within the window, in order. */
function calendarEdges({ fromMs, toMs }: TimeWindow): readonly number[] {
  const edges: number[] = []
  for (let year = jstYear(fromMs); year <= jstYear(toMs); year += 1) {
    edges.push(jstMs(year, 1, 1))
    if (isLeapYear(year)) edges.push(jstMs(year, 2, 29))
    edges.push(jstMs(year, 3, 1))
  }
  return edges.filter((edge) => edge > fromMs && edge < toMs)
}
