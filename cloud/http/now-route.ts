// `GET /api/v1/now`: what every screen of the city begins with, in one answer, with the place from which the live stream goes on.
import type { FastifyInstance } from 'fastify'
import { alarmsPage, type AlarmViewSources } from '../alarms/alarm-view.ts'
import type { AlarmBook } from '../alarms/alarm-book.ts'
import type { LiveStream } from './live-stream.ts'
import { CityNow } from './now-schemas.ts'
import { Problem } from './schemas.ts'
import { gatewayItem, latestItem, seenGateways, seenSeries, siteHeads, type ViewSources } from './views.ts'

export interface NowRouteDependencies {
  readonly sources: ViewSources
  readonly stream: Pick<LiveStream, 'position'>
  readonly alarms: { readonly book: AlarmBook }
  readonly workOrders: AlarmViewSources['workOrders']
}

/** Further ones are at `/api/v1/alarms`. */
const mostAlarms = 1_000

export function addNowRoute(
  server: FastifyInstance,
  { sources, stream, alarms, workOrders }: NowRouteDependencies,
): void {
  const { book } = alarms
  server.get(
    '/api/v1/now',
    {
      config: { right: 'see' },
      schema: {
        tags: ['live'],
        summary: 'Sites, newest readings, open alarms and gateways of one moment',
        description:
          'Everything is of the same moment, and `at` is its event: a reader who opens the live stream with `lastEventId={at}` misses nothing.',
        response: { 200: CityNow, '4xx': Problem, '5xx': Problem },
      },
    },
    ({ scope }) => {
      const at = stream.position()
      const found = book.openPage({ scope, limit: mostAlarms + 1 })
      return {
        at,
        sites: siteHeads(sources, scope),
        latest: seenSeries(sources, scope).map((id) => latestItem(sources, id)),
        alarms: alarmsPage(found, mostAlarms, { book, workOrders }),
        gateways: seenGateways(sources, scope).map((gateway) => gatewayItem(sources, gateway)),
      }
    },
  )
}
