// The one door through which readings become public: only of series that are switched on, late and rounded as somebody has decided.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { Position } from '../places/place.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { SeriesDirectory, SeriesFacts } from '../registry/series-directory.ts'
import { qualityNames, type Store } from '../store/store.ts'
import { type PublicSeriesSettings, rounded, roundedPosition } from './publication.ts'
import type { PublicationBook } from './publication-book.ts'

export interface PublicSeries {
  readonly id: number
  readonly key: string
  readonly facts: SeriesFacts
  readonly settings: PublicSeriesSettings
  /** Of the title that was given, or of site and series. */
  readonly name: LocalizedText
  readonly position: Position | undefined
}

/** Texts are never published: they may say anything. */
export interface PublicReading {
  readonly timeMs: number
  readonly value: number
  readonly quality: (typeof qualityNames)[number]
}

export interface PublicSeriesSources {
  readonly book: PublicationBook
  readonly store: Pick<Store, 'readings'>
  readonly catalogue: SeriesCatalogue
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly latest: LatestValues
  readonly clock: Clock
}

/** What is delayed is looked up at most once in this time for each series. */
const cacheMs = 60_000
/** How far back the newest reading of a series that is delayed is looked for. */
const lookBackMs = 2 * 3_600_000
const lookBackRows = 20_000

export class PublicSeriesView {
  readonly #sources: PublicSeriesSources
  /** Bound: one entry per published series that is delayed. Owner: this view. */
  readonly #delayed = new Map<number, { readonly atMs: number; readonly reading: Promise<PublicReading | undefined> }>()

  constructor(sources: PublicSeriesSources) {
    this.#sources = sources
  }

  all(): readonly PublicSeries[] {
    return this.#sources.book
      .publicSeries()
      .flatMap((key) => this.find(key) ?? [])
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Undefined where it is not published, or not there. */
  find(key: string): PublicSeries | undefined {
    const { book, catalogue, directory, registry } = this.#sources
    const settings = book.ofSeries(key)
    const id = settings === undefined ? undefined : catalogue.id(key)
    if (settings === undefined || id === undefined) return undefined
    const facts = directory.facts(id)
    const siteId = facts.site?.slice(facts.gateway.length + 1)
    const site = siteId === undefined ? undefined : registry.get(facts.gateway)?.sites.get(siteId)
    const { placeDecimals, title } = settings
    const place = title ?? site?.name ?? facts.deviceLabel
    const name = { ja: `${place.ja} ${facts.label.ja}`, en: `${place.en}, ${facts.label.en}` }
    const position =
      site === undefined || placeDecimals === undefined ? undefined : roundedPosition(site.position, placeDecimals)
    return { id, key, facts, settings, name, position }
  }

  /** In time order, at most `limit`, of [fromMs, toMs) as far as it is public by now. */
  async readings(
    { id, settings }: PublicSeries,
    { fromMs, toMs, limit }: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
  ): Promise<readonly PublicReading[]> {
    const begin = Math.max(fromMs, settings.sinceMs)
    const end = Math.min(toMs, this.#sources.clock.now() - settings.delayMs + 1)
    if (begin >= end) return []
    const found = await this.#sources.store.readings({ series: id, fromMs: begin, toMs: end, limit })
    return found.flatMap(({ timeMs, value, quality }) =>
      value === null
        ? []
        : [{ timeMs, value: rounded(value, settings.roundTo), quality: qualityNames[quality] ?? 'bad' }],
    )
  }

  /** The newest that is public. Of what is delayed, only within two hours before the delay. */
  async latest(series: PublicSeries): Promise<PublicReading | undefined> {
    const { latest, clock } = this.#sources
    const { id, settings } = series
    const [timeMs, value, nowMs] = [latest.timeMs(id), latest.value(id), clock.now()]
    if (timeMs < settings.sinceMs) return undefined
    if (timeMs <= nowMs - settings.delayMs) {
      return Number.isNaN(value)
        ? undefined
        : { timeMs, value: rounded(value, settings.roundTo), quality: latest.quality(id) }
    }
    const known = this.#delayed.get(id)
    if (known !== undefined && nowMs - known.atMs < cacheMs) return await known.reading
    const toMs = nowMs - settings.delayMs + 1
    const asked = this.readings(series, { fromMs: toMs - lookBackMs, toMs, limit: lookBackRows })
    const reading = asked.then((found) => found.at(-1))
    reading.catch(() => this.#delayed.delete(id))
    this.#delayed.set(id, { atMs: nowMs, reading })
    return await reading
  }

  /** Forgets what was looked up for a series whose settings have changed. */
  forget(key: string): void {
    const id = this.#sources.catalogue.id(key)
    if (id !== undefined) this.#delayed.delete(id)
  }
}
