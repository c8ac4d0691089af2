// When street lights are due: from sunset to sunrise of the place, as shares of hours.
import { getTimes } from 'suncalc'
import { dayMs, hourMs } from '../insight.ts'
import { dayAt, startOfDayMs } from '../../calendar/japan-days.ts'

export interface SunTimes {
  readonly sunriseMs: number
  readonly sunsetMs: number
}

/** Sunrise and sunset (upper limb on a horizon at sea level) of the local day that begins at `dayStartMs`. Undefined: the sun does not rise or set. */
export function sunTimes(
  dayStartMs: number,
  place: { readonly lat: number; readonly lon: number },
): SunTimes | undefined {
  const { sunrise, sunset } = getTimes(new Date(dayStartMs + dayMs / 2), place.lat, place.lon)
  const [sunriseMs, sunsetMs] = [sunrise?.getTime() ?? Number.NaN, sunset?.getTime() ?? Number.NaN]
  return Number.isNaN(sunriseMs + sunsetMs) ? undefined : { sunriseMs, sunsetMs }
}

/**
 * Photocells close some time around sunset, each by its own light: so long before and after, a lamp may burn or not. JIS C 8369
 * governs them; no figure of it was at hand, the half hour is an own choice.
 */
const photocellMs = 30 * 60_000

/** `night`: share of the hour between sunset and sunrise. `kind`: whether the whole hour is surely night or surely day. */
export interface HourOfNight {
  readonly night: number
  readonly kind: 'night' | 'day' | 'between'
}

/** Of `hours` hours from `fromMs` on. Where the sun does not rise or set, nothing is due. */
export function hoursOfNight(
  fromMs: number,
  hours: number,
  place: { readonly lat: number; readonly lon: number },
): readonly HourOfNight[] {
  const days = new Map<number, SunTimes | undefined>()
  const sunOn = (day: number) => {
    if (!days.has(day)) days.set(day, sunTimes(startOfDayMs(day), place))
    return days.get(day)
  }
  return Array.from({ length: hours }, (_, index): HourOfNight => {
    const beginMs = fromMs + index * hourMs
    const sun = sunOn(dayAt(beginMs))
    if (sun === undefined) return { night: 0, kind: 'between' }
    const { sunriseMs, sunsetMs } = sun
    const endMs = beginMs + hourMs
    const light = Math.max(0, Math.min(endMs, sunsetMs) - Math.max(beginMs, sunriseMs))
    const isDay = beginMs >= sunriseMs + photocellMs && endMs <= sunsetMs - photocellMs
    const isNight = endMs <= sunriseMs - photocellMs || beginMs >= sunsetMs + photocellMs
    return { night: 1 - light / hourMs, kind: isDay ? 'day' : isNight ? 'night' : 'between' }
  })
}
