// Limits that vary: by the time of day, the season, the height of the sun and the growth stage of a crop, judged at the time of the reading.
import { Type, type Static } from 'typebox'
import { getPosition } from 'suncalc'
import { GrowthStages, type GrowthStage } from '../../../broker/contract/documents.ts'
import { localTime, type LocalTime } from '../../calendar/local-time.ts'
import type { Limits } from './threshold.ts'

const strict = { additionalProperties: false } as const
const ClockTime = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'e.g. 22:30' })
const MonthDay = Type.String({ pattern: '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', description: 'e.g. 06-15' })
const Degrees = Type.Number({ minimum: -90, maximum: 90 })

/** All that is given must hold. */
const When = Type.Object(
  {
    /** From inclusive, to exclusive; over midnight where `to` is the earlier. */
    time: Type.Optional(Type.Object({ from: ClockTime, to: ClockTime }, strict)),
    /** Both inclusive; over the new year where `to` is the earlier. */
    season: Type.Optional(Type.Object({ from: MonthDay, to: MonthDay }, strict)),
    /** Elevation of the sun in degrees at the site: above inclusive, below exclusive. −6 is the end of civil twilight. */
    sun: Type.Optional(Type.Object({ above: Type.Optional(Degrees), below: Type.Optional(Degrees) }, strict)),
    stage: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 20 })),
  },
  strict,
)

const ScheduledLimits = Type.Object(
  {
    when: When,
    below: Type.Optional(Type.Number()),
    above: Type.Optional(Type.Number()),
    hysteresis: Type.Optional(Type.Number({ minimum: 0 })),
  },
  strict,
)
type ScheduledLimits = Static<typeof ScheduledLimits>

/** The part of a rule that says what the limits are and when. */
export const LimitFields = {
  below: Type.Optional(Type.Number()),
  above: Type.Optional(Type.Number()),
  hysteresis: Type.Number({ minimum: 0, default: 0 }),
  /** The first entry that holds replaces `below` and `above`; one without limits switches the rule off for that time. */
  schedule: Type.Optional(Type.Array(ScheduledLimits, { maxItems: 24 })),
  /** Growth stages of a place whose gateway tells none. */
  stages: Type.Optional(GrowthStages),
  /** IANA name; default Asia/Tokyo. */
  timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
}

export interface LimitPlan {
  readonly below?: number | undefined
  readonly above?: number | undefined
  readonly hysteresis: number
  readonly schedule?: readonly ScheduledLimits[] | undefined
  readonly stages?: readonly GrowthStage[] | undefined
  readonly timeZone?: string | undefined
}

/** Of a site: where the sun is judged, and its own stages, which go before those of the rule. */
export interface Place {
  readonly position?: { readonly lat: number; readonly lon: number } | undefined
  readonly stages?: readonly GrowthStage[] | undefined
}

const defaultTimeZone = 'Asia/Tokyo'

/**
 * The limits that hold at `timeMs` (Unix ms, event time). What cannot be judged – the sun without a position, a stage where
 * nobody knows one – does not hold. Limits with neither `below` nor `above` are never passed.
 */
export function limitsAt(plan: LimitPlan, place: Place, timeMs: number): Limits {
  if (plan.schedule === undefined) return plan
  const local = localTime(timeMs, plan.timeZone ?? defaultTimeZone)
  const stages = place.stages ?? plan.stages
  const entry = plan.schedule.find(({ when }) => holds(when, { local, timeMs, place, stages }))
  if (entry === undefined) return plan
  return { below: entry.below, above: entry.above, hysteresis: entry.hysteresis ?? plan.hysteresis }
}

/** The stage on a local day: the one that began last. Stages without a year come back every year. */
export function stageOn(stages: readonly GrowthStage[], { year, month, day }: LocalTime): string | undefined {
  const today = isoDay(year, month, day)
  let newest: { readonly id: string; readonly from: string } | undefined
  for (const { id, from } of stages) {
    const began = from.length > monthDayLength ? from : `${from <= today.slice(yearLength) ? year : year - 1}-${from}`
    if (began <= today && (newest === undefined || began >= newest.from)) newest = { id, from: began }
  }
  return newest?.id
}

const monthDayLength = '06-15'.length
const yearLength = '2026-'.length

interface Moment {
  readonly local: LocalTime
  readonly timeMs: number
  readonly place: Place
  readonly stages: readonly GrowthStage[] | undefined
}

function holds(when: ScheduledLimits['when'], moment: Moment): boolean {
  const { time, season, sun, stage } = when
  const { local, timeMs, place, stages } = moment
  if (time !== undefined && !isWithin(local.minuteOfDay, minutes(time.from), minutes(time.to))) return false
  if (season !== undefined && !isInSeason(monthDay(local), season)) return false
  if (sun !== undefined && !isSunBetween(sun, place, timeMs)) return false
  if (stage === undefined) return true
  const present = stages === undefined ? undefined : stageOn(stages, local)
  return present !== undefined && stage.includes(present)
}

function isWithin(minute: number, from: number, to: number): boolean {
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}

function isInSeason(today: string, { from, to }: { readonly from: string; readonly to: string }): boolean {
  return from <= to ? today >= from && today <= to : today >= from || today <= to
}

function isSunBetween(sun: NonNullable<ScheduledLimits['when']['sun']>, { position }: Place, timeMs: number): boolean {
  if (position === undefined) return false
  const elevation = getPosition(new Date(timeMs), position.lat, position.lon).altitude
  return (sun.above === undefined || elevation >= sun.above) && (sun.below === undefined || elevation < sun.below)
}

function minutes(clockTime: string): number {
  return Number(clockTime.slice(0, 2)) * 60 + Number(clockTime.slice(3))
}

function monthDay({ month, day }: LocalTime): string {
  return isoDay(0, month, day).slice(yearLength)
}

function isoDay(year: number, month: number, day: number): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}
