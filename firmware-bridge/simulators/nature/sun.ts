// Where the sun stands over Kimitsu: it drives solar radiation, temperature and the streetlights' switches.
import { getPosition } from 'suncalc'

/** Kimitsu city hall, WGS84 degrees. */
export const kimitsu = { lat: 35.3304, lon: 139.9027 } as const

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
const jstOffsetMs = 9 * hourMs

/** Degrees above the horizon, refraction included. */
export function sunElevationDeg(timeMs: number): number {
  return getPosition(new Date(timeMs), kimitsu.lat, kimitsu.lon).altitude
}

/**
 * Global radiation on the ground under a clear sky, W/m². Source: Haurwitz, "Insolation in relation to cloudiness
 * and cloud density", J. Meteorology 2 (1945): 1098 · sin h · exp(−0.057 / sin h).
 */
export function clearSkyWm2(elevationDeg: number): number {
  if (elevationDeg <= 0) return 0
  const sine = Math.sin((elevationDeg * Math.PI) / 180)
  return 1098 * sine * Math.exp(-0.057 / sine)
}

/** Hour of the day in Japan, 0 … 24 with fraction. */
export function localHour(timeMs: number): number {
  return ((((timeMs + jstOffsetMs) % dayMs) + dayMs) % dayMs) / hourMs
}

/** Start of the local (Japan) day that holds this instant, Unix ms. */
export function localDayStartMs(timeMs: number): number {
  return Math.floor((timeMs + jstOffsetMs) / dayMs) * dayMs - jstOffsetMs
}

/** 0 Sunday … 6 Saturday in Japan. */
export function localWeekday(timeMs: number): number {
  return new Date(timeMs + jstOffsetMs).getUTCDay()
}

/** Position in the year in Japan, 0 … 1. */
export function yearFraction(timeMs: number): number {
  const local = new Date(timeMs + jstOffsetMs)
  const start = Date.UTC(local.getUTCFullYear(), 0, 1)
  const end = Date.UTC(local.getUTCFullYear() + 1, 0, 1)
  return (local.getTime() - start) / (end - start)
}
