// How each polled source is: its version, its failures, and its newest faults; kept over a restart.
import type { HubDatabase } from '../../registry/hub-database.ts'
import type { FeedVersion } from './feed-fetch.ts'

export interface SourceFault {
  readonly timeMs: number
  readonly code: string
  readonly detail: string
  /** Of the message; empty where it is about the whole. */
  readonly identifier: string
}

export interface SourceState {
  readonly version: FeedVersion
  /** Undefined: never. */
  readonly polledMs: number | undefined
  readonly readMs: number | undefined
  /** One after the other. */
  readonly failures: number
  readonly nextMs: number
  /** Newest first. */
  readonly faults: readonly SourceFault[]
}

/** Bound: faults of one source. Overflow: the oldest go; `musubi_bulletins_refused_total` has counted them. */
const maxFaults = 20
const maxDetail = 500

const untouched: SourceState = {
  version: { etag: undefined, lastModified: undefined },
  polledMs: undefined,
  readMs: undefined,
  failures: 0,
  nextMs: 0,
  faults: [],
}

export class SourceBook {
  readonly #database: HubDatabase
  readonly #states = new Map<string, SourceState>()

  constructor(database: HubDatabase) {
    this.#database = database
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('bulletin_sources').selectAll().execute()) {
      this.#states.set(row.id, {
        version: { etag: row.etag ?? undefined, lastModified: row.last_modified ?? undefined },
        polledMs: row.polled_ms,
        readMs: row.read_ms ?? undefined,
        failures: row.failures,
        nextMs: row.next_ms,
        faults: JSON.parse(row.faults) as readonly SourceFault[],
      })
    }
  }

  state(id: string): SourceState {
    return this.#states.get(id) ?? untouched
  }

  /** `faults` are added to those that are known. */
  async save(
    id: string,
    change: Omit<SourceState, 'faults'> & { readonly faults: readonly SourceFault[] },
  ): Promise<void> {
    const known = this.state(id).faults
    const added = change.faults.map((fault) => ({ ...fault, detail: fault.detail.slice(0, maxDetail) }))
    // The same fault of the same message is found again by each poll.
    const older = known.filter(
      (old) => !added.some((one) => one.code === old.code && one.identifier === old.identifier),
    )
    const state = { ...change, faults: [...added, ...older].slice(0, maxFaults) }
    this.#states.set(id, state)
    const row = {
      etag: state.version.etag ?? null,
      last_modified: state.version.lastModified ?? null,
      polled_ms: state.polledMs ?? 0,
      read_ms: state.readMs ?? null,
      failures: state.failures,
      next_ms: state.nextMs,
      faults: JSON.stringify(state.faults),
    }
    await this.#database
      .insertInto('bulletin_sources')
      .values({ id, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute()
  }
}
