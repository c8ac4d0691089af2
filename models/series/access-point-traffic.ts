// The numbers of the package ap-traffic-anomaly; how they were chosen: docs/decisions/0013-series-detector.md.
import type { DetectorDefinition } from './series-detector.ts'

/** Rates in B/s, one a minute, in five-minute steps. */
export const accessPointTraffic: DetectorDefinition = {
  transform: { kind: 'log1p', unit: 100 },
  stepS: 300,
  utcOffsetMin: 540,
  residualSteps: 12,
  levelSteps: 128,
  shortSteps: 32,
  longSteps: 2000,
  power: 3,
  fadeShare: 0.2,
  maxFadeSteps: 1000,
  recurrenceFactor: 1.5,
  recurrenceRate: 0.35,
}
