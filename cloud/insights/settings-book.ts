// Settings that people set of places: read at start, each change on the medium before it holds.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'

export interface KeptSettings<S> {
  readonly settings: S
  /** Rises with each change; 0: never set. */
  readonly revision: number
  /** Unix ms; null: never. */
  readonly changedMs: number | null
  readonly changedBy: string | null
}

/** By whom settings are changed, and which revision they have seen; undefined: whichever there is. */
export interface SettingsChange {
  readonly by: string | undefined
  readonly seen: number | undefined
}

/** As it is kept; `settings` is JSON. */
interface SettingsRow {
  readonly settings: string
  readonly revision: number
  readonly changed_ms: number
  readonly changed_by: string | null
}

/** Where the rows lie. `put` resolves when the row is on the medium in place of the one before. */
export interface SettingsRows {
  all(): Promise<readonly (SettingsRow & { readonly key: string })[]>
  put(key: string, row: SettingsRow): Promise<unknown>
}

/** Bound: one entry per key that somebody has set. Owner: the insights. */
export class SettingsBook<Schema extends TSchema> {
  readonly #schema: Schema
  readonly #rows: SettingsRows
  readonly #clock: Clock
  readonly #kept = new Map<string, KeptSettings<Static<Schema>>>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: { readonly schema: Schema; readonly rows: SettingsRows; readonly clock: Clock }) {
    this.#schema = parts.schema
    this.#rows = parts.rows
    this.#clock = parts.clock
  }

  async restore(): Promise<void> {
    for (const {
      key,
      revision,
      changed_ms: changedMs,
      changed_by: changedBy,
      settings: text,
    } of await this.#rows.all()) {
      const settings: unknown = JSON.parse(text)
      // What an older version wrote and this one does not know is as if it were not set.
      if (Value.Check(this.#schema, settings)) this.#kept.set(key, { settings, revision, changedMs, changedBy })
    }
  }

  /** As set of this key alone. */
  get(key: string): KeptSettings<Static<Schema>> {
    return this.#kept.get(key) ?? { settings: {} as Static<Schema>, revision: 0, changedMs: null, changedBy: null }
  }

  /** Takes the place of all that was set before; on the medium when it resolves. Throws `settings.stale`. */
  set(key: string, settings: Static<Schema>, change: SettingsChange): Promise<KeptSettings<Static<Schema>>> {
    const mine = this.#turn.catch(() => undefined).then(() => this.#write(key, settings, change))
    this.#turn = mine
    return mine
  }

  async #write(
    key: string,
    settings: Static<Schema>,
    { by, seen }: SettingsChange,
  ): Promise<KeptSettings<Static<Schema>>> {
    const { revision } = this.get(key)
    if (seen !== undefined && seen !== revision) {
      throw new AppError('settings.stale', `somebody else has changed the settings of ${key}: revision ${revision}`)
    }
    const kept = { settings, revision: revision + 1, changedMs: this.#clock.now(), changedBy: by ?? null }
    await this.#rows.put(key, {
      settings: JSON.stringify(settings),
      revision: kept.revision,
      changed_ms: kept.changedMs,
      changed_by: kept.changedBy,
    })
    this.#kept.set(key, kept)
    return kept
  }
}
