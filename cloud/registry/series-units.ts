// In which unit each series is measured now: a new unit begins by a birth document or by a run of readings, and is recorded.
import type { DeviceDescription, StatusDocument } from '../../broker/contract/documents.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { SeriesCatalogue } from '../ingest/series-catalogue.ts'
import type { HubDatabase, SeriesUnitRow } from './hub-database.ts'
import { WriteBehind } from './write-behind.ts'

/** A series changed its unit; `sinceMs` is event time. */
export interface UnitChange {
  readonly series: number
  readonly key: string
  readonly from: string
  readonly to: string
  readonly sinceMs: number
  readonly cause: 'birth' | 'readings'
}

/** Readings of one series in one unit that is not its own, one after the other in event time. */
interface Run {
  readonly unit: string
  readonly firstMs: number
  lastMs: number
  count: number
}

/**
 * This many good readings in a row begin a new unit: each names the same unit and is newer than the one before, and none
 * in the present unit is as new as the first of them.
 */
export const readingsOfNewUnit = 10
/** A birth begins a new unit of a series at most once in this time, so that one that contradicts its readings ends nowhere. */
const birthEveryMs = 3_600_000

export class SeriesUnits {
  readonly counters = { changes: 0 }
  readonly #dependencies: {
    readonly catalogue: SeriesCatalogue
    readonly database: HubDatabase
    readonly clock: Clock
    readonly log: Log
  }
  readonly #writes: WriteBehind<SeriesUnitRow>
  /** Bound: one per series of the catalogue, which has a bound of its own. Owner: this. */
  readonly #runs = new Map<number, Run>()
  /** Event time since which a series has its present unit, where it had another before. */
  readonly #sinceMs = new Map<number, number>()
  readonly #bornAtMs = new Map<number, number>()
  readonly #listeners = new Set<(change: UnitChange) => void>()

  constructor(dependencies: {
    readonly catalogue: SeriesCatalogue
    readonly database: HubDatabase
    readonly clock: Clock
    readonly log: Log
  }) {
    this.#dependencies = dependencies
    const { clock, log, database } = dependencies
    this.#writes = new WriteBehind({ clock, log, write: (rows) => writeUnits(database, rows) })
  }

  /** The store knows the first unit of each series; here are the later ones. */
  async restore(): Promise<void> {
    const { catalogue, database } = this.#dependencies
    for (const row of await database.selectFrom('series_units').selectAll().execute()) {
      const series = catalogue.id(row.series)
      if (series === undefined) continue
      catalogue.learnUnit(series, row.unit)
      this.#sinceMs.set(series, row.since_ms)
    }
  }

  async close(): Promise<void> {
    await this.#writes.close()
  }

  onChange(listener: (change: UnitChange) => void): void {
    this.#listeners.add(listener)
  }

  /** False: `agreed` need not be told. */
  get hasRuns(): boolean {
    return this.#runs.size > 0
  }

  /** A good reading in the present unit of its series. */
  agreed(series: number, timeMs: number): void {
    const run = this.#runs.get(series)
    if (run !== undefined && timeMs >= run.firstMs) this.#runs.delete(series)
  }

  /** A good reading in another unit than its series has. True: with it the new unit has begun. */
  mismatched(series: number, unit: string, timeMs: number): boolean {
    // What is older than the present unit was measured in an earlier one.
    if (timeMs <= (this.#sinceMs.get(series) ?? Number.NEGATIVE_INFINITY)) return false
    const run = this.#runs.get(series)
    if (run === undefined || run.unit !== unit) {
      this.#runs.set(series, { unit, firstMs: timeMs, lastMs: timeMs, count: 1 })
      return false
    }
    if (timeMs <= run.lastMs) return false
    run.lastMs = timeMs
    run.count += 1
    if (run.count < readingsOfNewUnit) return false
    this.#begin(series, unit, timeMs, 'readings')
    return true
  }

  /** A gateway described itself: where it now says another unit than before, the new unit begins. */
  described(gateway: string, before: ReadonlyMap<string, DeviceDescription> | undefined, birth: StatusDocument): void {
    const { catalogue, clock } = this.#dependencies
    const known = catalogue.gatewayByKey(gateway)?.series
    if (known === undefined || before === undefined) return
    for (const device of birth.devices ?? []) {
      const earlier = before.get(device.id)?.series ?? []
      for (const [index, { name, unit }] of device.series.entries()) {
        // Mostly nothing has moved: then no search is needed.
        const old = earlier[index]?.name === name ? earlier[index] : earlier.find((one) => one.name === name)
        const series = known.get(name) ?? known.get(`${device.id}:${name}`)
        if (unit === undefined || old?.unit === undefined || old.unit === unit || series === undefined) continue
        if (clock.monotonic() - (this.#bornAtMs.get(series) ?? Number.NEGATIVE_INFINITY) < birthEveryMs) continue
        this.#bornAtMs.set(series, clock.monotonic())
        this.#begin(series, unit, Math.min(birth.timeMs, clock.now()), 'birth')
      }
    }
  }

  #begin(series: number, to: string, sinceMs: number, cause: UnitChange['cause']): void {
    const { catalogue, clock, log } = this.#dependencies
    const from = catalogue.unit(series)
    this.#runs.delete(series)
    if (from === to) return
    catalogue.learnUnit(series, to)
    if (from === undefined) return
    this.#sinceMs.set(series, sinceMs)
    this.counters.changes += 1
    const key = catalogue.key(series)
    this.#writes.put(key, { series: key, unit: to, previous: from, since_ms: sinceMs, changed_ms: clock.now(), cause })
    log.warn({ series: key, from, to, cause }, 'a series is measured in another unit from now on')
    for (const listener of this.#listeners) listener({ series, key, from, to, sinceMs, cause })
  }
}

async function writeUnits(database: HubDatabase, rows: readonly SeriesUnitRow[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (const row of rows) {
      await transaction
        .insertInto('series_units')
        .values(row)
        .onConflict((conflict) => conflict.column('series').doUpdateSet(row))
        .execute()
    }
  })
}
