// The gateway's local page while the agent runs: what the engineer beside the pole sees, checks and takes back to the hub.
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { AppError } from '../../broker/contract/app-error.ts'
import { gatewayKey } from '../../broker/contract/topics.ts'
import type { GatewayConfig } from '../config.ts'
import type { Counters } from '../counters.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { Commissioning, type UplinkMark } from './commissioning.ts'
import { LiveEvents } from './live-events.ts'
import { LiveReadings } from './live-readings.ts'
import type { LocalPageMount } from './mounts.ts'
import { type PageRequest, type PageRoute, startPageServer } from './page-server.ts'
import { Sessions } from './sessions.ts'
import { signedRecord } from './signed-record.ts'

export interface LocalPageConfig {
  readonly host: string
  readonly port: number
  /** scrypt hash of the engineer's code. */
  readonly code: string
}

export interface LocalPageSources {
  readonly config: Pick<GatewayConfig, 'identity' | 'label' | 'devices' | 'sites' | 'hub'>
  readonly agentVersion: string
  readonly outbox: Pick<Outbox, 'lanes' | 'depth' | 'condition'>
  readonly uplink: () => { readonly connected: boolean }
  /** Has every device asked at once: a person waits for it. */
  readonly askDevices: () => void
  /** Other programs of this gateway that are shown below the page, behind its sign-in. */
  readonly mounts: readonly LocalPageMount[]
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

export interface LocalPage {
  readonly port: number
  /** Takes what the pipeline sends up. */
  take(samples: readonly Sample[]): void
  stop(): Promise<void>
}

/** Throws `port.busy`. */
export async function startLocalPage(page: LocalPageConfig, sources: LocalPageSources): Promise<LocalPage> {
  const { clock, log, counters, mounts } = sources
  const readings = new LiveReadings(counters)
  const commissioning = new Commissioning(sources.config.devices)
  const sessions = new Sessions({ clock, counters })
  const events = new LiveEvents(readings, () => liveState(sources, commissioning), clock)
  const routes = [
    ...signInRoutes(sessions, page.code, { mounts, log }),
    { at: 'GET /api/state', answer: () => ({ json: description(sources, mounts) }) },
    {
      at: 'GET /api/live',
      answer({ response, cookies }: PageRequest) {
        events.open(response, () => sessions.lasts(cookies))
        return undefined
      },
    },
    ...checkRoutes(commissioning, sources),
  ]
  const server = await startPageServer({ ...page, routes, sessions, mounts, log })
  log.info({ port: server.port, host: page.host }, 'the local page is open')
  return {
    port: server.port,
    take(samples) {
      readings.take(samples)
      commissioning.take(samples)
    },
    async stop() {
      events.close()
      await server.stop()
    },
  }
}

/** Without a session nothing is told but that one is needed. */
function signInRoutes(
  sessions: Sessions,
  codeHash: string,
  { mounts, log }: Pick<LocalPageSources, 'mounts' | 'log'>,
): readonly PageRoute[] {
  return [
    {
      at: 'GET /api/mode',
      open: true,
      answer: ({ cookies }) => ({ json: { mode: 'agent', signedIn: sessions.isOpen(cookies) } }),
    },
    {
      at: 'POST /api/session',
      open: true,
      async answer({ body, address }) {
        const result = await sessions.signIn(textOf(body, 'code'), codeHash, address)
        // Who is told to wait could fill the log; he is counted.
        const level = result.kind === 'open' ? 'info' : result.kind === 'wrong' ? 'warn' : 'debug'
        log[level]({ address, result: result.kind }, 'a sign-in at the local page')
        if (result.kind === 'open')
          return { json: { mounts: mounts.map(({ path }) => path) }, headers: { 'set-cookie': result.cookie } }
        if (result.kind === 'wrong') return { status: 401, json: { code: 'wrong-code' } }
        const { retryAfterS } = result
        return { status: 429, json: { code: 'wait', retryAfterS }, headers: { 'retry-after': String(retryAfterS) } }
      },
    },
    {
      at: 'POST /api/session/end',
      open: true,
      answer: ({ cookies }) => ({ json: {}, headers: { 'set-cookie': sessions.close(cookies) } }),
    },
  ]
}

function checkRoutes(commissioning: Commissioning, sources: LocalPageSources): readonly PageRoute[] {
  const { clock, outbox, config, agentVersion, log } = sources
  return [
    {
      at: 'POST /api/checks',
      answer({ body }) {
        const phoneMs = (body as { readonly phoneMs?: unknown } | null)?.phoneMs
        if (typeof phoneMs !== 'number')
          throw new AppError('payload.schema', 'phoneMs: the clock of the phone, Unix ms')
        commissioning.begin({ nowMs: clock.now(), phoneMs, mark: markOf(outbox) })
        sources.askDevices()
        return { json: commissioning.states(markOf(outbox)) }
      },
    },
    {
      at: 'POST /api/checks/confirm',
      answer({ body }) {
        const device = textOf(body, 'device')
        if (!commissioning.confirm(device)) throw new AppError('payload.schema', `${device} has no good value yet`)
        return { json: commissioning.states(markOf(outbox)) }
      },
    },
    {
      at: 'POST /api/checks/ask',
      answer() {
        sources.askDevices()
        return { json: {} }
      },
    },
    {
      at: 'POST /api/checks/record',
      async answer() {
        const gateway = gatewayKey(config.identity)
        const given = { gateway, agent: agentVersion, nowMs: clock.now(), mark: markOf(outbox) }
        const record = commissioning.record(given)
        if (record === undefined) throw new AppError('payload.schema', 'the checks have not begun')
        log.info({ record: record.id, passed: record.passed }, 'the checks of this gateway are signed')
        return { json: await signedRecord(record, config.hub) }
      },
    },
  ]
}

/** What does not change while the agent runs. */
function description({ config, agentVersion, clock }: LocalPageSources, mounts: readonly LocalPageMount[]): object {
  return {
    gateway: gatewayKey(config.identity),
    label: config.label,
    agent: agentVersion,
    nowMs: clock.now(),
    hub: URL.parse(config.hub.url)?.host ?? '',
    mounts: mounts.map(({ path }) => path),
    sites: config.sites.map(({ id, kind, name }) => ({ id, kind, name })),
    devices: config.devices.map(({ id, label, site, intervalS, profile, channels }) => ({
      id,
      label,
      site,
      intervalS,
      profile: profile.id,
      channels: channels.map(({ id: channel, label: name, unit }) => ({ id: channel, label: name, unit })),
    })),
  }
}

function liveState({ outbox, uplink, clock }: LocalPageSources, commissioning: Commissioning): object {
  return {
    nowMs: clock.now(),
    uplink: { connected: uplink().connected, waiting: outbox.depth().messages, outbox: outbox.condition },
    checks: commissioning.states(markOf(outbox)) ?? null,
  }
}

/** Of the epoch that new readings belong to. */
function markOf(outbox: LocalPageSources['outbox']): UplinkMark | undefined {
  return outbox.lanes().at(-1)
}

/** Throws `payload.schema`. */
function textOf(body: unknown, key: string): string {
  const value = (body as Readonly<Record<string, unknown>> | null)?.[key]
  if (typeof value !== 'string' || value === '') throw new AppError('payload.schema', `${key}: a text`)
  return value
}
