// Times as people in Japan read them: always JST, whatever the browser's own zone.
import type { Language } from '../text/language.ts'

const timeZone = 'Asia/Tokyo'
const locale = { ja: 'ja-JP', en: 'en-GB' } as const
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const zoneOffsetMs = 9 * hourMs

const formats = new Map<string, Intl.DateTimeFormat>()

function formatter(language: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language}.${name}`
  const known = formats.get(key)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(locale[language], { timeZone, hourCycle: 'h23', ...options })
  formats.set(key, made)
  return made
}

/** `15:48:20` */
export function clockTime(timeMs: number, language: Language): string {
  return formatter(language, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(timeMs)
}

/** `15:48` */
export function hourMinute(timeMs: number, language: Language): string {
  return formatter(language, 'minute', { hour: '2-digit', minute: '2-digit' }).format(timeMs)
}

/** `11/22`, or `22/11` in English. */
export function monthDay(timeMs: number, language: Language): string {
  return formatter(language, 'day', { month: 'numeric', day: 'numeric' }).format(timeMs)
}

/** `2026/11/22 15:48` */
export function dateTime(timeMs: number, language: Language): string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
  return formatter(language, 'full', options).format(timeMs)
}

/** The clock where it is the same day in Japan as now, else with the date. */
export function shortTime(timeMs: number, nowMs: number, language: Language): string {
  const dayOf = (at: number): number => Math.floor((at + zoneOffsetMs) / dayMs)
  if (dayOf(timeMs) === dayOf(nowMs)) return hourMinute(timeMs, language)
  return `${monthDay(timeMs, language)} ${hourMinute(timeMs, language)}`
}

const relative = {
  ja: new Intl.RelativeTimeFormat('ja', { numeric: 'always' }),
  en: new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' }),
}

type Unit = 'second' | 'minute' | 'hour' | 'day'

/** The largest unit of which a length has at least one, and how long it is in ms. */
function largestUnit(lengthMs: number): readonly [Unit, number] {
  if (lengthMs < minuteMs) return ['second', 1000]
  if (lengthMs < hourMs) return ['minute', minuteMs]
  return lengthMs < dayMs ? ['hour', hourMs] : ['day', dayMs]
}

/** How long ago, in the largest unit that is not zero; a time ahead of this clock counts as now. */
export function ago(timeMs: number, nowMs: number, language: Language): string {
  const pastMs = Math.max(0, nowMs - timeMs)
  const say = (count: number, unit: Unit): string => {
    const text = relative[language].format(-Math.floor(count), unit)
    return language === 'ja' ? text.replaceAll(' ', '') : text
  }
  const [unit, unitMs] = largestUnit(pastMs)
  return say(pastMs / unitMs, unit)
}

const lengths = {
  ja: (unit: Unit) => new Intl.NumberFormat('ja-JP', { style: 'unit', unit, unitDisplay: 'short' }),
  en: (unit: Unit) => new Intl.NumberFormat('en-GB', { style: 'unit', unit, unitDisplay: 'short' }),
}

/** How long something has lasted, as `18 secs`, in the largest unit that is not zero. */
export function duration(lengthMs: number, language: Language): string {
  const [unit, unitMs] = largestUnit(lengthMs)
  const text = lengths[language](unit).format(Math.max(0, Math.floor(lengthMs / unitMs)))
  return language === 'ja' ? text.replaceAll(' ', '') : text
}
