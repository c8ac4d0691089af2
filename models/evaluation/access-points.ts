// The rows of simulated access points: how often a detector alarms on healthy ones, and how soon it finds four faults, beside thresholds.
import type { SeriesDetectorManifest } from '../manifest-detector.ts'
import { HeldScore } from '../series/novelty-score.ts'
import { holidaysOf } from '../series/open-detector.ts'
import { SeriesDetector } from '../series/series-detector.ts'
import {
  accessPointFaults,
  simulateAccessPoint,
  type AccessPointFault,
  type SimulatedAccessPoint,
} from '../series/simulated-access-points.ts'
import type { EvaluationRow } from './evaluator.ts'

const minuteMs = 60_000
const day = 1440
/** Series and days of each draw; the seeds of the draws do not overlap. */
const fitted = { from: 0, count: 40, days: 7 }
const healthy = { from: 1000, count: 150, days: 21 }
const faulty = { from: 2000, count: 120, days: 12 }
const shownWithinMin = day

export const simulationAbout = `${healthy.count} healthy simulated access points × ${healthy.days} days and ${faulty.count} with a fault of one day × ${faulty.days} days, one value a minute`
export const thresholdsAbout = 'fixed thresholds: the 0.05 % and 99.95 % quantiles of healthy rates, for five minutes'

/** Minutes at which an alarm is raised. */
type Alarms = (accessPoint: SimulatedAccessPoint) => readonly number[]

export async function accessPointRows(
  manifest: SeriesDetectorManifest,
  progress: (done: number, total: number) => void,
): Promise<readonly EvaluationRow[]> {
  const methods: readonly Alarms[] = [(one) => detectorAlarms(one, manifest), thresholdAlarms()]
  const counts = [0, 0]
  const delays = methods.map(() => new Map<AccessPointFault, number[]>(accessPointFaults.map((kind) => [kind, []])))
  for (let index = 0; index < healthy.count; index += 1) {
    const one = simulateAccessPoint(healthy.from + index, healthy.days)
    methods.forEach((alarms, method) => (counts[method] = (counts[method] ?? 0) + alarms(one).length))
    progress(index, healthy.count + faulty.count)
    await breath()
  }
  for (let index = 0; index < faulty.count; index += 1) {
    const kind = accessPointFaults[index % accessPointFaults.length] ?? 'flood'
    const one = simulateAccessPoint(faulty.from + index, faulty.days, kind)
    const first = one.fault?.first ?? 0
    methods.forEach((alarms, method) => {
      const found = alarms(one).find((minute) => minute >= first && minute < first + shownWithinMin)
      if (found !== undefined) delays[method]?.get(kind)?.push(found - first)
    })
    progress(healthy.count + index, healthy.count + faulty.count)
    await breath()
  }
  const exposure = healthy.count * healthy.days
  const rate = (count = 0): string => `${((count / exposure) * 1000).toFixed(2)} (${count} in ${exposure})`
  const shown = faulty.count / accessPointFaults.length
  return [
    { metric: 'false alarms per 1,000 access-point-days', model: rate(counts[0]), baseline: rate(counts[1]) },
    ...accessPointFaults.map((kind) => ({
      metric: `${kind} found within 24 h`,
      model: foundText(delays[0]?.get(kind), shown),
      baseline: foundText(delays[1]?.get(kind), shown),
    })),
  ]
}

function foundText(delays: readonly number[] = [], shown: number): string {
  const sorted = delays.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  return `${sorted.length} of ${shown}${median === undefined ? '' : `, median delay ${median} min`}`
}

/** The score reaches the alarm threshold. */
function detectorAlarms({ startMs, rates }: SimulatedAccessPoint, manifest: SeriesDetectorManifest): readonly number[] {
  const detector = new SeriesDetector(manifest.detector, holidaysOf(manifest))
  const held = new HeldScore(manifest.score)
  const alarms: number[] = []
  let isUp = false
  rates.forEach((rate, minute) => {
    if (Number.isNaN(rate)) return
    const timeMs = startMs + minute * minuteMs
    const result = detector.push(timeMs, rate)
    const score = held.at(timeMs, typeof result === 'object' ? result.surprise : undefined)
    if (!isUp && score >= manifest.thresholds.alarm) alarms.push(minute)
    isUp = score >= manifest.thresholds.alarm
  })
  return alarms
}

/** Raised after five minutes outside, cleared after thirty inside. */
function thresholdAlarms(): Alarms {
  const rates = Array.from({ length: fitted.count }, (_, index) =>
    simulateAccessPoint(fitted.from + index, fitted.days),
  )
  const sorted = Float64Array.from(
    rates.flatMap((one) => Array.from(one.rates.filter((rate) => !Number.isNaN(rate)))),
  ).toSorted()
  const quantile = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0
  const [low, high] = [quantile(0.0005), quantile(0.9995)]
  return (one) => {
    const alarms: number[] = []
    let [isUp, outside, inside] = [false, 0, 0]
    one.rates.forEach((rate, minute) => {
      if (Number.isNaN(rate)) return
      const isOutside = rate < low || rate > high
      outside = isOutside ? outside + 1 : 0
      inside = isOutside ? 0 : inside + 1
      if (!isUp && outside > 5) alarms.push(minute)
      isUp = isUp ? inside <= 30 : outside > 5
    })
    return alarms
  }
}

/** Lets a progress bar be drawn. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
