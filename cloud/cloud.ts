// The cloud half of a hub, put together: store, ingest, registry, alarms, live stream and HTTP, started and stopped in order.
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import { type Alarms, openAlarms } from './alarms/alarms.ts'
import type { AlarmBook } from './alarms/alarm-book.ts'
import { alarmItem } from './alarms/alarm-view.ts'
import { Backups } from './backup/backups.ts'
import { type Bulletins, openHubBulletins } from './bulletins/bulletins.ts'
import type { CloudOptions, Stops } from './cloud-options.ts'
import type { GatewayCare } from './commands/gateway-care.ts'
import type { Deployments } from './deployments/deployments.ts'
import { openEvents, type Events } from './events/events.ts'
import { CorrectionBook } from './factory/correction-book.ts'
import { Factories } from './factory/factories.ts'
import { FactorySettingsBook } from './factory/factory-settings.ts'
import { openGatewayParts } from './gateway-parts.ts'
import { hubMetrics } from './hub-metrics.ts'
import { createHttpServer, listen } from './http/http-server.ts'
import { LiveStream } from './http/live-stream.ts'
import { gatewayItem, streamReading, type ViewSources } from './http/views.ts'
import type { GatewayRoutes } from './http/gateway-server.ts'
import { PhotoBook } from './images/photo-book.ts'
import type { Images } from './images/images.ts'
import { resultLabel } from './insights/result-labels.ts'
import { type Insights, openInsights } from './insights/insights.ts'
import type { Installations } from './installations/installations.ts'
import { Ingest, defaultIngestLimits } from './ingest/ingest.ts'
import { LatestValues } from './ingest/latest-values.ts'
import type { IncomingMessage } from './ingest/message.ts'
import { SeriesCatalogue } from './ingest/series-catalogue.ts'
import { startMaintenance } from './maintenance.ts'
import { openHubNotifications } from './notifications/hub-notifications.ts'
import type { Notifications } from './notifications/notifications.ts'
import { type OpenData, openOpenData } from './open-data/open-data.ts'
import { Reports } from './reports/reports.ts'
import { GatewayRegistry } from './registry/gateway-registry.ts'
import { openAccess } from './people/hub-access.ts'
import type { PeopleDoor } from './people/people-door.ts'
import { openHubDatabase, type HubDatabase } from './registry/hub-database.ts'
import { SeriesDirectory } from './registry/series-directory.ts'
import { SeriesUnits } from './registry/series-units.ts'
import { takeStatus, unitLetter } from './registry/unit-change.ts'
import { WorkOrders } from './work-orders/work-orders.ts'
import type { StoreState } from './store/store.ts'

export interface Cloud {
  readonly httpPort: number
  readonly ingest: Ingest
  /** What gateways reach over HTTPS. */
  readonly gatewayRoutes: readonly GatewayRoutes[]
  /** Results of commands, and what Ingest.tap takes. */
  tap(message: IncomingMessage): Promise<void> | undefined
  /** Stops in the reverse order of the start: HTTP, ingest (commits what is pending), alarms, registry, store. */
  stop(): Promise<void>
}

const tickMs = 1_000
const drainTimeoutMs = 15_000

/** Starts everything. Throws `port.busy`, `data.locked`, `store.unavailable`, with nothing left running. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const stops: Stops = []
  const stop = async () => {
    for (const step of stops.splice(0).reverse()) await step()
  }
  try {
    return await start(options, stops, stop)
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

async function start(options: CloudOptions, stops: Stops, stop: () => Promise<void>): Promise<Cloud> {
  const { store, clock, log, publish } = options
  const database = await openHubDatabase({ ...options.database, clock, log: log.child({ part: 'database' }) })
  stops.push(() => database.destroy())
  const people = await openAccess({ host: options.http.host, settings: options.people, database, clock, log })
  stops.push(() => people.stop())
  stops.push(() => store.close())
  const state = await store.open()

  const known = await openKnown(options, database, state, stops)
  const { catalogue, latest, registry, directory, units } = known
  const { notifications, alarms, photos, workOrders } = await openHandling(options, { database, people, known }, stops)
  const sources: ViewSources = { catalogue, latest, directory, registry, openAlarms: () => alarms.book.open() }
  const stream = openStream(options, sources, { book: alarms.book, workOrders })
  const factories = await openFactories(options, database, registry)
  const { corrections } = factories
  const events = openEventsOf(options, registry, { stream, corrections, alarms: alarms.engine }, stops)

  const ingest = new Ingest(
    {
      store,
      catalogue,
      latest,
      alarms: alarms.engine,
      stream: heardBy(stream, () => insights),
      publish,
      clock,
      log,
      units,
      events,
      status: (...status) => takeStatus(registry, units, ...status),
    },
    options.limits ?? defaultIngestLimits,
  )
  stops.push(() => ingest.drain(drainTimeoutMs))
  units.onChange((change) => {
    alarms.engine.unitChanged(change.series)
    ingest.note(unitLetter(change, catalogue.owner(change.series).identity, clock.now()))
  })

  const insights = await openInsightsOf(options, database, { ...known, ingest }, stops)
  const openData = await openOpenData(options.openData, { ...known, database, store, clock })
  const reports = await openReportsOf(options, { database, workOrders, openData, notifications }, stops)
  const bulletins = await openHubBulletins(options, { database, notifications }, stops)
  const gateways = await openGatewayParts(options, database, registry, stops)
  const backups = openCare(options, { database, notifications }, stops)
  const metrics = [
    hubMetrics(ingest, stream, units),
    alarms.metrics,
    PhotoBook.metricsOf([photos, ...[gateways.installations, reports].flatMap((part) => part?.photos ?? [])]),
    ...[reports, backups].flatMap((part) => part?.metrics ?? []),
    insights.metrics,
    ...notifications.metrics,
    ...bulletins.metrics,
    events.metrics,
    ...gateways.metrics,
  ]
  const insides = {
    sources,
    database,
    people,
    alarms,
    notifications,
    workOrders,
    factories,
    insights,
    openData,
    bulletins,
    backups,
    reports,
    photos,
    stream,
    events,
    ingest,
    metrics,
  }
  const { care, images, installations, deployments, routes: gatewayRoutes } = gateways
  const httpPort = await openHttp(options, { ...insides, images, installations, deployments, care }, stops)
  stream.start()
  const tap = (message: IncomingMessage) =>
    care.take(message) || deployments?.rollouts.take(message) === true ? undefined : ingest.tap(message)
  return { httpPort, ingest, gatewayRoutes, tap, stop }
}

/** What becomes of alarms: who is told, what people do about them, and what is mended. */
async function openHandling(
  options: CloudOptions,
  parts: { readonly database: HubDatabase; readonly people: PeopleDoor; readonly known: Known },
  stops: Stops,
): Promise<{
  readonly notifications: Notifications
  readonly alarms: Alarms
  readonly photos: PhotoBook
  readonly workOrders: WorkOrders
}> {
  const { rules, alarmDays, clock, log } = options
  const { database, people, known } = parts
  const bookOf = () => alarms.book
  const given = { database, people: people.people, bookOf, ...known }
  const notifications = await openHubNotifications(options, given, stops)
  const { notices = notifications.sink } = options
  const alarms = await openAlarms({ rules, alarmDays, notices, database, ...known, clock, log })
  stops.push(() => alarms.stop())
  await notifications.start()
  const photos = new PhotoBook({
    folder: options.photoFolder,
    kinds: ['alarm', 'work-order'],
    limits: options.photoLimits,
    database,
    clock,
    log,
  })
  photos.start()
  stops.push(() => photos.stop())
  const workOrders = new WorkOrders({ database, book: alarms.book, clock })
  await workOrders.restore()
  return { notifications, alarms, photos, workOrders }
}

interface Known {
  readonly catalogue: SeriesCatalogue
  readonly latest: LatestValues
  readonly registry: GatewayRegistry
  readonly directory: SeriesDirectory
  readonly units: SeriesUnits
}

/** What the hub knows of its series and gateways, as the last run left it. */
async function openKnown(
  options: CloudOptions,
  database: HubDatabase,
  state: StoreState,
  stops: Stops,
): Promise<Known> {
  const { clock, log } = options
  const catalogue = new SeriesCatalogue()
  catalogue.restore(state.series, state.cursors)
  const latest = new LatestValues()
  latest.restore(state.latest, clock.now())
  const { registry, directory } = await openRegistry(options, database, catalogue, stops)
  const units = new SeriesUnits({ catalogue, database, clock, log })
  stops.push(() => units.close())
  await units.restore()
  return { catalogue, latest, registry, directory, units }
}

/** The port that it listens on. */
async function openHttp(
  { http, store, tiles, securityContact, dashboardFolder, moreMetrics, clock, log }: CloudOptions,
  parts: {
    readonly sources: ViewSources
    readonly database: HubDatabase
    readonly people: PeopleDoor
    readonly alarms: Alarms
    readonly notifications: Notifications
    readonly stream: LiveStream
    readonly images: Images | undefined
    readonly installations: Installations | undefined
    readonly deployments: Deployments | undefined
    readonly workOrders: WorkOrders
    readonly factories: Factories
    readonly insights: Insights
    readonly openData: OpenData | undefined
    readonly bulletins: Bulletins
    readonly backups: Backups | undefined
    readonly reports: Reports | undefined
    readonly photos: PhotoBook
    readonly events: Events
    readonly care: GatewayCare
    readonly ingest: Ingest
    readonly metrics: readonly Registry[]
  },
  stops: Stops,
): Promise<number> {
  const { ingest, metrics, ...views } = parts
  const server = await createHttpServer({
    ...views,
    store,
    clock,
    log,
    tiles,
    securityContact,
    dashboardFolder,
    metrics: () => [...metrics, ...moreMetrics()],
    health: () => ({
      status: ingest.storeAvailable ? 'ok' : 'degraded',
      store: ingest.storeAvailable ? 'ok' : 'unavailable',
      pendingReadings: ingest.pending,
    }),
  })
  stops.push(() => {
    views.stream.stop()
    return server.close()
  })
  return listen(server, http.host, http.port)
}

async function openFactories(
  { store, clock, events }: CloudOptions,
  database: HubDatabase,
  gateways: GatewayRegistry,
): Promise<Factories> {
  const settings = new FactorySettingsBook({ database, clock })
  await settings.restore()
  const corrections = new CorrectionBook(database)
  const days = { pictures: events.pictures.days, verdicts: events.days }
  return new Factories({ store, gateways, corrections, settings, days, clock })
}

function openEventsOf(
  { events: settings, store, clock, log }: CloudOptions,
  gateways: GatewayRegistry,
  {
    stream,
    ...heard
  }: { readonly stream: LiveStream; readonly corrections: CorrectionBook; readonly alarms: Alarms['engine'] },
  stops: Stops,
): Events {
  const publish = stream.publishEvent.bind(stream)
  const events = openEvents(settings, { store, gateways, publish, ...heard, clock, log })
  stops.push(() => events.stop())
  return events
}

/** Insights see every committed group, late readings too. */
function heardBy(stream: LiveStream, insights: () => Insights): Pick<LiveStream, 'publish'> {
  return {
    publish(fresh) {
      stream.publish(fresh)
      insights().observe(fresh.columns)
    },
  }
}

async function openInsightsOf(
  { store, clock, log }: CloudOptions,
  database: HubDatabase,
  { ingest, ...known }: Awaited<ReturnType<typeof openKnown>> & { readonly ingest: Ingest },
  stops: Stops,
): Promise<Insights> {
  const insights = await openInsights({ store, database, ...known, keep: ingest.keep.bind(ingest), clock, log })
  stops.push(() => insights.stop())
  insights.start()
  return insights
}

/** What keeps the data in order by itself: maintenance of the store, and back-ups, where this hub makes them. */
function openCare(
  { backups: settings, store, retention, notices, clock, log }: CloudOptions,
  { database, notifications }: { readonly database: HubDatabase; readonly notifications: Notifications },
  stops: Stops,
): Backups | undefined {
  const maintenance = startMaintenance({ store, retention, clock, log })
  stops.push(() => maintenance.stop())
  if (settings === undefined) return undefined
  const backups = new Backups(settings, { store, database, notices: notices ?? notifications.sink, clock, log })
  stops.push(() => backups.stop())
  backups.start()
  return backups
}

/** Their photos lie beside those of the city's own people, so that neither takes the room of the other. */
async function openReportsOf(
  { openData: settings, photoFolder, photoLimits, notices, clock, log }: CloudOptions,
  parts: {
    readonly database: HubDatabase
    readonly workOrders: WorkOrders
    readonly openData: OpenData | undefined
    readonly notifications: Notifications
  },
  stops: Stops,
): Promise<Reports | undefined> {
  const { database, workOrders, openData, notifications } = parts
  if (openData === undefined || settings?.reports === undefined) return undefined
  const folder = { photoFolder: `${photoFolder}-of-reports`, photoLimits }
  const given = { settings: settings.reports, ...folder, database, workOrders, openData, clock, log }
  const reports = new Reports({ ...given, notices: notices ?? notifications.sink })
  stops.push(() => reports.stop())
  await reports.start()
  return reports
}

async function openRegistry(
  { clock, log }: CloudOptions,
  database: HubDatabase,
  catalogue: SeriesCatalogue,
  stops: Stops,
): Promise<{ readonly registry: GatewayRegistry; readonly directory: SeriesDirectory }> {
  const heardMs = (id: string) => catalogue.gatewayByKey(id)?.heardMs ?? 0
  const heardAtMs = (id: string) => catalogue.gatewayByKey(id)?.heardAtMs ?? Number.NEGATIVE_INFINITY
  const registry = new GatewayRegistry({ database, heardMs, heardAtMs, clock, log })
  await registry.restore()
  let timer = clock.setTimer(() => tick(), tickMs)
  const tick = () => {
    registry.tick()
    timer = clock.setTimer(() => tick(), tickMs)
  }
  stops.push(() => {
    timer.cancel()
    return registry.close()
  })
  return { registry, directory: new SeriesDirectory({ catalogue, registry, own: resultLabel }) }
}

function openStream(
  { clock, log }: CloudOptions,
  sources: ViewSources,
  alarmViews: { readonly book: AlarmBook; readonly workOrders: WorkOrders },
): LiveStream {
  const readingJson = (id: number) => JSON.stringify(streamReading(sources, id))
  const bootId = randomUUID().slice(0, 8)
  const stream = new LiveStream({ readingJson, clock, log, bootId })
  alarmViews.book.onChange((alarm) => stream.publishEvent({ type: 'alarm', payload: alarmItem(alarm, alarmViews) }))
  sources.registry.onChange((gateway) =>
    stream.publishEvent({ type: 'gateway', payload: gatewayItem(sources, gateway) }),
  )
  return stream
}
