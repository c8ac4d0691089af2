// Which gateways there are and whether they are connected: from their status documents, and from their silence.
import type { DeviceDescription, Site, StatusDocument } from '../../broker/contract/documents.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import type { GatewayRow, HubDatabase } from './hub-database.ts'
import { WriteBehind } from './write-behind.ts'

/** A gateway as the hub knows it. `birth` is the newest status document that described devices and sites, with the newest condition. */
export interface GatewayRecord {
  readonly id: string
  readonly state: 'online' | 'offline'
  readonly reason: 'shutdown' | 'lost' | undefined
  /** Hub time (Unix ms) since when it is in this state. */
  readonly sinceMs: number
  /** The same in monotonic ms, for durations; before the start of the process for a state of an earlier run. */
  readonly sinceAtMs: number
  readonly lastSeenMs: number | undefined
  readonly birth: StatusDocument | undefined
  readonly sites: ReadonlyMap<string, Site>
  readonly devices: ReadonlyMap<string, DeviceDescription>
}

export interface GatewayRegistryDependencies {
  readonly database: HubDatabase
  /** Arrival (Unix ms) of the newest message of readings of a gateway; 0: none since start. */
  readonly heardMs: (gateway: string) => number
  /** The same in monotonic ms; −Infinity: none since start. */
  readonly heardAtMs: (gateway: string) => number
  readonly clock: Clock
  readonly log: Log
}

/** `described`: devices, sites or labels may have changed too. */
export type GatewayListener = (gateway: GatewayRecord, change: { readonly described: boolean }) => void

/** Thousands of births may come at once; a gateway whose birth a crash of the hub loses sends it again. */
const gatherMs = 1_000
/** An online gateway that is silent for this long, or for 3 of its shortest intervals, is lost. */
const silentAfterMs = 120_000
/** Messages this long after a farewell prove that it belonged to an earlier connection. */
const farewellRaceMs = 2_000

export class GatewayRegistry {
  readonly #dependencies: GatewayRegistryDependencies
  readonly #gateways = new Map<string, GatewayRecord>()
  readonly #listeners = new Set<GatewayListener>()
  readonly #writes: WriteBehind<GatewayRow>
  readonly #startedAtMs: number

  constructor(dependencies: GatewayRegistryDependencies) {
    this.#dependencies = dependencies
    this.#startedAtMs = dependencies.clock.monotonic()
    const { clock, log, database } = dependencies
    this.#writes = new WriteBehind({ clock, log, gatherMs, write: (rows) => writeGateways(database, rows) })
  }

  async restore(): Promise<void> {
    const nowMs = this.#dependencies.clock.now()
    for (const row of await this.#dependencies.database.selectFrom('gateways').selectAll().execute()) {
      const birth = row.birth === null ? undefined : (JSON.parse(row.birth) as StatusDocument)
      const reason = row.reason === 'shutdown' || row.reason === 'lost' ? row.reason : undefined
      const lastSeenMs = row.last_seen_ms ?? undefined
      this.#gateways.set(row.id, {
        id: row.id,
        state: row.state,
        reason,
        sinceMs: row.since_ms,
        sinceAtMs: this.#startedAtMs - Math.max(0, nowMs - row.since_ms),
        lastSeenMs,
        birth,
        ...indexBirth(birth),
      })
    }
  }

  onChange(listener: GatewayListener): void {
    this.#listeners.add(listener)
  }

  get(id: string): GatewayRecord | undefined {
    return this.#gateways.get(id)
  }

  all(): readonly GatewayRecord[] {
    return Array.from(this.#gateways.values(), (gateway) => this.#withArrival(gateway))
  }

  /** Takes a birth, farewell, last will or new condition. One that describes nothing keeps what the birth said. */
  status(identity: GatewayIdentity, document: StatusDocument): void {
    const id = gatewayKey(identity)
    const { clock } = this.#dependencies
    const nowMs = clock.now()
    const known = this.#gateways.get(id)
    const described = document.devices !== undefined || document.sites !== undefined
    const birth = described || known?.birth === undefined ? document : withCondition(known.birth, document)
    const changed = known?.state !== document.state
    this.#put(
      {
        id,
        state: document.state,
        reason: document.state === 'offline' ? (document.reason ?? 'lost') : undefined,
        sinceMs: changed ? nowMs : known.sinceMs,
        sinceAtMs: changed ? clock.monotonic() : known.sinceAtMs,
        lastSeenMs: document.state === 'online' ? nowMs : known?.lastSeenMs,
        birth,
        ...(described || known === undefined ? indexBirth(birth) : { sites: known.sites, devices: known.devices }),
      },
      { described },
    )
  }

  /** Called about once a second: gateways fall silent, or prove to be alive after an outdated last will. */
  tick(): void {
    const nowAtMs = this.#dependencies.clock.monotonic()
    for (const gateway of this.#gateways.values()) {
      const heardAtMs = this.#dependencies.heardAtMs(gateway.id)
      const aliveAtMs = Math.max(heardAtMs, gateway.sinceAtMs, this.#startedAtMs)
      const silentMs = nowAtMs - aliveAtMs
      // The patience is looked up last: it is the same for thousands every second, and never less than this.
      if (gateway.state === 'online' && silentMs > silentAfterMs && silentMs > this.#patienceMs(gateway)) {
        this.#move(gateway, { state: 'offline', reason: 'lost' })
      } else if (gateway.state === 'offline' && heardAtMs > gateway.sinceAtMs + farewellRaceMs) {
        this.#move(gateway, { state: 'online', reason: undefined })
      }
    }
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    for (const gateway of this.#gateways.values()) this.#save(gateway)
    await this.#writes.close()
  }

  #patienceMs(gateway: GatewayRecord): number {
    let shortestS = Number.POSITIVE_INFINITY
    for (const device of gateway.devices.values()) {
      for (const series of device.series) shortestS = Math.min(shortestS, series.intervalS)
    }
    return shortestS === Number.POSITIVE_INFINITY ? silentAfterMs : Math.max(silentAfterMs, 3000 * shortestS)
  }

  #move(gateway: GatewayRecord, change: Pick<GatewayRecord, 'state' | 'reason'>): void {
    const { clock } = this.#dependencies
    this.#put({ ...gateway, ...change, sinceMs: clock.now(), sinceAtMs: clock.monotonic() }, { described: false })
  }

  #put(gateway: GatewayRecord, change: { readonly described: boolean }): void {
    this.#gateways.set(gateway.id, gateway)
    this.#save(gateway)
    const { id, state, reason } = gateway
    this.#dependencies.log.info({ gateway: id, state, reason }, 'gateway status')
    for (const listener of this.#listeners) listener(this.#withArrival(gateway), change)
  }

  #withArrival(gateway: GatewayRecord): GatewayRecord {
    const heardMs = this.#dependencies.heardMs(gateway.id)
    return heardMs > (gateway.lastSeenMs ?? 0) ? { ...gateway, lastSeenMs: heardMs } : gateway
  }

  #save(gateway: GatewayRecord): void {
    const { id, state, reason, sinceMs, lastSeenMs, birth } = this.#withArrival(gateway)
    this.#writes.put(id, {
      id,
      state,
      reason: reason ?? null,
      since_ms: sinceMs,
      last_seen_ms: lastSeenMs ?? null,
      birth: birth === undefined ? null : JSON.stringify(birth),
    })
  }
}

function withCondition(birth: StatusDocument, { condition }: StatusDocument): StatusDocument {
  return condition === undefined ? birth : { ...birth, condition }
}

function indexBirth(birth: StatusDocument | undefined): Pick<GatewayRecord, 'sites' | 'devices'> {
  return {
    sites: new Map((birth?.sites ?? []).map((site) => [site.id, site])),
    devices: new Map((birth?.devices ?? []).map((device) => [device.id, device])),
  }
}

/** Rows of one statement: far below the number of values that a database takes in one. */
const rowsAtOnce = 100

async function writeGateways(database: HubDatabase, rows: readonly GatewayRow[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      await transaction
        .insertInto('gateways')
        .values(rows.slice(from, from + rowsAtOnce))
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((values) => ({
            state: values.ref('excluded.state'),
            reason: values.ref('excluded.reason'),
            since_ms: values.ref('excluded.since_ms'),
            last_seen_ms: values.ref('excluded.last_seen_ms'),
            birth: values.ref('excluded.birth'),
          })),
        )
        .execute()
    }
  })
}
