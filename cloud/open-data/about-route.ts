// What a page for everybody begins with: who publishes, under which licence, and which lists there are.
import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { allowOtherSites, publicConfig } from '../http/public-manners.ts'
import { Problem } from '../http/schemas.ts'
import { PlaceKind } from '../places/list-definition.ts'
import { placesFileName } from '../places/places-csv.ts'
import type { OpenData } from './open-data.ts'
import { licenceAddresses } from './open-data-file.ts'
import { baseOf } from './public-routes.ts'

const PublishedList = Type.Object({
  tenant: Type.String(),
  kind: PlaceKind,
  title: LocalizedText,
  places: Type.Integer(),
  csv: Type.String({ description: 'Address of the file' }),
  geojson: Type.String(),
})

const AboutOpenData = Type.Object({
  publisher: Type.Object({ code: Type.String(), name: LocalizedText }),
  licence: Type.Object({ name: Type.String(), address: Type.String() }),
  lists: Type.Array(PublishedList),
  series: Type.Integer({ description: 'How many are published' }),
})
type AboutOpenData = Static<typeof AboutOpenData>

export function addAboutRoute(server: FastifyInstance, openData: OpenData): void {
  void server.register((scope, _options, done) => {
    allowOtherSites(scope, '/open-data/about')
    scope.get(
      '/open-data/about',
      {
        config: publicConfig,
        schema: {
          tags: ['open data'],
          summary: 'Who publishes, the licence, and the published lists',
          response: { 200: AboutOpenData, '4xx': Problem, '5xx': Problem },
        },
      },
      (request, reply): AboutOpenData => {
        void reply.header('cache-control', 'public, max-age=60')
        const { publisher, licence } = openData.settings
        const base = baseOf(request, openData)
        const lists = openData.publicLists().map(({ tenant, list, places }) => {
          const csv = `${base}/open-data/lists/${tenant}/${placesFileName(list, publisher)}`
          return { tenant, kind: list.kind, title: list.title, places, csv, geojson: csv.replace(/\.csv$/, '.geojson') }
        })
        return {
          publisher,
          licence: { name: licence, address: licenceAddresses[licence] },
          lists,
          series: openData.series.all().length,
        }
      },
    )
    done()
  })
}
