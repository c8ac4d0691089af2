// What is to be expected of days that nobody has measured: normals of the year, carried on from how the last days were.
import { dayMs } from './insight.ts'

/** Monthly means, January first, °C. */
export type Normals = readonly number[]

/**
 * A smooth year with a mean of 15.8 °C and an August of 26.3 °C, about that of the coast of Tokyo Bay near Kimitsu. An own
 * approximation, checked against no table: a field's settings may hold the normals of the nearest station (`normalsC`).
 */
export const coastOfTokyoBay: Normals = Array.from(
  { length: 12 },
  (_, month) => 15.8 + 10.4 * Math.cos(2 * Math.PI * ((month + 0.5) / 12 - 0.58)),
)

/** How quickly a departure from the normals is forgotten: half of it in a week. Own choice. */
const halfLifeDays = 7

/** The normal of a day, between those of the middles of two months. `day`: days since 1970. */
export function normalOn(normals: Normals, day: number): number {
  const date = new Date(day * dayMs)
  const place = date.getUTCMonth() + (date.getUTCDate() - 0.5) / 30.44 - 0.5
  const low = Math.floor(place)
  const at = (month: number) => normals[((month % 12) + 12) % 12] ?? Number.NaN
  return at(low) + (at(low + 1) - at(low)) * (place - low)
}

/** Mean temperature to be expected `daysAhead` days after days whose departure from the normals was `departureC`. */
export function expectedOn(
  normals: Normals,
  day: number,
  ahead: { readonly days: number; readonly departureC: number },
): number {
  return normalOn(normals, day) + ahead.departureC * 0.5 ** (ahead.days / halfLifeDays)
}
