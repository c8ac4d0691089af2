// The hub's HTTP API as the dashboard uses it: typed requests with a time limit.
import { type AlarmApi, createAlarmApi } from './alarm-api.ts'
import { createSessionApi, type SessionApi } from './session-api.ts'
import type {
  AlarmItem,
  BucketedReadings,
  CommandItem,
  EventItem,
  GatewayItem,
  GatewaySets,
  InstallationItem,
  LatestItem,
  SiteItem,
  UiSettings,
} from './shapes.ts'

const timeoutMs = 10_000
const probeTimeoutMs = 4000
/** A gateway answers within 20 s, or the hub says that it did not. */
const correctionTimeoutMs = 25_000

/** The hub answered, but not with success. `code`: of its problem document (docs/errors.md). */
export class HubError extends Error {
  readonly status: number
  readonly code: string | undefined

  constructor(message: string, status: number, code: string | undefined) {
    super(message)
    this.name = 'HubError'
    this.status = status
    this.code = code
  }
}

export interface HubApi {
  latest(): Promise<readonly LatestItem[]>
  sites(): Promise<readonly SiteItem[]>
  alarms(state: 'open' | 'all'): Promise<readonly AlarmItem[]>
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
  /** What a person does with alarms. */
  readonly handling: AlarmApi
  /** What the part of an event really was. `time`: when its gateway took it, by the gateway's clock. Rejects with HubError; waits 25 s. */
  correct(event: string, judgement: 'good' | 'bad'): Promise<{ readonly time: number }>
  /** Newest first. */
  commands(gateway: string): Promise<readonly CommandItem[]>
  command(id: string): Promise<CommandItem>
  /** Begins; what becomes of it is told by `command`. Rejects with HubError. */
  ask(
    gateway: string,
    request: {
      readonly kind: string
      readonly arguments?: Readonly<Record<string, string | number>>
      readonly by: string
    },
  ): Promise<CommandItem>
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
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${root}${path}`, { signal: AbortSignal.timeout(timeoutMs), ...init })
    if (response.ok) return response
    const code = await codeOf(response)
    if (code === 'sign-in.required') signedOut()
    throw new HubError(`${path}: ${response.status}`, response.status, code)
  }
  const json = async <T>(path: string): Promise<T> => (await request(path)).json() as Promise<T>
  const list = async <T>(path: string): Promise<readonly T[]> => (await json<{ items: readonly T[] }>(path)).items
  return {
    latest: () => list('latest'),
    sites: () => list('sites'),
    alarms: (state) => list(`alarms?state=${state}`),
    gateways: () => list('gateways'),
    events: ({ gateway, kind, limit }) =>
      list(`events?gateway=${encodeURIComponent(gateway)}&kind=${kind}&limit=${limit}`),
    sets: (gateway) => list(`deployments/gateways?gateway=${encodeURIComponent(gateway)}`),
    installations: (gateway) => list(`installations?gateway=${encodeURIComponent(gateway)}`),
    address: (path) => `${base}${path.replace(/^\//, '')}`,
    settings: () => json('ui'),
    async probe() {
      await request('ui', { cache: 'no-store', signal: AbortSignal.timeout(probeTimeoutMs) })
    },
    buckets: ({ series, fromMs, toMs, buckets }) =>
      json(`series/${encodeURIComponent(series)}/readings?from=${fromMs}&to=${toMs}&buckets=${buckets}`),
    session: createSessionApi(request),
    handling: createAlarmApi(async <T>(method: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/json' }
      const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) }
      return (await (await request(path, { method, ...sent })).json()) as T
    }),
    async correct(event, judgement) {
      const response = await request(`events/${encodeURIComponent(event)}/correction`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ judgement }),
        signal: AbortSignal.timeout(correctionTimeoutMs),
      })
      return (await response.json()) as { readonly time: number }
    },
    commands: (gateway) => list(`commands?gateway=${encodeURIComponent(gateway)}&limit=20`),
    command: (id) => json(`commands/${encodeURIComponent(id)}`),
    async ask(gateway, body) {
      const response = await request(`gateways/${encodeURIComponent(gateway)}/commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await response.json()) as CommandItem
    },
    commandFile: (id) => json(`commands/${encodeURIComponent(id)}/file`),
    logUrl: (gateway, seconds, by) =>
      `${root}gateways/${encodeURIComponent(gateway)}/log?seconds=${seconds}&by=${encodeURIComponent(by)}`,
    streamUrl: (lastEventId) =>
      lastEventId === undefined ? `${root}stream` : `${root}stream?lastEventId=${encodeURIComponent(lastEventId)}`,
  }
}

/** Undefined: no problem document. */
async function codeOf(response: Response): Promise<string | undefined> {
  const problem = (await response.json().catch(() => undefined)) as { readonly code?: unknown } | undefined
  return typeof problem?.code === 'string' ? problem.code : undefined
}
