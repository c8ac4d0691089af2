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

/** How long ago, in the largest unit that is not zero; a time ahead of this clock counts as now. */
export function ago(timeMs: number, nowMs: number, language: Language): string {
  const pastMs = Math.max(0, nowMs - timeMs)
  const say = (count: number, unit: 'second' | 'minute' | 'hour' | 'day'): string => {
    const text = relative[language].format(-Math.floor(count), unit)
    return language === 'ja' ? text.replaceAll(' ', '') : text
  }
  if (pastMs < minuteMs) return say(pastMs / 1000, 'second')
  if (pastMs < hourMs) return say(pastMs / minuteMs, 'minute')
  if (pastMs < dayMs) return say(pastMs / hourMs, 'hour')
  return say(pastMs / dayMs, 'day')
}
