// Every insight that this hub runs: adding one is a file, its test and a line here.
import type { AnyInsight } from './insight.ts'
import { apAvailability } from './access-points/ap-availability.ts'
import { apDemand, apUse } from './access-points/ap-use.ts'
import { forecastKinds } from './forecasts/forecast-insights.ts'
import { cold } from './rice/cold.ts'
import { harvest } from './rice/harvest.ts'
import { heading } from './rice/heading.ts'
import { leafBlast } from './rice/leaf-blast.ts'
import { ripeningHeat } from './rice/ripening-heat.ts'
import { timeToEmpty } from './rice/time-to-empty.ts'
import { waterDepth } from './rice/water-depth.ts'
import { waterLoss } from './rice/water-loss.ts'
import { lampOutlook } from './streetlights/lamp-outlook.ts'
import { lampUse } from './streetlights/lamp-use.ts'
import { nightCoverage } from './streetlights/night-coverage.ts'

export const insightList: readonly AnyInsight[] = [
  waterDepth,
  waterLoss,
  timeToEmpty,
  leafBlast,
  cold,
  heading,
  ripeningHeat,
  harvest,
  ...forecastKinds.map(({ insight }) => insight),
  nightCoverage,
  lampUse,
  lampOutlook,
  apAvailability,
  apDemand,
  apUse,
]
