// The registry of public places: read at start, each change on the medium before it holds.
import { setImmediate } from 'node:timers/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase, type HubTransaction } from '../registry/hub-database.ts'
import type { PlaceKind } from './list-definition.ts'
import { type Place, placeKey } from './place.ts'

/** What a set of places would change, or has changed. */
export interface PlaceChanges {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  /** Those of the list that the set has not; 0 unless it replaces the list. */
  readonly removed: number
}

export interface TakeOptions {
  readonly tenant: string
  readonly kind: PlaceKind
  /** What the set has not is taken away. */
  readonly replace: boolean
  /** Nothing is written. */
  readonly isTrial: boolean
  readonly by: string | undefined
}

/** Of all tenants. */
const mostPlaces = 300_000
const rowsOfStatement = 100

/** Bound: `mostPlaces`, above which an import is refused. Owner: the hub. */
export class PlaceBook {
  readonly #database: HubDatabase
  readonly #clock: Clock
  /** By `{tenant}/{kind}`, then ID. */
  readonly #lists = new Map<string, Map<string, Place>>()
  /** Imports come one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('places').selectAll().execute()) {
      const position = row.lat === null || row.lon === null ? undefined : { lat: row.lat, lon: row.lon }
      const columns = JSON.parse(row.columns) as Place['columns']
      const { tenant, id, name } = row
      this.#list(tenant, row.kind).set(id, { tenant, kind: row.kind as PlaceKind, id, name, position, columns })
    }
  }

  /** Those of a list, or of every list, in the order of their keys. */
  places(allows: (tenant: string) => boolean, kind?: PlaceKind): readonly Place[] {
    const found = [...this.#lists].flatMap(([key, places]) => {
      const [tenant = '', own] = key.split('/')
      return allows(tenant) && (kind === undefined || kind === own) ? [...places.values()] : []
    })
    return found.sort((a, b) => (placeKey(a) < placeKey(b) ? -1 : 1))
  }

  place(tenant: string, kind: string, id: string): Place | undefined {
    return this.#lists.get(`${tenant}/${kind}`)?.get(id)
  }

  /** Throws `limit.exceeded` where the hub would hold too many. */
  async take(places: readonly Place[], options: TakeOptions): Promise<PlaceChanges> {
    const turn = this.#last.then(() => this.#take(places, options))
    this.#last = turn.catch(() => undefined)
    return await turn
  }

  /** False where there is no such place. */
  async remove({ tenant, kind, id }: Pick<Place, 'tenant' | 'kind' | 'id'>): Promise<boolean> {
    const list = this.#list(tenant, kind)
    if (!list.has(id)) return false
    await durably(this.#database, (transaction) => deleteRows(transaction, { tenant, kind }, [id]))
    return list.delete(id)
  }

  async #take(places: readonly Place[], { tenant, kind, replace, isTrial, by }: TakeOptions): Promise<PlaceChanges> {
    const list = this.#list(tenant, kind)
    const given = new Set(places.map(({ id }) => id))
    const gone = replace ? [...list.keys()].filter((id) => !given.has(id)) : []
    const fresh = await changedPlaces(places, list)
    const added = fresh.filter(({ id }) => !list.has(id)).length
    const held = [...this.#lists.values()].reduce((sum, { size }) => sum + size, 0)
    if (held + added - gone.length > mostPlaces) {
      throw new AppError('limit.exceeded', `the hub holds at most ${mostPlaces} places`)
    }
    const changes = {
      added,
      changed: fresh.length - added,
      unchanged: places.length - fresh.length,
      removed: gone.length,
    }
    if (isTrial) return changes
    const written = { changed_ms: this.#clock.now(), changed_by: by ?? null }
    await durably(this.#database, async (transaction) => {
      for (let at = 0; at < fresh.length; at += rowsOfStatement) {
        await writeRows(transaction, fresh.slice(at, at + rowsOfStatement), written)
      }
      await deleteRows(transaction, { tenant, kind }, gone)
    })
    for (const id of gone) list.delete(id)
    for (const place of fresh) list.set(place.id, place)
    return changes
  }

  #list(tenant: string, kind: string): Map<string, Place> {
    const key = `${tenant}/${kind}`
    const list = this.#lists.get(key) ?? new Map<string, Place>()
    this.#lists.set(key, list)
    return list
  }
}

/** The hub does other things in between. */
async function changedPlaces(places: readonly Place[], list: ReadonlyMap<string, Place>): Promise<readonly Place[]> {
  const changed: Place[] = []
  for (const [index, place] of places.entries()) {
    if (index % rowsOfStatement === 0) await setImmediate()
    if (!isSame(list.get(place.id), place)) changed.push(place)
  }
  return changed
}

function isSame(known: Place | undefined, place: Place): boolean {
  return known !== undefined && JSON.stringify(known) === JSON.stringify(place)
}

async function writeRows(
  transaction: HubTransaction,
  places: readonly Place[],
  written: { readonly changed_ms: number; readonly changed_by: string | null },
): Promise<void> {
  const rows = places.map(({ tenant, kind, id, name, position, columns }) => ({
    tenant,
    kind,
    id,
    name,
    lat: position?.lat ?? null,
    lon: position?.lon ?? null,
    columns: JSON.stringify(columns),
    ...written,
  }))
  await transaction
    .insertInto('places')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'kind', 'id']).doUpdateSet((row) => ({
        name: row.ref('excluded.name'),
        lat: row.ref('excluded.lat'),
        lon: row.ref('excluded.lon'),
        columns: row.ref('excluded.columns'),
        changed_ms: row.ref('excluded.changed_ms'),
        changed_by: row.ref('excluded.changed_by'),
      })),
    )
    .execute()
}

async function deleteRows(
  transaction: HubTransaction,
  { tenant, kind }: { readonly tenant: string; readonly kind: string },
  ids: readonly string[],
): Promise<void> {
  for (let at = 0; at < ids.length; at += rowsOfStatement) {
    await transaction
      .deleteFrom('places')
      .where('tenant', '=', tenant)
      .where('kind', '=', kind)
      .where('id', 'in', ids.slice(at, at + rowsOfStatement))
      .execute()
  }
}
