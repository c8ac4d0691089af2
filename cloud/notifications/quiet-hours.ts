// When a person is not to be disturbed, and when the bundle of what waited is due.
import { Type, type Static } from 'typebox'
import { weekdayOf } from '../calendar/day-number.ts'
import { dayOf, instantOf, localTime, nextTimeOfDay, parseTimeOfDay } from '../calendar/local-time.ts'

export const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'e.g. 22:00' })

export const QuietHours = Type.Object(
  {
    from: TimeOfDay,
    to: TimeOfDay,
    days: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), {
        maxItems: 7,
        description: 'Days on which they begin, 0 = Sunday; absent: every day',
      }),
    ),
    criticalAnyway: Type.Boolean({ description: 'Critical alarms are told in quiet hours too' }),
  },
  { additionalProperties: false },
)
export type QuietHours = Static<typeof QuietHours>

/** The end of the quiet hours in which an instant lies; undefined outside them. From = to is a whole day. */
export function quietUntil(quiet: QuietHours, timeZone: string, nowMs: number): number | undefined {
  const from = parseTimeOfDay(quiet.from)
  const to = parseTimeOfDay(quiet.to)
  const today = dayOf(nowMs, timeZone)
  for (const begins of [today - 1, today]) {
    if (quiet.days !== undefined && !quiet.days.includes(weekdayOf(begins))) continue
    const startMs = instantOf(begins, from, timeZone)
    const endMs = instantOf(to > from ? begins : begins + 1, to, timeZone)
    if (startMs <= nowMs && nowMs < endMs) return endMs
  }
  return undefined
}

export type Digest = 'none' | 'hourly' | 'daily'

/** When the next bundle leaves: at the next full local hour, or at the time of day. */
export function nextDigest(digest: Exclude<Digest, 'none'>, at: string, timeZone: string, nowMs: number): number {
  if (digest === 'daily') return nextTimeOfDay(nowMs, parseTimeOfDay(at), timeZone)
  const minute = Math.floor(localTime(nowMs, timeZone).minuteOfDay)
  return nextTimeOfDay(nowMs, (Math.floor(minute / 60) * 60 + 60) % 1440, timeZone)
}
