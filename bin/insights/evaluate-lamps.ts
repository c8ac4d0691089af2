// Whether the ranking of lamps likely to fail next beats one by age, on simulated lamps: there is no public record of real failures.
import { hourMs, type Hours } from '../../cloud/insights/insight.ts'
import { rankLamps } from '../../cloud/insights/streetlights/lamp-outlook.ts'
import type { Lamp } from '../../cloud/insights/streetlights/lamps.ts'
import { hoursOfNight } from '../../cloud/insights/streetlights/night.ts'
import { createNoise } from '../../firmware-bridge/simulators/nature/seeded-noise.ts'

const place = { lat: 35.3304, lon: 139.9027 }
const days = 28
const cabinets = 50
const lampsOfCabinet = 8
const seeds = 10
/** A crew looks at so many lamps in a round. */
const round = 20

/** How a lamp goes in the thirty days after the window, if it does. Our own assumptions, half of them against the method. */
type Fate = 'stays' | 'worn-driver' | 'lost-string' | 'sudden' | 'harmless-dips' | 'harmless-step'

interface SimulatedLamp {
  readonly lamp: Lamp
  readonly fails: boolean
  readonly ageYears: number
}

/** Lines to print. */
export function evaluateLamps(): readonly string[] {
  const found = { own: 0, age: 0, power: 0, failed: 0, lamps: 0 }
  for (let seed = 1; seed <= seeds; seed += 1) {
    const startMs = Date.parse('2026-10-01T12:00:00+09:00')
    const nights = hoursOfNight(startMs, days * 24, place)
    const field = Array.from({ length: cabinets }, (_, cabinet) => cabinetOf(seed, cabinet, nights))
    const all = field.flat()
    const risks = new Map(
      field.flatMap((lamps) =>
        rankLamps(
          lamps.map(({ lamp }) => lamp),
          nights,
        ).map(({ part, risk }) => [part, risk] as const),
      ),
    )
    const hits = (of: (one: SimulatedLamp) => number) =>
      all
        .toSorted((a, b) => of(b) - of(a))
        .slice(0, round)
        .filter(({ fails }) => fails).length
    found.own += hits(({ lamp }) => risks.get(lamp.part) ?? 0)
    found.age += hits(({ ageYears }) => ageYears)
    found.power += hits(({ lamp }) => -(lamp.hours.max.at(-10) ?? 0))
    found.failed += all.filter(({ fails }) => fails).length
    found.lamps += all.length
  }
  const share = (hits: number) => `${((100 * hits) / (seeds * round)).toFixed(0)}%`.padStart(5)
  return [
    `Lamps likely to fail next: of ${round} lamps named out of ${cabinets * lampsOfCabinet}, how many fail within 30 days. Simulated lamps; a third`,
    'of the failures come without a sign, and as many lamps show a harmless sign as a true one of its kind.',
    '',
    `the insight                     ${share(found.own)}`,
    `the oldest                      ${share(found.age)}`,
    `those that draw the least       ${share(found.power)}`,
    `any (failures of all lamps)     ${`${((100 * found.failed) / found.lamps).toFixed(0)}%`.padStart(5)}`,
  ]
}

function cabinetOf(seed: number, cabinet: number, nights: ReturnType<typeof hoursOfNight>): readonly SimulatedLamp[] {
  return Array.from({ length: lampsOfCabinet }, (_, index) => {
    const part = `c${cabinet}.lamp-${index + 1}`
    const noise = createNoise(seed, part)
    const ageYears = 10 * noise.uniform(0)
    const fate = fateOf(noise.uniform(1), ageYears, noise.uniform(2))
    return {
      lamp: { part, litFromW: 5, hours: hoursOf(fate, { seed, cabinet, part, nights }) },
      fails: fate === 'worn-driver' || fate === 'lost-string' || fate === 'sudden',
      ageYears,
    }
  })
}

/** Old lamps fail more often: 2 % in the month when new, 12 % after ten years. */
function fateOf(chance: number, ageYears: number, kind: number): Fate {
  if (chance < 0.02 + 0.01 * ageYears) return kind < 0.4 ? 'worn-driver' : kind < 0.66 ? 'lost-string' : 'sudden'
  if (chance > 0.97) return 'harmless-dips'
  return chance > 0.95 ? 'harmless-step' : 'stays'
}

function hoursOf(
  fate: Fate,
  given: {
    readonly seed: number
    readonly cabinet: number
    readonly part: string
    readonly nights: ReturnType<typeof hoursOfNight>
  },
): Hours {
  const { seed, cabinet, part, nights } = given
  const noise = createNoise(seed, `${part}/power`)
  const mains = createNoise(seed, `mains/${cabinet}`)
  const column = () => new Float32Array(nights.length)
  const hours = { fromMs: 0, mean: column(), min: column(), max: column(), count: column().fill(60) }
  const stepDay = 3 + 22 * noise.uniform(3)
  const stepShare = 0.06 + 0.1 * noise.uniform(4)
  for (const [index, { night }] of nights.entries()) {
    const day = index / 24
    const stepped = (fate === 'lost-string' || fate === 'harmless-step') && day > stepDay ? 1 - stepShare : 1
    const supply = 1 + 0.01 * mains.smooth(index * hourMs, 3 * hourMs)
    const powerW = 60 * supply * stepped * (1 + 0.008 * noise.smooth(index * hourMs, 2 * hourMs))
    const dips = noise.uniform(100 + index) < dipChance(fate, day, stepDay)
    hours.max[index] = night > 0 ? powerW * 1.01 : 0
    hours.min[index] = night < 1 ? 0 : dips ? 0.15 * powerW : powerW * 0.99
    hours.mean[index] = night * powerW * (dips ? 0.9 : 1)
  }
  return hours
}

/** Of an hour. Wear grows over the window; a loose contact has one bad night. */
function dipChance(fate: Fate, day: number, badDay: number): number {
  if (fate === 'worn-driver') return Math.max(0, (day - 8) / 20) * 0.2
  if (fate === 'harmless-dips') return Math.abs(day - badDay) < 0.5 ? 0.3 : 0
  return 0
}
