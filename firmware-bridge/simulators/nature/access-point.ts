// One public Wi-Fi access point: how many people are on it, and the octets that its counters have seen.
import { createNoise } from './seeded-noise.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { dayMs, localHour, localWeekday } from './sun.ts'

/** Who comes there, and so when: each has its own curve over the day. */
export type PlaceKind = 'station' | 'office' | 'library' | 'community' | 'tourism' | 'sports'

export interface AccessPointParameters {
  readonly seed: number
  readonly id: string
  readonly place: PlaceKind
  /** Clients at the busiest hour. */
  readonly peakClients: number
}

export interface AccessPointReadings {
  readonly clients2g: number
  readonly clients5g: number
  /** Octets since the last boot; "in" comes from the wired side to the access point. */
  readonly inOctets: bigint
  readonly outOctets: bigint
  /** Wall seconds since boot × 100, as sysUpTime counts. */
  readonly upTimeTicks: number
}

/** Relative use by hour (0–23) on weekdays and at weekends. */
const useByHour: Readonly<
  Record<PlaceKind, { readonly weekday: readonly number[]; readonly weekend: readonly number[] }>
> = {
  station: {
    weekday: [2, 1, 0, 0, 1, 8, 35, 90, 100, 45, 30, 30, 38, 35, 32, 38, 55, 85, 95, 80, 60, 45, 25, 8],
    weekend: [3, 1, 0, 0, 1, 5, 12, 25, 40, 50, 55, 60, 60, 60, 58, 60, 65, 65, 55, 45, 35, 25, 15, 6],
  },
  office: {
    weekday: [0, 0, 0, 0, 0, 0, 1, 8, 45, 85, 100, 95, 60, 80, 90, 80, 60, 25, 10, 5, 3, 1, 0, 0],
    weekend: [0, 0, 0, 0, 0, 0, 0, 1, 3, 6, 8, 8, 6, 6, 6, 5, 4, 2, 1, 0, 0, 0, 0, 0],
  },
  library: {
    weekday: [0, 0, 0, 0, 0, 0, 0, 0, 5, 40, 60, 65, 50, 60, 70, 85, 100, 80, 45, 10, 0, 0, 0, 0],
    weekend: [0, 0, 0, 0, 0, 0, 0, 0, 8, 60, 90, 95, 75, 90, 100, 95, 80, 45, 5, 0, 0, 0, 0, 0],
  },
  community: {
    weekday: [0, 0, 0, 0, 0, 0, 0, 2, 15, 60, 80, 70, 35, 70, 85, 60, 35, 30, 55, 65, 50, 10, 0, 0],
    weekend: [0, 0, 0, 0, 0, 0, 0, 3, 20, 70, 100, 90, 55, 80, 90, 65, 35, 20, 25, 20, 10, 2, 0, 0],
  },
  tourism: {
    weekday: [0, 0, 0, 0, 0, 1, 3, 6, 14, 30, 45, 50, 48, 50, 45, 32, 18, 8, 3, 1, 0, 0, 0, 0],
    weekend: [0, 0, 0, 0, 1, 3, 8, 18, 40, 75, 95, 100, 100, 98, 90, 65, 35, 14, 5, 2, 1, 0, 0, 0],
  },
  sports: {
    weekday: [0, 0, 0, 0, 0, 1, 4, 6, 12, 25, 35, 30, 20, 25, 30, 40, 55, 70, 95, 100, 80, 25, 2, 0],
    weekend: [0, 0, 0, 0, 0, 2, 8, 30, 70, 100, 100, 90, 75, 85, 90, 80, 60, 35, 30, 25, 15, 4, 0, 0],
  },
}

const knotMs = 600_000
const bootPeriodMs = 30 * dayMs

/** Mean number of people on the access point, before rounding to heads. */
export function expectedClients(parameters: AccessPointParameters, timeMs: number): number {
  const noise = createNoise(parameters.seed, `ap/${parameters.id}`)
  const use = useByHour[parameters.place]
  const hour = localHour(timeMs)
  const curve = (at: number): readonly number[] => (isWeekend(at) ? use.weekend : use.weekday)
  const from = curve(timeMs)[Math.floor(hour)] ?? 0
  const to = curve(timeMs + 3_600_000)[(Math.floor(hour) + 1) % 24] ?? 0
  const share = (from + (to - from) * (hour % 1)) / 100
  return parameters.peakClients * share * (1 + 0.25 * noise.smooth(timeMs, 5_400_000))
}

function isWeekend(timeMs: number): boolean {
  const weekday = localWeekday(timeMs)
  return weekday === 0 || weekday === 6
}

/**
 * Reads an access point at the clock's present. Counters are the exact integral of a rate that is linear between knots
 * ten simulated minutes apart, counted from the last boot (every 30 simulated days): a restart of the simulator
 * finds the same counters. Rates are per wall second, so that a faster clock does not inflate them.
 */
export function createAccessPoint(parameters: AccessPointParameters, clock: SimulatedClock): () => AccessPointReadings {
  const noise = createNoise(parameters.seed, `ap/${parameters.id}/radio`)
  const bootPhaseMs = noise.uniform(1) * bootPeriodMs
  const sums = { bootMs: Number.NaN, knot: 0, octets: 0 }
  const rate = (timeMs: number): number => octetRate(parameters, noise.smooth(timeMs, 1_800_000), timeMs)
  return () => {
    const nowMs = clock.now()
    const bootMs = Math.floor((nowMs - bootPhaseMs) / bootPeriodMs) * bootPeriodMs + bootPhaseMs
    if (bootMs !== sums.bootMs) Object.assign(sums, { bootMs, knot: 0, octets: 0 })
    const wallKnotS = knotMs / clock.factor / 1000
    for (; bootMs + (sums.knot + 1) * knotMs <= nowMs; sums.knot += 1) {
      const left = bootMs + sums.knot * knotMs
      sums.octets += ((rate(left) + rate(left + knotMs)) / 2) * wallKnotS
    }
    const left = bootMs + sums.knot * knotMs
    const share = (nowMs - left) / knotMs
    const octets = sums.octets + (rate(left) + ((rate(left + knotMs) - rate(left)) * share) / 2) * share * wallKnotS
    const clients = Math.max(0, Math.round(expectedClients(parameters, nowMs) + 0.8 * noise.smooth(nowMs, 47_000)))
    const on5g = Math.round(clients * (0.68 + 0.08 * noise.smooth(nowMs + 7e8, 3_600_000)))
    return {
      clients2g: clients - on5g,
      clients5g: on5g,
      inOctets: BigInt(Math.floor(octets)),
      outOctets: BigInt(Math.floor(octets * 0.14)),
      upTimeTicks: Math.floor((clock.wallMs() - clock.wallOf(bootMs)) / 10),
    }
  }
}

/** Octets a second towards the clients: about 120 kbit/s a head when busy, and beacons and broadcasts always. */
function octetRate(parameters: AccessPointParameters, wobble: number, timeMs: number): number {
  return 900 + Math.max(0, expectedClients(parameters, timeMs)) * 15_000 * (1 + 0.5 * wobble)
}
