// How much of what a line made was good: as the model judged it, and as people corrected it; by hour, shift or lot.
import { dayMs } from '../calendar/day-number.ts'
import { dayOf, instantOf, localTime, parseTimeOfDay } from '../calendar/local-time.ts'
import type { Shift } from './factory-settings.ts'

export const groupings = ['hour', 'shift', 'lot'] as const
type Grouping = (typeof groupings)[number]

/** A verdict, with what people said of it. */
export interface JudgedPart {
  readonly timeMs: number
  readonly verdict: 'pass' | 'reject'
  /** Of what was rejected, as the model named it. */
  readonly class: string | null
  readonly lot: string | null
  readonly correction: { readonly judgement: 'good' | 'bad'; readonly class: string | null } | undefined
}

export interface Tally {
  judged: number
  /** By the model. */
  passed: number
  /** By the model, and by people where they said otherwise. */
  good: number
  /** Of which somebody said what they really were. */
  corrected: number
  /** Good parts that the model rejected, bad ones that it passed, as far as people have said. */
  falseRejects: number
  falsePasses: number
}

interface YieldGroup extends Tally {
  /** Begin of the hour or shift, Unix ms; of a lot its first part. */
  readonly from: number
  readonly to: number
  /** Id of the shift, or the lot; null: an hour, or a part outside all shifts or without a lot. */
  readonly name: string | null
}

interface DefectCount {
  /** Null: nobody named it. */
  readonly class: string | null
  readonly count: number
}

interface YieldFigures {
  readonly total: Tally
  /** In the order of time. */
  readonly groups: readonly YieldGroup[]
  /** What was really bad, the most frequent first. */
  readonly defects: readonly DefectCount[]
  /** Does any part say of which lot it is? */
  readonly hasLots: boolean
}

interface YieldPlan {
  readonly by: Grouping
  readonly timeZone: string
  readonly shifts: readonly Shift[]
}

const hourMs = 3_600_000

/** Parts one after the other, in any order: nothing of them is kept. */
export class YieldCount {
  readonly #plan: YieldPlan
  readonly #total: Tally = empty()
  readonly #groups = new Map<string, YieldGroup & { to: number }>()
  readonly #defects = new Map<string | null, number>()
  #hasLots = false

  constructor(plan: YieldPlan) {
    this.#plan = plan
  }

  add(part: JudgedPart): void {
    const { correction, lot } = part
    count(this.#total, part)
    count(this.#group(part), part)
    this.#hasLots ||= lot !== null
    const isGood = correction === undefined ? part.verdict === 'pass' : correction.judgement === 'good'
    if (isGood) return
    const name = correction?.class ?? part.class
    this.#defects.set(name, (this.#defects.get(name) ?? 0) + 1)
  }

  figures(): YieldFigures {
    return {
      total: this.#total,
      groups: [...this.#groups.values()].sort((a, b) => a.from - b.from),
      defects: [...this.#defects]
        .map(([name, found]) => ({ class: name, count: found }))
        .sort((a, b) => b.count - a.count || String(a.class).localeCompare(String(b.class))),
      hasLots: this.#hasLots,
    }
  }

  #group(part: JudgedPart): Tally {
    const place = this.#place(part)
    const key = `${place.name ?? ''} ${this.#plan.by === 'lot' ? '' : place.from}`
    const known = this.#groups.get(key)
    if (known === undefined) {
      const made = { ...place, ...empty() }
      this.#groups.set(key, made)
      return made
    }
    if (this.#plan.by !== 'lot') return known
    const widened = { ...known, from: Math.min(known.from, part.timeMs), to: Math.max(known.to, part.timeMs) }
    this.#groups.set(key, widened)
    return widened
  }

  #place({ timeMs, lot }: JudgedPart): Pick<YieldGroup, 'from' | 'to' | 'name'> {
    const { by, timeZone, shifts } = this.#plan
    if (by === 'lot') return { from: timeMs, to: timeMs, name: lot }
    if (by === 'shift') return shiftAt(timeMs, shifts, timeZone)
    const { minuteOfDay } = localTime(timeMs, timeZone)
    const from = timeMs - (minuteOfDay % 60) * 60_000
    return { from: Math.round(from), to: Math.round(from) + hourMs, name: null }
  }
}

/** The shift in which an instant lies: that of its day, or one of the day before that goes over midnight. */
export function shiftAt(
  timeMs: number,
  shifts: readonly Shift[],
  timeZone: string,
): Pick<YieldGroup, 'from' | 'to' | 'name'> {
  const today = dayOf(timeMs, timeZone)
  for (const day of [today, today - 1]) {
    for (const shift of shifts) {
      const [begin, end] = [parseTimeOfDay(shift.from), parseTimeOfDay(shift.to)]
      const from = instantOf(day, begin, timeZone)
      const to = instantOf(end <= begin ? day + 1 : day, end, timeZone)
      if (timeMs >= from && timeMs < to) return { from, to, name: shift.id }
    }
  }
  const from = instantOf(today, 0, timeZone)
  return { from, to: from + dayMs, name: null }
}

function count(tally: Tally, { verdict, correction }: JudgedPart): void {
  const passed = verdict === 'pass'
  const good = correction === undefined ? passed : correction.judgement === 'good'
  tally.judged += 1
  tally.passed += passed ? 1 : 0
  tally.good += good ? 1 : 0
  tally.corrected += correction === undefined ? 0 : 1
  tally.falseRejects += good && !passed ? 1 : 0
  tally.falsePasses += !good && passed ? 1 : 0
}

function empty(): Tally {
  return { judged: 0, passed: 0, good: 0, corrected: 0, falseRejects: 0, falsePasses: 0 }
}
