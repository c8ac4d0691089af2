// Which things are watched by whether they send at all: every gateway, and every weather station.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import type { GatewayRegistry } from '../../registry/gateway-registry.ts'
import type { SeriesDirectory, SeriesFacts } from '../../registry/series-directory.ts'

export interface Watched {
  /** Of the gateway, or of the site. */
  readonly id: string
  readonly name: LocalizedText
  /** Of all that it measures; of a gateway without what the hub found out. */
  readonly series: readonly Pick<SeriesFacts, 'id' | 'channel'>[]
}

interface WatchedLists {
  readonly gateways: () => readonly Watched[]
  readonly stations: () => readonly Watched[]
}

export function watchedOf(sources: {
  readonly registry: Pick<GatewayRegistry, 'all'>
  readonly directory: Pick<SeriesDirectory, 'facts' | 'seriesOf'>
}): WatchedLists {
  const { registry, directory } = sources
  const measured = (gateway: string): readonly SeriesFacts[] =>
    directory.seriesOf(gateway).flatMap((id) => {
      const facts = directory.facts(id)
      return facts.device.startsWith('~') ? [] : [facts]
    })
  return {
    gateways: () =>
      registry.all().map(({ id, birth }) => ({ id, name: birth?.label ?? nameOf(id), series: measured(id) })),
    stations: () =>
      registry.all().flatMap((gateway) => {
        const stations = [...gateway.sites.values()].filter(({ kind }) => kind === 'weather')
        const series = stations.length === 0 ? [] : measured(gateway.id)
        return stations.map(({ id, name }) => {
          const site = `${gateway.id}/${id}`
          return { id: site, name, series: series.filter((one) => one.site === site) }
        })
      }),
  }
}

/** Of a gateway that has not described itself. */
function nameOf(id: string): LocalizedText {
  const name = id.slice(id.indexOf('/') + 1)
  return { ja: name, en: name }
}
