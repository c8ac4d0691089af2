// The hub's HTTP side: API, live stream, metrics, OpenAPI page and the dashboard, behind one port.
import { networkInterfaces } from 'node:os'
import fastify, { type FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Log } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'
import { addAlarmRoutes, type AlarmRoutesDependencies } from '../alarms/alarm-routes.ts'
import type { RuleBook } from '../alarms/rules/rule-book.ts'
import { Previews } from '../alarms/rules/rule-preview.ts'
import { addRuleRoutes } from '../alarms/rules/rule-routes.ts'
import { addBackupRoutes } from '../backup/backup-routes.ts'
import type { Backups } from '../backup/backups.ts'
import { addBulletinRoutes } from '../bulletins/bulletin-routes.ts'
import type { Bulletins } from '../bulletins/bulletins.ts'
import { addCommandRoutes } from '../commands/command-routes.ts'
import type { GatewayCare } from '../commands/gateway-care.ts'
import { addCrowdingRoutes } from '../crowding/crowding-routes.ts'
import { addDeploymentRoutes } from '../deployments/deployment-routes.ts'
import type { Deployments } from '../deployments/deployments.ts'
import { addEventRoutes } from '../events/event-routes.ts'
import type { Events } from '../events/events.ts'
import { addChartRoutes } from '../charts/chart-routes.ts'
import type { Factories } from '../factory/factories.ts'
import { addFactoryRoutes } from '../factory/factory-routes.ts'
import { addExportRoutes } from '../exports/export-routes.ts'
import { addImageRoutes } from '../images/image-routes.ts'
import type { PhotoBook } from '../images/photo-book.ts'
import type { Images } from '../images/images.ts'
import { addInfrastructureRoutes } from '../insights/infrastructure-routes.ts'
import { addInsightRoutes } from '../insights/insight-routes.ts'
import type { Insights } from '../insights/insights.ts'
import { addInstallationRoutes } from '../installations/installation-routes.ts'
import type { Installations } from '../installations/installations.ts'
import { addNgsiRoutes } from '../ngsi/ngsi-routes.ts'
import { addNotificationRoutes } from '../notifications/notification-routes.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { OpenData } from '../open-data/open-data.ts'
import { addAboutRoute } from '../open-data/about-route.ts'
import { addPublicationRoutes } from '../open-data/publication-routes.ts'
import { addPublicRoutes } from '../open-data/public-routes.ts'
import type { PeopleDoor } from '../people/people-door.ts'
import { addPeopleRoutes } from '../people/people-routes.ts'
import { addPlaceRoutes } from '../places/place-routes.ts'
import { addSignInRoutes } from '../people/sign-in-routes.ts'
import { addPublicReportRoutes } from '../reports/public-report-routes.ts'
import { addReportRoutes } from '../reports/report-routes.ts'
import type { Reports } from '../reports/reports.ts'
import type { Store } from '../store/store.ts'
import { addWorkOrderRoutes } from '../work-orders/work-order-routes.ts'
import type { WorkOrders } from '../work-orders/work-orders.ts'
import { addApiRoutes, type ApiDependencies } from './api-routes.ts'
import { addManners, defaultRequestsPerMinute } from './api-manners.ts'
import { addCompression } from './compression.ts'
import { addDashboard, scriptsInPage } from './dashboard-files.ts'
import { addDocumentation } from './documentation.ts'
import { addGeoJson } from './geojson.ts'
import { addGuard, type Guard } from './guard.ts'
import { buildLazyValidator } from './lazy-validation.ts'
import type { HubDatabase } from '../registry/hub-database.ts'
import { listPositions } from './list-positions.ts'
import type { LiveStream } from './live-stream.ts'
import { addNowRoute } from './now-route.ts'
import { sendProblem } from './problem.ts'
import { Health, Problem } from './schemas.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { addSecurityText } from './security-text.ts'
import { addStreamRoute } from './stream-route.ts'

export interface HttpServerDependencies extends Omit<ApiDependencies, 'access' | 'identityProvider'> {
  readonly people: PeopleDoor
  readonly database: HubDatabase
  /** Of one caller; default 12,000. */
  readonly requestsPerMinute?: number | undefined
  readonly store: ApiDependencies['store'] & Pick<Store, 'events'>
  readonly stream: LiveStream
  /** Undefined: this hub takes no images. */
  readonly images: Images | undefined
  /** Undefined: this hub takes no installations. */
  readonly installations: Installations | undefined
  /** Undefined: this hub rolls nothing out. */
  readonly deployments: Deployments | undefined
  readonly alarms: Pick<AlarmRoutesDependencies, 'book' | 'windows'> & { readonly rules: RuleBook }
  readonly workOrders: WorkOrders
  readonly insights: Insights
  /** Undefined: this hub publishes nothing and knows no places. */
  readonly openData: OpenData | undefined
  readonly bulletins: Bulletins
  /** Undefined: this hub makes none. */
  readonly backups: Backups | undefined
  /** Undefined: citizens report nothing to this hub. */
  readonly reports: Reports | undefined
  /** Of alarms and work orders. */
  readonly photos: PhotoBook
  readonly notifications: Notifications
  readonly events: Events
  readonly factories: Factories
  readonly care: GatewayCare
  /** A URI for security.txt; undefined: there is none. */
  readonly securityContact?: string | undefined
  readonly health: () => Health
  /** Registries of every part of the process, asked at each scrape; their metric names do not overlap. */
  readonly metrics: () => readonly Registry[]
  /** The built dashboard; undefined: API only. */
  readonly dashboardFolder: string | undefined
  readonly log: Log
}

const maxBodyBytes = 64 * 1024

/** Builds the server; the caller listens and closes. */
export async function createHttpServer(dependencies: HttpServerDependencies): Promise<FastifyInstance> {
  const { log, stream, sources, tiles, images, installations, deployments, events } = dependencies
  const server = fastify({
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: true,
    // A proxy on this machine says who asks, and whether over TLS.
    trustProxy: 'loopback',
    schemaController: { compilersFactory: { buildValidator: buildLazyValidator } },
    // What a schema does not know is refused, not dropped: of alternatives the first would drop what the second needs.
    ajv: { customOptions: { removeAdditional: false } },
  })
  server.setSerializerCompiler(() => JSON.stringify)
  server.setErrorHandler((error, request, reply) => sendProblem(asError(error), request, reply, log))
  const scripts = await scriptsInPage(dependencies.dashboardFolder)
  addSecurityHeaders(server, { tileUrl: tiles?.url, scripts })
  addCompression(server)
  const { principals, audit, provider } = dependencies.people
  const guard = addGuard(server, { principals, audit, clock: dependencies.clock, log })
  const { database, clock, requestsPerMinute = defaultRequestsPerMinute } = dependencies
  await addManners(server, { database, clock, log, requestsPerMinute })
  addGeoJson(server, listPositions(sources.registry))
  await addDocumentation(server)
  addOperationRoutes(server, dependencies, guard)
  addSecurityText(server, { contact: dependencies.securityContact, clock: dependencies.clock })
  const access = () => (principals.isOpen ? 'open' : 'sign-in')
  addApiRoutes(server, { ...dependencies, access, identityProvider: provider?.label ?? null })
  addChartRoutes(server, { ...dependencies, rules: dependencies.alarms.rules })
  addExportRoutes(server, { ...sources, store: dependencies.store, clock })
  const { workOrders, photos } = dependencies
  addAlarmRoutes(server, { ...dependencies.alarms, workOrders, photos, audit, clock })
  addRuleRoutes(server, { ...rulesOf(dependencies), audit })
  addWorkOrderRoutes(server, workOrders, photos)
  addNotificationRoutes(server, dependencies)
  addInsightRoutes(server, dependencies.insights)
  addInfrastructureRoutes(server, dependencies.insights)
  const { factories, care } = dependencies
  addEventRoutes(server, events, { commands: care.commands, corrections: factories.corrections, clock })
  addFactoryRoutes(server, factories, care.commands)
  addCommandRoutes(server, dependencies.care)
  addBulletinRoutes(server, dependencies.bulletins)
  if (dependencies.backups !== undefined) addBackupRoutes(server, dependencies.backups)
  addOpenData(server, dependencies)
  addReports(server, dependencies.reports)
  if (images !== undefined) addImageRoutes(server, images)
  if (installations !== undefined) addInstallationRoutes(server, installations)
  if (deployments !== undefined) addDeploymentRoutes(server, deployments)
  addNowRoute(server, dependencies)
  addStreamRoute(server, stream, sources)
  addSignInRoutes(server, dependencies.people)
  addPeopleRoutes(server, dependencies.people)
  await addDashboard(server, dependencies.dashboardFolder)
  server.addSchema({ $id: 'Problem', ...Problem })
  return server
}

function addOpenData(server: FastifyInstance, { openData, sources, store, clock, log }: HttpServerDependencies): void {
  if (openData === undefined) return
  addPlaceRoutes(server, openData)
  addPublicationRoutes(server, openData)
  addPublicRoutes(server, openData)
  addAboutRoute(server, openData)
  addCrowdingRoutes(server, openData.crowding)
  addNgsiRoutes(server, { openData, sources, store, clock, log })
}

function addReports(server: FastifyInstance, reports: Reports | undefined): void {
  if (reports === undefined) return
  addPublicReportRoutes(server, reports)
  addReportRoutes(server, reports)
}

function rulesOf({ alarms, store, sources, clock }: HttpServerDependencies) {
  const { catalogue, directory, registry } = sources
  return { rules: alarms.rules, previews: new Previews({ store, catalogue, directory, registry, clock }), clock }
}

const httpPort = { name: 'HTTP', flag: '--http-port', variable: 'MUSUBI_HTTP_PORT' } as const

/** Listens (undefined: on every address) and returns the port. Throws `port.busy` where another program has it. */
export async function listen(
  server: FastifyInstance,
  host: string | undefined,
  port: number,
  { name, flag, variable }: Readonly<Record<keyof typeof httpPort, string>> = httpPort,
): Promise<number> {
  try {
    await server.listen({ host: host ?? everyAddress(), port })
  } catch (thrown) {
    if (isSystemFault(thrown, 'EADDRINUSE')) {
      throw new AppError('port.busy', `${name} port ${port} is in use; choose another with ${flag} or ${variable}`)
    }
    throw thrown
  }
  const address = server.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** As net.Server does it: IPv6 and IPv4 together, unless the machine has no IPv6. */
function everyAddress(): string {
  const ipv6 = Object.values(networkInterfaces()).some((found) => found?.some(({ family }) => family === 'IPv6'))
  return ipv6 ? '::' : '0.0.0.0'
}

function addOperationRoutes(server: FastifyInstance, { health, metrics }: HttpServerDependencies, guard: Guard): void {
  server.get(
    '/healthz',
    { config: { right: 'public' }, schema: { tags: ['operation'], response: { 200: Health, 503: Health } } },
    (_request, reply) => {
      const state = health()
      return reply.code(state.status === 'ok' ? 200 : 503).send(state)
    },
  )
  const ofTheCity = { config: { right: { city: 'operate' } }, schema: { tags: ['operation'] } } as const
  server.get('/metrics', ofTheCity, async (_request, reply) => {
    const merged = await Promise.all([guard.metrics, ...metrics()].map((registry) => registry.metrics()))
    return reply.type(Registry.PROMETHEUS_CONTENT_TYPE).send(`${merged.map((text) => text.trimEnd()).join('\n')}\n`)
  })
}

function asError(thrown: unknown): AppError | Parameters<typeof sendProblem>[0] {
  if (thrown instanceof Error) return thrown as Parameters<typeof sendProblem>[0]
  return new AppError('store.query', String(thrown))
}
