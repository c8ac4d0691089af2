// The hub's HTTP API as the dashboard uses it: typed requests with a time limit.
import { type AccountApi, createAccountApi } from './account-api.ts'
import { type AlarmApi, createAlarmApi } from './alarm-api.ts'
import { type BackupApi, createBackupApi } from './backup-api.ts'
import { type BulletinApi, createBulletinApi } from './bulletin-api.ts'
import { type CityApi, createCityApi } from './city-api.ts'
import { createFarmApi, type FarmApi } from './farm-api.ts'
import { createFactoryApi, type FactoryApi } from './factory-api.ts'
import { type ChartApi, createChartApi } from './chart-api.ts'
import { createDeskApi, type DeskApi } from './desk-api.ts'
import { recipientId } from '../notices/recipient.ts'
import * as hub from './generated/hub-client.ts'
import { createNoticeApi, type NoticeApi } from './notice-api.ts'
import { createPeopleApi, type PeopleApi } from './people-api.ts'
import type { RequestOptions, Within } from './request-options.ts'
import { createRolloutApi, type RolloutApi } from './rollout-api.ts'
import { createRuleApi, type RuleApi } from './rule-api.ts'
import { createSessionApi, type SessionApi } from './session-api.ts'
import type {
  AdviceItem,
  AlarmItem,
  BucketedReadings,
  CommandBody,
  CommandItem,
  EventItem,
  ForecastItem,
  GatewayItem,
  GatewaySets,
  InstallationItem,
  LatestItem,
  Severity,
  SiteItem,
  UiSettings,
} from './shapes.ts'

const timeoutMs = 10_000
const pageAlarms = 1_000
const mostPages = 10
const probeTimeoutMs = 4000
/** A gateway answers within 20 s, or the hub says that it did not. */
const correctionTimeoutMs = 25_000

export interface Fault {
  readonly path: string
  /** In English; `code`, where there is one, says it in words of ours. */
  readonly message: string
  readonly code?: string
  readonly values?: Readonly<Record<string, string | number>>
}

/** The hub answered, but not with success. `code`: of its problem document (docs/errors.md). */
export class HubError extends Error {
  readonly status: number
  readonly code: string | undefined
  /** What is wrong with what was sent, each with its place. */
  readonly faults: readonly Fault[]

  constructor(message: string, status: number, code: string | undefined, faults: readonly Fault[] = []) {
    super(message)
    this.name = 'HubError'
    this.status = status
    this.code = code
    this.faults = faults
  }
}

/** As the API's; what is absent leaves out nothing. */
interface AlarmsFilter {
  readonly severity?: Severity | undefined
  readonly site?: string | undefined
  readonly assignee?: string | undefined
}

interface AlarmPage {
  readonly items: readonly AlarmItem[]
  /** Null: there is no further page. */
  readonly next: string | null
}

/** All that is so at one moment. */
interface Now {
  /** Id of the event of the stream up to which it is true. */
  readonly at: string
  readonly sites: readonly SiteItem[]
  readonly latest: readonly LatestItem[]
  /** Every open one, newest first; 10,000 at most. */
  readonly alarms: readonly AlarmItem[]
  readonly gateways: readonly GatewayItem[]
}

export interface HubApi {
  now(): Promise<Now>
  latest(): Promise<readonly LatestItem[]>
  sites(): Promise<readonly SiteItem[]>
  /** A page of all that there were, newest first. */
  pastAlarms(filter: AlarmsFilter, cursor: string | undefined): Promise<AlarmPage>
  gateways(): Promise<readonly GatewayItem[]>
  /** Events of one kind of a gateway, newest first. */
  events(query: {
    readonly gateway: string
    readonly kind: EventItem['kind']
    readonly limit: number
  }): Promise<readonly EventItem[]>
  /** What a gateway runs and was offered last; none: it takes no updates, or has not said so yet. */
  sets(gateway: string): Promise<readonly GatewaySets[]>
  /** What was put in place at a gateway, newest first. */
  installations(gateway: string): Promise<readonly InstallationItem[]>
  removeInstallationPhoto(installation: string): Promise<void>
  /** What is advised for a place, most urgent first. */
  advice(site: string): Promise<readonly AdviceItem[]>
  /** The next 24 hours of the series of a place. */
  forecasts(site: string): Promise<readonly ForecastItem[]>
  /** Where something is that the hub names by its path. */
  address(path: string): string
  settings(): Promise<UiSettings>
  /** Is the hub there? Rejects when it does not answer within 4 s. */
  probe(): Promise<void>
  /** Aggregates in stored units; times in Unix ms. */
  buckets(query: {
    readonly series: string
    readonly fromMs: number
    readonly toMs: number
    readonly buckets: number
  }): Promise<BucketedReadings>
  readonly session: SessionApi
  readonly account: AccountApi
  /** What a person does with alarms. */
  readonly handling: AlarmApi
  readonly rules: RuleApi
  /** What charts show beside the readings. */
  readonly charts: ChartApi
  readonly rollouts: RolloutApi
  /** What the factory's screens need. */
  readonly factory: FactoryApi
  /** What the farmer's screens need. */
  readonly farm: FarmApi
  /** Citizens' reports, public places, what is published. */
  readonly desk: DeskApi
  /** Messages of the disaster broadcast. */
  readonly bulletins: BulletinApi
  /** What the city staff's screens need. */
  readonly city: CityApi
  /** How people are told, who is on call, what was sent. */
  readonly notices: NoticeApi
  /** Who may do what, and what was done. */
  readonly people: PeopleApi
  readonly backups: BackupApi
  /** What the part of an event really was. `time`: when its gateway took it, by the gateway's clock. Rejects with HubError; waits 25 s. */
  correct(event: string, judgement: 'good' | 'bad' | 'withdrawn', name?: string): Promise<{ readonly time: number }>
  /** Newest first. */
  commands(gateway: string): Promise<readonly CommandItem[]>
  command(id: string): Promise<CommandItem>
  /** Begins; what becomes of it is told by `command`. Rejects with HubError. */
  ask(gateway: string, request: CommandBody): Promise<CommandItem>
  /** What a gateway sent for a command, as JSON. */
  commandFile(id: string): Promise<unknown>
  /** Address of the event stream of a gateway's log. */
  logUrl(gateway: string, seconds: number, by: string): string
  /** Address of the event stream that continues after this event. */
  streamUrl(lastEventId: string | undefined): string
}

/**
 * `base` ends in a slash. Every method rejects when the hub does not answer with success within 10 s. `signedOut`: the hub asks who is
 * there.
 */
export function createHubApi(base: string, signedOut: () => void): HubApi {
  const root = `${base}api/v1/`
  const checked: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (response.ok) return response
    const { code, faults } = await problemOf(response)
    if (code === 'sign-in.required' || code === 'sign-in.factor-missing') signedOut()
    throw new HubError(`${new URL(response.url).pathname}: ${response.status}`, response.status, code, faults)
  }
  const within = (limitMs = timeoutMs): RequestOptions => ({
    headers: {},
    baseUrl: base.replace(/\/$/, ''),
    fetch: checked,
    signal: AbortSignal.timeout(limitMs),
  })
  return {
    latest: async () => (await hub.getLatest({}, within())).items,
    sites: async () => (await hub.getSites({}, within())).items,
    async now() {
      const { alarms: first, ...now } = await hub.getNow(within())
      const alarms = [...first.items]
      let cursor = first.next
      for (let page = 1; page < mostPages && cursor !== null; page += 1) {
        const { items, next }: AlarmPage = await hub.getAlarms({ state: 'open', limit: pageAlarms, cursor }, within())
        alarms.push(...items)
        cursor = next
      }
      return { ...now, alarms }
    },
    pastAlarms: ({ severity, site, assignee }, cursor) =>
      hub.getAlarms(
        {
          state: 'all',
          limit: 100,
          ...(severity === undefined ? {} : { severity }),
          ...(site === undefined ? {} : { site }),
          ...(assignee === undefined ? {} : { assignee }),
          ...(cursor === undefined ? {} : { cursor }),
        },
        within(),
      ),
    gateways: async () => (await hub.getGateways({}, within())).items,
    events: async (query) => (await hub.getEvents(query, within())).items,
    sets: async (gateway) => (await hub.getDeploymentsGateways({ gateway }, within())).items,
    installations: async (gateway) => (await hub.getInstallations({ gateway }, within())).items,
    async removeInstallationPhoto(installation) {
      await hub.deleteInstallationsByIdPhoto(installation, within())
    },
    advice: async (site) => (await hub.getAdvice({ site }, within())).items,
    forecasts: async (site) => (await hub.getForecasts(site, within())).items,
    address: (path) => `${base}${path.replace(/^\//, '')}`,
    settings: () => hub.getUi(within()),
    async probe() {
      await hub.getUi({ ...within(probeTimeoutMs), cache: 'no-store' })
    },
    async buckets({ series, fromMs, toMs, buckets }) {
      const span = { $from: String(fromMs), to: String(toMs), buckets }
      return (await hub.getSeriesByIdReadings(series, span, within())) as BucketedReadings
    },
    ...partsOf(within),
    correct: (event, judgement, name) =>
      hub.postEventsByIdCorrection(
        event,
        { judgement, ...(name === undefined ? {} : { class: name }) },
        within(correctionTimeoutMs),
      ),
    commands: async (gateway) => (await hub.getCommands({ gateway, limit: 20 }, within())).items,
    command: (id) => hub.getCommandsById(id, within()),
    ask: (gateway, body) => hub.postGatewaysByIdCommands(gateway, body, within()),
    async commandFile(id) {
      const address = `${root}commands/${encodeURIComponent(id)}/file`
      return (await (await checked(address, { signal: AbortSignal.timeout(timeoutMs) })).json()) as unknown
    },
    logUrl: (gateway, seconds, by) =>
      `${root}gateways/${encodeURIComponent(gateway)}/log?seconds=${seconds}&by=${encodeURIComponent(by)}`,
    streamUrl: (lastEventId) =>
      lastEventId === undefined ? `${root}stream` : `${root}stream?lastEventId=${encodeURIComponent(lastEventId)}`,
  }
}

/** What has a file of its own. */
function partsOf(within: Within) {
  return {
    session: createSessionApi(within),
    account: createAccountApi(within),
    handling: createAlarmApi(within),
    rules: createRuleApi(within),
    charts: createChartApi(within),
    rollouts: createRolloutApi(within),
    factory: createFactoryApi(within),
    farm: createFarmApi(within),
    desk: createDeskApi(within),
    bulletins: createBulletinApi(within),
    city: createCityApi(within),
    notices: createNoticeApi(within, recipientId),
    people: createPeopleApi(within),
    backups: createBackupApi(within),
  }
}

/** `code` undefined: no problem document. */
async function problemOf(
  response: Response,
): Promise<{ readonly code: string | undefined; readonly faults: readonly Fault[] }> {
  type Body = { readonly code?: unknown; readonly errors?: unknown } | undefined
  const problem = (await response.json().catch(() => undefined)) as Body
  const faults = Array.isArray(problem?.errors) ? (problem.errors as readonly Fault[]) : []
  return { code: typeof problem?.code === 'string' ? problem.code : undefined, faults }
}
