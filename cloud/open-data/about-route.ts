// What a page for everybody begins with: who publishes, under which licence, and which lists there are.
import type { FastifyInstance } from 'fastify'
import { allowOtherSites, publicConfig } from '../http/public-manners.ts'
import { Problem } from '../http/schemas.ts'
import { placesFileName } from '../places/places-csv.ts'
import type { OpenData } from './open-data.ts'
import { AboutOpenData } from './open-data-schemas.ts'
import { licenceAddresses } from './open-data-file.ts'
import { baseOf } from './public-routes.ts'

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
