// What a place is measured by besides staff: devices on its access points, people that its cameras see, each calibrated by itself.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import { calibrate, type Calibration, type CountedMoment, leastCounts, peopleOf } from './calibration.ts'
import type { SpotSettings } from './crowding-schemas.ts'

export const crowdSources = ['access-points', 'cameras'] as const
export type CrowdSource = (typeof crowdSources)[number]

/** The setting of a place that lists the series of a source. */
const seriesOf = { 'access-points': 'clients', cameras: 'cameras' } as const

/** What staff counted, and what each source said at that time; null: nobody knows. */
export interface Count {
  readonly timeMs: number
  readonly people: number
  readonly clients: number | null
  readonly seen: number | null
}

export type SourceCalibration = Calibration & { readonly source: CrowdSource }

/** A value older than this says nothing of now. */
const holdMs = 15 * 60_000

export interface Measured {
  readonly value: number
  readonly timeMs: number
}

interface Readings {
  readonly catalogue: Pick<SeriesCatalogue, 'id'>
  readonly latest: LatestValues
  readonly clock: Clock
}

export function seriesKeys(settings: SpotSettings, source: CrowdSource): readonly string[] {
  return settings[seriesOf[source]] ?? []
}

/** The sum of the series of a source; undefined where it has none, or not all of them have told lately. */
export function measuredBy(
  settings: SpotSettings,
  source: CrowdSource,
  { catalogue, latest, clock }: Readings,
): Measured | undefined {
  const keys = seriesKeys(settings, source)
  if (keys.length === 0) return undefined
  let [sum, timeMs] = [0, Number.POSITIVE_INFINITY]
  for (const key of keys) {
    const id = catalogue.id(key)
    if (id === undefined || !latest.isUsable(id) || Number.isNaN(latest.value(id))) return undefined
    sum += latest.value(id)
    timeMs = Math.min(timeMs, latest.timeMs(id))
  }
  return clock.now() - timeMs > holdMs ? undefined : { value: sum, timeMs }
}

/** One for each source that tells something of the people here; the counts of before a source was there do not count for it. */
export function calibrations(counts: readonly Count[]): readonly SourceCalibration[] {
  return crowdSources.flatMap((source) => {
    const moments = counts.flatMap(({ people, clients, seen }): readonly CountedMoment[] => {
      const measured = source === 'cameras' ? seen : clients
      return measured === null ? [] : [{ people, measured }]
    })
    const found = calibrate(moments)
    return found === undefined ? [] : [{ source, ...found }]
  })
}

export interface Estimate {
  readonly source: CrowdSource
  readonly people: number
  readonly error: number
  readonly timeMs: number
}

/** By the source with the smaller error of those that have told lately. */
export function estimated(
  settings: SpotSettings,
  known: readonly SourceCalibration[],
  readings: Readings,
): Estimate | undefined {
  const [best] = known
    .flatMap((one): readonly Estimate[] => {
      const { source, error } = one
      const found = measuredBy(settings, source, readings)
      return found === undefined ? [] : [{ source, error, people: peopleOf(found.value, one), timeMs: found.timeMs }]
    })
    .toSorted((a, b) => a.error - b.error)
  return best
}

/** Why nothing is estimated. */
export function reasonOf(settings: SpotSettings, counts: readonly Count[], readings: Readings): LocalizedText {
  const named = crowdSources.filter((source) => seriesKeys(settings, source).length > 0)
  if (named.length === 0) return { ja: '最近数えられていません', en: 'Nobody has counted lately' }
  const telling = named.filter((source) => measuredBy(settings, source, readings) !== undefined)
  if (telling.length === 0) {
    const [ja, en] = [named.map((source) => names[source].ja), named.map((source) => names[source].en)]
    return {
      ja: `最近の計数がなく、${ja.join('と')}の値も届いていません`,
      en: `Nobody has counted lately, and its ${en.join(' and ')} are silent`,
    }
  }
  const most = Math.max(
    ...telling.map(
      (source) => counts.filter(({ clients, seen }) => (source === 'cameras' ? seen : clients) !== null).length,
    ),
  )
  if (most < leastCounts) {
    return {
      ja: `推定には${leastCounts}回以上の計数が必要です（${most}回）`,
      en: `An estimate needs ${leastCounts} counts; there are ${most}`,
    }
  }
  const [ja, en] = [telling.map((source) => units[source].ja), telling.map((source) => units[source].en)]
  return {
    ja: `${ja.join('や')}から人数は推定できません`,
    en: `${en.join(' and ')} do not tell the number of people here`,
  }
}

const names = {
  'access-points': { ja: 'アクセスポイント', en: 'access points' },
  cameras: { ja: 'カメラ', en: 'cameras' },
} as const
const units = {
  'access-points': { ja: '接続台数', en: 'Connected devices' },
  cameras: { ja: 'カメラの人数', en: 'People seen by cameras' },
} as const
