// Who has switched on what: read at start, each change on the medium before it holds.
import { Value } from 'typebox/value'
import type { Clock } from '../../broker/contract/ports.ts'
import type { PlaceKind } from '../places/list-definition.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { ListPublication, type PublicSeriesSettings, publicSettings, SeriesPublication } from './publication.ts'

export interface Decision<T> {
  readonly settings: T
  readonly changedMs: number
  readonly changedBy: string | null
}

/** Bound: one entry per series or list that somebody has decided on. Owner: the open data of the hub. */
export class PublicationBook {
  readonly #database: HubDatabase
  readonly #clock: Clock
  readonly #series = new Map<string, Decision<SeriesPublication>>()
  readonly #lists = new Map<string, Decision<ListPublication>>()

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('publications').selectAll().execute()) {
      const settings: unknown = JSON.parse(row.settings)
      const decided = { changedMs: row.changed_ms, changedBy: row.changed_by }
      const [, area, key = ''] = /^(series|list):(.*)$/s.exec(row.subject) ?? []
      // What this version does not understand is as if it were not published.
      if (area === 'series' && Value.Check(SeriesPublication, settings)) this.#series.set(key, { settings, ...decided })
      if (area === 'list' && Value.Check(ListPublication, settings)) this.#lists.set(key, { settings, ...decided })
    }
  }

  /** Keys of the series that are published. */
  publicSeries(): readonly string[] {
    return [...this.#series].filter(([, { settings }]) => settings.public).map(([key]) => key)
  }

  /** Undefined: it is not published. */
  ofSeries(key: string): PublicSeriesSettings | undefined {
    const decision = this.#series.get(key)
    if (decision?.settings.public !== true) return undefined
    return publicSettings(decision.settings, decision.changedMs)
  }

  isListPublic(tenant: string, kind: PlaceKind): boolean {
    return this.#lists.get(`${tenant}/${kind}`)?.settings.public === true
  }

  /** `{tenant}/{kind}` of the lists that are published. */
  publicLists(): readonly string[] {
    return [...this.#lists].filter(([, { settings }]) => settings.public).map(([key]) => key)
  }

  seriesDecisions(): ReadonlyMap<string, Decision<SeriesPublication>> {
    return this.#series
  }

  listDecisions(): ReadonlyMap<string, Decision<ListPublication>> {
    return this.#lists
  }

  /** A series that was public and stays so keeps the time from which it is public, unless another one is given. */
  async setSeries(
    key: string,
    settings: SeriesPublication,
    by: string | undefined,
  ): Promise<Decision<SeriesPublication>> {
    const sinceMs = this.ofSeries(key)?.sinceMs
    const kept = settings.public && settings.since === undefined && sinceMs !== undefined ? { since: sinceMs } : {}
    const whole = { ...settings, ...kept }
    const decision = await this.#write(`series:${key}`, key, whole, by)
    this.#series.set(key, decision)
    return decision
  }

  async setList(
    tenant: string,
    kind: PlaceKind,
    settings: ListPublication,
    by: string | undefined,
  ): Promise<Decision<ListPublication>> {
    const key = `${tenant}/${kind}`
    const decision = await this.#write(`list:${key}`, key, settings, by)
    this.#lists.set(key, decision)
    return decision
  }

  async #write<T>(subject: string, key: string, settings: T, by: string | undefined): Promise<Decision<T>> {
    const decision = { settings, changedMs: this.#clock.now(), changedBy: by ?? null }
    const row = { settings: JSON.stringify(settings), changed_ms: decision.changedMs, changed_by: decision.changedBy }
    await durably(this.#database, (transaction) =>
      transaction
        .insertInto('publications')
        .values({ subject, tenant: key.slice(0, key.indexOf('/')), ...row })
        .onConflict((conflict) => conflict.column('subject').doUpdateSet(row))
        .execute(),
    )
    return decision
  }
}
