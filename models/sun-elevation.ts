// Where the sun stands, for models whose input depends on daylight.

const dayMs = 86_400_000
const epochJ2000Ms = 946_728_000_000
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/**
 * Elevation of the sun's centre without refraction, degrees, within about 0.02°. `timeMs` Unix milliseconds, position WGS84.
 * Low-precision formulas of the Astronomical Almanac; the same as models/training/feature_window.py.
 */
export function sunElevationDeg(timeMs: number, place: { readonly latDeg: number; readonly lonDeg: number }): number {
  const days = (timeMs - epochJ2000Ms) / dayMs
  const anomaly = radians(357.529 + 0.98560028 * days)
  const meanLongitude = 280.459 + 0.98564736 * days
  const longitude = radians(meanLongitude + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly))
  const obliquity = radians(23.439 - 0.00000036 * days)
  const rightAscension = Math.atan2(Math.cos(obliquity) * Math.sin(longitude), Math.cos(longitude))
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(longitude))
  const siderealHours = (18.697374558 + 24.06570982441908 * days) % 24
  const hourAngle = radians(15 * siderealHours) + radians(place.lonDeg) - rightAscension
  const lat = radians(place.latDeg)
  const sine = Math.sin(lat) * Math.sin(declination) + Math.cos(lat) * Math.cos(declination) * Math.cos(hourAngle)
  return (Math.asin(sine) * 180) / Math.PI
}
