// A seeded simulation of public Wi-Fi traffic: visitors by hour and weekday, sessions with heavy tails, background chatter, four faults.
import { type Random, seededRandom } from '../seeded-random.ts'

const minuteMs = 60_000
const dayMinutes = 1440
const jstMs = 9 * 3_600_000

export const accessPointFaults = ['stuck-zero', 'stuck-value', 'flood', 'no-clients'] as const
export type AccessPointFault = (typeof accessPointFaults)[number]

/** One access point, one mean rate (B/s) a minute; a missed poll is NaN. The fault acts from minute `first` for one day. */
export interface SimulatedAccessPoint {
  readonly startMs: number
  readonly rates: Float64Array
  readonly fault: { readonly kind: AccessPointFault; readonly first: number } | undefined
}

/** Visitors by hour (0 to 23) as a percentage of the busiest hour, and how much of them come at the week-end. */
const places = [
  {
    name: 'station',
    byHour: [2, 1, 1, 1, 3, 12, 45, 90, 80, 50, 45, 50, 60, 55, 50, 55, 70, 95, 100, 75, 50, 35, 20, 8],
    weekend: 0.7,
  },
  {
    name: 'city hall',
    byHour: [1, 1, 1, 1, 1, 1, 2, 10, 60, 90, 100, 95, 80, 90, 95, 90, 75, 40, 10, 5, 3, 2, 1, 1],
    weekend: 0.08,
  },
  {
    name: 'park',
    byHour: [1, 1, 1, 1, 2, 6, 12, 15, 25, 45, 70, 90, 100, 95, 90, 80, 60, 40, 20, 12, 8, 5, 3, 2],
    weekend: 1.8,
  },
  {
    name: 'gymnasium',
    byHour: [1, 1, 1, 1, 1, 1, 2, 5, 20, 45, 50, 45, 40, 45, 50, 55, 60, 75, 95, 100, 85, 40, 5, 1],
    weekend: 1.3,
  },
] as const

/** The access point `seed` of `days` days: the same on every machine. `fault` begins after the fifth day, two days before the end. */
export function simulateAccessPoint(seed: number, days: number, fault?: AccessPointFault): SimulatedAccessPoint {
  const random = seededRandom(seed)
  const minutes = days * dayMinutes
  const startMs = Date.UTC(2025, 0, 1) + random.below(730 * dayMinutes) * minuteMs
  const place = places[random.below(places.length)] ?? places[0]
  const busy = logUniform(random, 4, 60)
  const perClient = logUniform(random, 1500, 15_000)
  const chatterLevel = logUniform(random, 150, 3000)
  const backhaul = [12e6, 25e6, 60e6][random.below(3)] ?? 12e6
  const attackRate = random.uniform(0.5e6, 8e6)
  const first = 5 * dayMinutes + random.below(minutes - 7 * dayMinutes)
  const [crowd, session] = [noise(random, 40, 0.25), noise(random, 4, 0.9)]
  const rates = new Float64Array(minutes)
  for (let minute = 0; minute < minutes; minute += 1) {
    const visitors = busy * visitorShare(place, startMs + minute * minuteMs + jstMs) * Math.exp(crowd())
    const chatter = chatterLevel * Math.exp(0.12 * random.normal())
    const sessions = poisson(random, visitors) * perClient * Math.exp(session())
    const healthy = Math.min(sessions + chatter, backhaul)
    const attack = Math.min(backhaul, attackRate * Math.exp(0.1 * random.normal()))
    const acts = fault !== undefined && minute >= first && minute < first + dayMinutes
    const faulty: Readonly<Record<AccessPointFault, number>> = {
      'stuck-zero': 0,
      'stuck-value': rates[first - 1] ?? 0,
      flood: Math.min(healthy + attack, backhaul),
      'no-clients': chatter,
    }
    const isMissed = random.uniform() < 0.003
    rates[minute] = acts ? faulty[fault] : healthy
    if (isMissed && minute !== first - 1) rates[minute] = Number.NaN
  }
  return { startMs, rates, fault: fault === undefined ? undefined : { kind: fault, first } }
}

function visitorShare({ byHour, weekend }: (typeof places)[number], localMs: number): number {
  const hours = localMs / 3_600_000
  const low = Math.floor(hours)
  const between = ((byHour[low % 24] ?? 0) * (low + 1 - hours) + (byHour[(low + 1) % 24] ?? 0) * (hours - low)) / 100
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(hours / 24) + 4) % 7
  return weekday === 0 || weekday === 6 ? between * weekend : between
}

function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform()
}

/** Stationary first-order noise with the given time constant (minutes) and deviation. */
function noise(random: Random, minutes: number, deviation: number): () => number {
  const kept = Math.exp(-1 / minutes)
  let value = deviation * random.normal()
  return () => (value = kept * value + deviation * Math.sqrt(1 - kept * kept) * random.normal())
}

/** Knuth's method; from a mean of 30 on the normal approximation. */
function poisson(random: Random, mean: number): number {
  if (mean >= 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()))
  let [count, left] = [-1, 1]
  for (const limit = Math.exp(-mean); left > limit; count += 1) left *= random.uniform()
  return Math.max(0, count)
}
