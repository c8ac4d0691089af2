// How full the places are that a city watches: counted by staff, or estimated from devices and cameras with a stated error.
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { LatestValues } from '../ingest/latest-values.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import {
  calibrations,
  type Count,
  type CrowdSource,
  crowdSources,
  estimated,
  measuredBy,
  reasonOf,
  seriesKeys,
  type SourceCalibration,
} from './crowd-sources.ts'
import type { CountBody, CrowdingDetail, CrowdingItem, SpotSettings, StateBody } from './crowding-schemas.ts'

interface Spot {
  readonly tenant: string
  readonly id: string
  readonly settings: SpotSettings
  readonly state: StateBody['state'] | null
  readonly stateMs: number | null
  /** Oldest first. */
  readonly counts: readonly Count[]
  readonly calibrations: readonly SourceCalibration[]
}

export interface CrowdingDependencies {
  readonly database: HubDatabase
  readonly catalogue: Pick<SeriesCatalogue, 'id'>
  readonly latest: LatestValues
  readonly clock: Clock
}

/** Of all tenants. */
const mostSpots = 1_000
/** The newest of a place by which it is calibrated; older ones are deleted. */
const mostCounts = 200
const countHoldsMs = 20 * 60_000

/** Bound: `mostSpots` places with `mostCounts` counts each. Owner: the hub. */
export class Crowding {
  readonly #dependencies: CrowdingDependencies
  readonly #spots = new Map<string, Spot>()
  /** Changes come one after the other: a count builds on the one before. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(dependencies: CrowdingDependencies) {
    this.#dependencies = dependencies
  }

  async restore(): Promise<void> {
    const { database } = this.#dependencies
    const counts = await database.selectFrom('people_counts').selectAll().orderBy('time_ms').execute()
    for (const row of await database.selectFrom('crowding_spots').selectAll().execute()) {
      const own = counts.filter(({ tenant, spot }) => tenant === row.tenant && spot === row.id)
      this.#keep({
        tenant: row.tenant,
        id: row.id,
        settings: JSON.parse(row.settings) as SpotSettings,
        state: row.state as Spot['state'],
        stateMs: row.state_ms,
        counts: own.map(({ time_ms: timeMs, people, clients, seen }) => ({ timeMs, people, clients, seen })),
      })
    }
  }

  /** In the order of their ids. */
  items(allows: (tenant: string) => boolean): readonly CrowdingDetail[] {
    return [...this.#spots.values()]
      .filter(({ tenant }) => allows(tenant))
      .map((spot) => this.#detailOf(spot))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  publicItems(): readonly CrowdingItem[] {
    return this.items(() => true)
      .filter(({ settings }) => settings.public)
      .map(({ settings: _settings, calibration: _devices, cameraCalibration: _cameras, ...item }) => item)
  }

  item(tenant: string, id: string): CrowdingDetail | undefined {
    const spot = this.#spots.get(`${tenant}/${id}`)
    return spot && this.#detailOf(spot)
  }

  /** Throws `limit.exceeded`; `payload.schema` for a series of another tenant. */
  async set(tenant: string, id: string, settings: SpotSettings): Promise<CrowdingDetail> {
    const keys = crowdSources.flatMap((source) => seriesKeys(settings, source))
    const foreign = keys.find((key) => !key.startsWith(`${tenant}/`))
    if (foreign !== undefined) throw new AppError('payload.schema', `${foreign} is no series of ${tenant}`)
    return await this.#inTurn(async () => {
      const known = this.#spots.get(`${tenant}/${id}`)
      if (known === undefined && this.#spots.size >= mostSpots) {
        throw new AppError('limit.exceeded', `a hub watches at most ${mostSpots} places`)
      }
      const text = JSON.stringify(settings)
      await durably(this.#dependencies.database, (transaction) =>
        transaction
          .insertInto('crowding_spots')
          .values({ tenant, id, settings: text, state: null, state_ms: null, state_by: null })
          .onConflict((conflict) => conflict.columns(['tenant', 'id']).doUpdateSet({ settings: text }))
          .execute(),
      )
      const { state = null, stateMs = null, counts = [] } = known ?? {}
      return this.#keep({ tenant, id, settings, state, stateMs, counts })
    })
  }

  /** Throws `not-found`. */
  async remove(tenant: string, id: string): Promise<void> {
    await this.#inTurn(async () => {
      await durably(this.#dependencies.database, async (transaction) => {
        await transaction.deleteFrom('crowding_spots').where('tenant', '=', tenant).where('id', '=', id).execute()
        await transaction.deleteFrom('people_counts').where('tenant', '=', tenant).where('spot', '=', id).execute()
      })
      this.#spots.delete(`${tenant}/${id}`)
    })
  }

  /** What staff counted, or how many came and left since. Throws `payload.schema` where neither is told. */
  async count(tenant: string, id: string, body: CountBody, by: string | undefined): Promise<CrowdingDetail> {
    return await this.#inTurn(async () => {
      const spot = this.#known(tenant, id)
      const { people, change } = body
      if ((people === undefined) === (change === undefined)) {
        throw new AppError('payload.schema', 'tell either people or change')
      }
      const newest = spot.counts.at(-1)
      // Two taps in the same millisecond are two counts.
      const timeMs = Math.max(this.#dependencies.clock.now(), (newest?.timeMs ?? 0) + 1)
      const counted = people ?? Math.max(0, (newest?.people ?? 0) + (change ?? 0))
      const [clients, seen] = [this.#now(spot, 'access-points'), this.#now(spot, 'cameras')]
      const counts = [...spot.counts, { timeMs, people: counted, clients, seen }].slice(-mostCounts)
      const oldestMs = counts[0]?.timeMs ?? timeMs
      await durably(this.#dependencies.database, async (transaction) => {
        await transaction
          .insertInto('people_counts')
          .values({ tenant, spot: id, time_ms: timeMs, people: counted, clients, seen, counted_by: by ?? null })
          .execute()
        await transaction
          .deleteFrom('people_counts')
          .where('tenant', '=', tenant)
          .where('spot', '=', id)
          .where('time_ms', '<', oldestMs)
          .execute()
      })
      return this.#keep({ ...spot, counts })
    })
  }

  async setState(
    tenant: string,
    id: string,
    state: StateBody['state'],
    by: string | undefined,
  ): Promise<CrowdingDetail> {
    return await this.#inTurn(async () => {
      const spot = this.#known(tenant, id)
      const stateMs = this.#dependencies.clock.now()
      await durably(this.#dependencies.database, (transaction) =>
        transaction
          .updateTable('crowding_spots')
          .set({ state, state_ms: stateMs, state_by: by ?? null })
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .execute(),
      )
      return this.#keep({ ...spot, state, stateMs })
    })
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act)
    this.#last = turn.catch(() => undefined)
    return await turn
  }

  /** What a source says now, a whole number. */
  #now({ settings }: Spot, source: CrowdSource): number | null {
    const measured = measuredBy(settings, source, this.#dependencies)
    return measured === undefined ? null : Math.round(measured.value)
  }

  #known(tenant: string, id: string): Spot {
    const spot = this.#spots.get(`${tenant}/${id}`)
    if (spot === undefined) throw new AppError('not-found', `there is no place ${tenant}/${id}`)
    return spot
  }

  #keep(spot: Omit<Spot, 'calibrations'>): CrowdingDetail {
    const whole = { ...spot, calibrations: calibrations(spot.counts) }
    this.#spots.set(`${spot.tenant}/${spot.id}`, whole)
    return this.#detailOf(whole)
  }

  #detailOf(spot: Spot): CrowdingDetail {
    const nowMs = this.#dependencies.clock.now()
    const { tenant, id, settings, state, stateMs } = spot
    const told = this.#toldOf(spot, nowMs)
    const { capacity = null } = settings
    return {
      id: `${tenant}/${id}`,
      name: settings.name,
      kind: settings.kind,
      position: settings.position ?? null,
      state,
      stateAgeS: stateMs === null ? null : seconds(nowMs - stateMs),
      ...told,
      capacity,
      level: told.people === null || capacity === null ? null : levelOf(told.people / capacity),
      settings,
      ...fittedOf(spot.calibrations),
    }
  }

  /** What was counted lately goes before what is estimated. */
  #toldOf(
    { counts, settings, calibrations: known }: Spot,
    nowMs: number,
  ): Pick<CrowdingItem, 'people' | 'error' | 'source' | 'ageS' | 'cannotTell'> {
    const newest = counts.at(-1)
    if (newest !== undefined && nowMs - newest.timeMs <= countHoldsMs) {
      const ageS = seconds(nowMs - newest.timeMs)
      return { people: newest.people, error: null, source: 'count', ageS, cannotTell: null }
    }
    const found = estimated(settings, known, this.#dependencies)
    if (found !== undefined) {
      return {
        people: Math.round(found.people),
        error: Math.ceil(found.error),
        source: found.source,
        ageS: seconds(nowMs - found.timeMs),
        cannotTell: null,
      }
    }
    const why = reasonOf(settings, counts, this.#dependencies)
    return { people: null, error: null, source: null, ageS: null, cannotTell: why }
  }
}

function fittedOf(
  calibrations: readonly SourceCalibration[],
): Pick<CrowdingDetail, 'calibration' | 'cameraCalibration'> {
  const of = (source: CrowdSource) => calibrations.find((one) => one.source === source)
  const [devices, cameras] = [of('access-points'), of('cameras')]
  const told = ({ base, error, counts }: SourceCalibration) => ({ base, error, counts })
  return {
    calibration: devices === undefined ? null : { ...told(devices), perClient: devices.perMeasured },
    cameraCalibration: cameras === undefined ? null : { ...told(cameras), perSeen: cameras.perMeasured },
  }
}

function levelOf(share: number): NonNullable<CrowdingItem['level']> {
  if (share >= 1) return 'full'
  if (share >= 0.8) return 'crowded'
  return share >= 0.5 ? 'filling' : 'free'
}

function seconds(lengthMs: number): number {
  return Math.max(0, Math.round(lengthMs / 1000))
}
