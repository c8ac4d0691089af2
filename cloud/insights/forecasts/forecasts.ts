// The forecasts of a place as curves: made when they are asked for, by the same model as the results that are stored.
import type { Hours } from '../insight.ts'
import { hourMs } from '../insight.ts'
import type { PlacedInsight } from '../place-index.ts'
import { forecastKinds, type ForecastKind } from './forecast-insights.ts'
import { forecastLookBackHours } from './forecast-problems.ts'
import type { ForecastItem } from './forecast-schemas.ts'
import { intervalShare, isShown, leastDays, type RollingForecast } from './rolling-forecast.ts'

export interface ForecastSources {
  readonly placed: () => readonly PlacedInsight[]
  readonly hours: (series: number, span: { readonly fromMs: number; readonly toMs: number }) => Promise<Hours>
  readonly keyOf: (series: number) => string
}

/** Of every series of the place that is forecast, from readings until the last whole hour. */
export async function forecastsOf(site: string, nowMs: number, sources: ForecastSources): Promise<ForecastItem[]> {
  const items: ForecastItem[] = []
  for (const { insight, place, series } of sources.placed()) {
    const kind = forecastKinds.find((one) => one.insight.id === insight.id)
    const [id] = Object.values(series)
    if (place.id !== site || kind === undefined || id === undefined) continue
    const toMs = Math.floor(nowMs / hourMs) * hourMs
    const hours = await sources.hours(id, { fromMs: toMs - forecastLookBackHours * hourMs, toMs })
    items.push(itemOf(kind, sources.keyOf(id), toMs, kind.make(hours)))
  }
  return items
}

function itemOf(kind: ForecastKind, series: string, madeMs: number, found: RollingForecast | undefined): ForecastItem {
  const { id, title } = kind.insight
  const shown = found !== undefined && isShown(found.score)
  const points = shown ? found.points : []
  return {
    insight: id,
    title,
    series,
    unit: kind.input.unit,
    made: madeMs,
    shown,
    because: shown ? null : whyNot(found),
    score: found === undefined ? null : { ...found.score, coverage: numberOrNull(found.score.coverage) },
    interval: intervalShare,
    points: points.map(({ lead, value, low, high }) => ({
      time: madeMs + (lead - 1) * hourMs,
      hours: kind.pointHours,
      value,
      low,
      high,
    })),
  }
}

function whyNot(found: RollingForecast | undefined): { readonly ja: string; readonly en: string } {
  if (found === undefined || found.score.days < leastDays) {
    return { ja: '測定が24日分たまっていません', en: 'there are not yet 24 days of readings' }
  }
  return { ja: '単純な見込みより良くありません', en: 'it is no better than a simple guess' }
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
