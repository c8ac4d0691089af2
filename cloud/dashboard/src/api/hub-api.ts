// The hub's HTTP API as the dashboard uses it: typed requests with a time limit.
import type { AlarmItem, BucketedReadings, EventItem, GatewayItem, LatestItem, SiteItem, UiSettings } from './shapes.ts'

const timeoutMs = 10_000
const probeTimeoutMs = 4000

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
  acknowledge(alarm: string): Promise<void>
  /** Address of the event stream that continues after this event. */
  streamUrl(lastEventId: string | undefined): string
}

/** `base` ends in a slash. Every method rejects when the hub does not answer with success within 10 s. */
export function createHubApi(base: string): HubApi {
  const root = `${base}api/v1/`
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${root}${path}`, { signal: AbortSignal.timeout(timeoutMs), ...init })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response
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
    address: (path) => `${base}${path.replace(/^\//, '')}`,
    settings: () => json('ui'),
    async probe() {
      await request('ui', { cache: 'no-store', signal: AbortSignal.timeout(probeTimeoutMs) })
    },
    buckets: ({ series, fromMs, toMs, buckets }) =>
      json(`series/${encodeURIComponent(series)}/readings?from=${fromMs}&to=${toMs}&buckets=${buckets}`),
    async acknowledge(alarm) {
      const headers = { 'content-type': 'application/json' }
      await request(`alarms/${encodeURIComponent(alarm)}/ack`, { method: 'POST', headers, body: '{}' })
    },
    streamUrl: (lastEventId) =>
      lastEventId === undefined ? `${root}stream` : `${root}stream?lastEventId=${encodeURIComponent(lastEventId)}`,
  }
}
