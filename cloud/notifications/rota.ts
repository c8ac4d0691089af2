// Who is on call: a rota by week with its hand-over, other people on days off and in office hours, and overrides.
import { Type, type Static } from 'typebox'
import { dateText, parseDate, weekdayOf } from '../calendar/day-number.ts'
import { dayOf, instantOf, isTimeZone, parseTimeOfDay } from '../calendar/local-time.ts'
import { TimeOfDay } from './quiet-hours.ts'
import { holidayName, isDayOff } from './working-days.ts'

const strict = { additionalProperties: false } as const
const PersonId = Type.String({ minLength: 1, maxLength: 128 })
const People = Type.Array(PersonId, { minItems: 1, maxItems: 50 })
const CalendarDate = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })

export const RotaBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80 }),
    timeZone: Type.String({ maxLength: 64, default: 'Asia/Tokyo' }),
    /** The week in which the first of `weekly` is on call is the one of this date; its weekday is the day of the hand-over. */
    startDate: CalendarDate,
    handOver: TimeOfDay,
    weekly: People,
    daysOff: Type.Optional(
      Type.Object(
        {
          people: People,
          closed: Type.Array(Type.String({ pattern: '^[0-9]{2}-[0-9]{2}$' }), { maxItems: 60 }),
        },
        { ...strict, description: 'Weekends, national holidays and `closed` (MM-DD) have a rota of their own' },
      ),
    ),
    officeHours: Type.Optional(
      Type.Object({ from: TimeOfDay, to: TimeOfDay, people: People }, { ...strict, description: 'On working days' }),
    ),
    overrides: Type.Array(
      Type.Object(
        {
          from: Type.Number(),
          to: Type.Number(),
          person: PersonId,
          reason: Type.Optional(Type.String({ maxLength: 200 })),
        },
        strict,
      ),
      { maxItems: 500, description: 'Unix ms, from ≤ t < to; the last one that fits wins' },
    ),
  },
  strict,
)
export type RotaBody = Static<typeof RotaBody>

export interface OnDuty {
  readonly people: readonly string[]
  readonly because: 'override' | 'office-hours' | 'day-off' | 'week'
}

/** What the schema cannot say: one sentence for each fault. */
export function rotaFaults(rota: RotaBody): readonly string[] {
  const faults: string[] = []
  if (!isTimeZone(rota.timeZone)) faults.push(`"${rota.timeZone}" is no time zone, for example Asia/Tokyo`)
  if (parseDate(rota.startDate) === undefined) faults.push(`"${rota.startDate}" is no date, for example 2026-11-23`)
  for (const { from, to } of rota.overrides) if (from >= to) faults.push(`an override ends before it begins: ${from}`)
  return faults
}

/**
 * Who is on call at an instant. A day of duty lasts from hand-over to hand-over, so that the night after a holiday still
 * belongs to it; the week changes hands at the hand-over of the start date's weekday.
 */
export function onDuty(rota: RotaBody, ms: number): OnDuty {
  const override = rota.overrides.findLast(({ from, to }) => from <= ms && ms < to)
  if (override !== undefined) return { people: [override.person], because: 'override' }
  const { timeZone, officeHours, daysOff } = rota
  const closed = daysOff?.closed ?? []
  const today = dayOf(ms, timeZone)
  if (officeHours !== undefined && !isDayOff(today, closed)) {
    const [from, to] = [officeHours.from, officeHours.to].map((at) => instantOf(today, parseTimeOfDay(at), timeZone))
    if (from !== undefined && to !== undefined && from <= ms && ms < to)
      return { people: officeHours.people, because: 'office-hours' }
  }
  const dutyDay = ms < instantOf(today, parseTimeOfDay(rota.handOver), timeZone) ? today - 1 : today
  const start = parseDate(rota.startDate) ?? 0
  const week = Math.floor((dutyDay - start) / 7)
  if (daysOff !== undefined && isDayOff(dutyDay, closed))
    return { people: [turn(daysOff.people, week)], because: 'day-off' }
  return { people: [turn(rota.weekly, week)], because: 'week' }
}

export interface CalendarDay {
  readonly date: string
  readonly weekday: number
  readonly holiday: { readonly ja: string; readonly en: string } | undefined
  /** Changes of duty on this day, from its hand-over to the next; the first is at the hand-over. */
  readonly shifts: readonly (OnDuty & { readonly fromMs: number; readonly toMs: number })[]
}

/** The days of duty from `fromMs`, at most 100. */
export function dutyCalendar(rota: RotaBody, fromMs: number, days: number): readonly CalendarDay[] {
  const first = dayOf(fromMs, rota.timeZone)
  return Array.from({ length: Math.min(days, 100) }, (_, index) => calendarDay(rota, first + index))
}

function calendarDay(rota: RotaBody, day: number): CalendarDay {
  const { timeZone, officeHours, overrides } = rota
  const handOver = parseTimeOfDay(rota.handOver)
  const startMs = instantOf(day, handOver, timeZone)
  const endMs = instantOf(day + 1, handOver, timeZone)
  const office = officeHours === undefined ? [] : [officeHours.from, officeHours.to].map(parseTimeOfDay)
  const changes = [
    startMs,
    ...[day, day + 1].flatMap((one) => office.map((minute) => instantOf(one, minute, timeZone))),
    ...overrides.flatMap(({ from, to }) => [from, to]),
  ]
  const within = [...new Set(changes)].filter((ms) => startMs <= ms && ms < endMs).sort((a, b) => a - b)
  const shifts = within.map((fromMs, index) => ({ fromMs, toMs: within[index + 1] ?? endMs, ...onDuty(rota, fromMs) }))
  return { date: dateText(day), weekday: weekdayOf(day), holiday: holidayName(day), shifts: joined(shifts) }
}

/** Neighbours with the same people for the same reason are one shift. */
function joined(shifts: CalendarDay['shifts']): CalendarDay['shifts'] {
  const result: CalendarDay['shifts'][number][] = []
  for (const shift of shifts) {
    const last = result.at(-1)
    const same = last?.because === shift.because && last.people.join('\n') === shift.people.join('\n')
    if (last !== undefined && same) result[result.length - 1] = { ...last, toMs: shift.toMs }
    else result.push(shift)
  }
  return result
}

function turn(people: readonly string[], week: number): string {
  const index = ((week % people.length) + people.length) % people.length
  return people[index] ?? ''
}
