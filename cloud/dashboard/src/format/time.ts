// Times as people in Japan read them: always JST, whatever the browser's own zone. Japan has had no summer time since 1951.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import type { Language } from '../text/language.ts'
import { timeTexts, type TimeUnit } from '../text/time-texts.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const zoneOffsetMs = 9 * hourMs

/** Of the calendar and the clock in Japan, in digits. */
function partsOf(timeMs: number) {
  const there = new Date(timeMs + zoneOffsetMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  return {
    year: there.getUTCFullYear(),
    month: there.getUTCMonth() + 1,
    day: there.getUTCDate(),
    clock: `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}`,
    seconds: two(there.getUTCSeconds()),
    two,
  }
}

/** `15:48:20` */
export function clockTime(timeMs: number, _language: Language): string {
  const { clock, seconds } = partsOf(timeMs)
  return `${clock}:${seconds}`
}

/** `15:48` */
export function hourMinute(timeMs: number, _language: Language): string {
  return partsOf(timeMs).clock
}

/** `11/22`, or `22/11` in English. */
export function monthDay(timeMs: number, language: Language): string {
  const { month, day, two } = partsOf(timeMs)
  return language === 'ja' ? `${month}/${day}` : `${two(day)}/${two(month)}`
}

/** `2026/11/22 15:48`, or `22/11/2026, 15:48` in English. */
export function dateTime(timeMs: number, language: Language): string {
  const { year, month, day, clock, two } = partsOf(timeMs)
  return language === 'ja'
    ? `${year}/${two(month)}/${two(day)} ${clock}`
    : `${two(day)}/${two(month)}/${year}, ${clock}`
}

/** The clock where it is the same day in Japan as now, else with the date. */
export function shortTime(timeMs: number, nowMs: number, language: Language): string {
  const dayOf = (at: number): number => Math.floor((at + zoneOffsetMs) / dayMs)
  if (dayOf(timeMs) === dayOf(nowMs)) return hourMinute(timeMs, language)
  return `${monthDay(timeMs, language)} ${hourMinute(timeMs, language)}`
}

/** The largest unit of which a length has at least one, and how long it is in ms. */
function largestUnit(lengthMs: number): readonly [TimeUnit, number] {
  if (lengthMs < minuteMs) return ['second', 1000]
  if (lengthMs < hourMs) return ['minute', minuteMs]
  return lengthMs < dayMs ? ['hour', hourMs] : ['day', dayMs]
}

/** How long ago, in the largest unit that is not zero; a time ahead of this clock counts as now. */
export function ago(timeMs: number, nowMs: number, language: Language): string {
  const [unit, count] = counted(Math.max(0, nowMs - timeMs))
  const texts = timeTexts[unit]
  return filled((count === 1 ? texts.agoOne : undefined) ?? texts.ago, count, language)
}

/** How long something has lasted, as `18 secs`, in the largest unit that is not zero. */
export function duration(lengthMs: number, language: Language): string {
  const [unit, count] = counted(Math.max(0, lengthMs))
  const texts = timeTexts[unit]
  return filled((count === 1 ? texts.lengthOne : undefined) ?? texts.length, count, language)
}

function counted(lengthMs: number): readonly [TimeUnit, number] {
  const [unit, unitMs] = largestUnit(lengthMs)
  return [unit, Math.floor(lengthMs / unitMs)]
}

function filled(text: LocalizedText, count: number, language: Language): string {
  return text[language].replace('{n}', String(count))
}
