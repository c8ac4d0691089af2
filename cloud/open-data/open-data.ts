// Open data of a hub, put together: the registry of places, what is published, and the door to public readings.
import type { Clock } from '../../broker/contract/ports.ts'
import { Crowding } from '../crowding/crowding.ts'
import type { LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import { PlaceBook } from '../places/place-book.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import type { SeriesDirectory } from '../registry/series-directory.ts'
import type { Store } from '../store/store.ts'
import type { PublicList } from './catalogue.ts'
import type { OpenDataSettings } from './open-data-file.ts'
import { PublicationBook } from './publication-book.ts'
import { PublicSeriesView } from './public-series.ts'

export interface OpenDataDependencies {
  readonly database: HubDatabase
  readonly store: Pick<Store, 'readings'>
  readonly catalogue: SeriesCatalogue
  readonly directory: SeriesDirectory
  readonly registry: GatewayRegistry
  readonly latest: LatestValues
  readonly clock: Clock
}

export interface OpenData {
  readonly settings: OpenDataSettings
  readonly places: PlaceBook
  readonly book: PublicationBook
  readonly series: PublicSeriesView
  readonly crowding: Crowding
  readonly clock: Clock
  readonly hasSeries: (key: string) => boolean
  /** The lists that are published, those without places too. */
  readonly publicLists: () => readonly PublicList[]
}

/** Without settings there is none. */
export async function openOpenData(
  settings: OpenDataSettings | undefined,
  dependencies: OpenDataDependencies,
): Promise<OpenData | undefined> {
  if (settings === undefined) return undefined
  const { catalogue, clock } = dependencies
  const places = new PlaceBook(dependencies)
  const book = new PublicationBook(dependencies)
  await places.restore()
  await book.restore()
  const crowding = new Crowding(dependencies)
  await crowding.restore()
  return {
    settings,
    places,
    book,
    series: new PublicSeriesView({ ...dependencies, book }),
    crowding,
    clock,
    hasSeries: (key) => catalogue.id(key) !== undefined,
    publicLists: () =>
      book.publicLists().flatMap((key) => {
        const [tenant = '', kind] = key.split('/')
        const list = settings.lists.find((one) => one.kind === kind)
        const held = list === undefined ? [] : places.places((own) => own === tenant, list.kind)
        return list === undefined ? [] : [{ tenant, list, places: held.length }]
      }),
  }
}
