// What a series is to a person: its device, channel, site, label and interval, joined from the catalogue and the gateways' births.
import type { CalibrationDescription, LocalizedText, SiteKind } from '../../broker/contract/documents.ts'
import { splitSeriesName } from '../../broker/contract/sample.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { GatewayRegistry } from './gateway-registry.ts'

export interface SeriesFacts {
  readonly id: number
  /** `{tenant}/{gateway}/{name}`: the public id. */
  readonly key: string
  readonly gateway: string
  readonly device: string
  readonly deviceLabel: LocalizedText
  readonly channel: string
  /** The device profile that its gateway's birth names. */
  readonly profile: string | undefined
  /** `{tenant}/{gateway}/{site}` */
  readonly site: string | undefined
  readonly siteKind: SiteKind | undefined
  readonly label: LocalizedText
  readonly unit: string | undefined
  /** Longest time between two readings in seconds, as the gateway's birth says. */
  readonly intervalS: number | undefined
  readonly calibration: CalibrationDescription | undefined
  /** Does the gateway's present birth name this series? */
  readonly described: boolean
}

/** What the hub itself calls a series that no gateway describes: the results of insights. `site`: as its gateway names it. */
type OwnSeries = (
  device: string,
  channel: string,
) => { readonly site: string; readonly title: LocalizedText; readonly label: LocalizedText } | undefined

/** Facts are joined once per series and again after each birth of its gateway. */
export class SeriesDirectory {
  readonly #catalogue: SeriesCatalogue
  readonly #registry: GatewayRegistry
  readonly #own: OwnSeries
  readonly #facts: (SeriesFacts | undefined)[] = []

  constructor(dependencies: {
    readonly catalogue: SeriesCatalogue
    readonly registry: GatewayRegistry
    /** Without it the hub has no series of its own. */
    readonly own?: OwnSeries
  }) {
    this.#catalogue = dependencies.catalogue
    this.#registry = dependencies.registry
    this.#own = dependencies.own ?? (() => undefined)
  }

  facts(id: number): SeriesFacts {
    const known = this.#facts[id]
    if (known !== undefined && known.unit === (this.#catalogue.unit(id) ?? known.unit)) return known
    const facts = this.#join(id)
    this.#facts[id] = facts
    return facts
  }

  /** The ids of the series of a gateway; empty for one that has sent nothing. */
  seriesOf(gateway: string): readonly number[] {
    return [...(this.#catalogue.gatewayByKey(gateway)?.series.values() ?? [])]
  }

  forget(gateway: string): void {
    for (const id of this.seriesOf(gateway)) this.#facts[id] = undefined
  }

  /** SenML `ut` where the gateway sends it, else the interval of its birth. */
  intervalS(id: number): number | undefined {
    return this.#catalogue.intervalS(id) ?? this.facts(id).intervalS
  }

  #join(id: number): SeriesFacts {
    const name = this.#catalogue.name(id)
    const gateway = this.#catalogue.owner(id).key
    const { device, channel } = splitSeriesName(name)
    const record = this.#registry.get(gateway)
    const description = record?.devices.get(device)
    const series = description?.series.find((candidate) => candidate.name === name || candidate.name === channel)
    const own = this.#own(device, channel)
    const siteId = description?.site ?? own?.site
    const site = siteId === undefined ? undefined : record?.sites.get(siteId)
    return {
      id,
      key: this.#catalogue.key(id),
      gateway,
      device,
      deviceLabel: description?.label ?? own?.title ?? { ja: device, en: device },
      channel,
      profile: description?.profile,
      site: site === undefined ? undefined : `${gateway}/${site.id}`,
      siteKind: site?.kind,
      label: series?.label ?? own?.label ?? { ja: channel, en: channel },
      unit: this.#catalogue.unit(id) ?? series?.unit,
      intervalS: series?.intervalS,
      calibration: series?.calibration,
      described: series !== undefined,
    }
  }
}
