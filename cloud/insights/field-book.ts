// The settings of fields, as people set them: read at start, each change on the medium before it holds.
import { Value } from 'typebox/value'
import type { Clock } from '../../broker/contract/ports.ts'
import { tenantOfKey } from '../people/principal.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { FieldSettings } from './field-settings.ts'

export interface KeptSettings {
  readonly settings: FieldSettings
  /** Rises with each change; 0: never set. */
  readonly revision: number
  /** Unix ms; null: never. */
  readonly changedMs: number | null
  readonly changedBy: string | null
}

const unset: KeptSettings = { settings: {}, revision: 0, changedMs: null, changedBy: null }

/** Bound: one entry per field that somebody has set. Owner: the insights. */
export class FieldBook {
  readonly #database: HubDatabase
  readonly #clock: Clock
  readonly #fields = new Map<string, KeptSettings>()

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('field_settings').selectAll().execute()) {
      const settings: unknown = JSON.parse(row.settings)
      // What an older version wrote and this one does not know is as if it were not set.
      if (!Value.Check(FieldSettings, settings)) continue
      const { revision, changed_ms: changedMs, changed_by: changedBy } = row
      this.#fields.set(row.site, { settings, revision, changedMs, changedBy })
    }
  }

  get(site: string): KeptSettings {
    return this.#fields.get(site) ?? unset
  }

  /** Takes the place of all that was set before. */
  async set(site: string, settings: FieldSettings, by: string | undefined): Promise<KeptSettings> {
    const changedMs = this.#clock.now()
    const kept = { settings, revision: this.get(site).revision + 1, changedMs, changedBy: by ?? null }
    const row = {
      settings: JSON.stringify(settings),
      revision: kept.revision,
      changed_ms: changedMs,
      changed_by: kept.changedBy,
    }
    await durably(this.#database, (transaction) =>
      transaction
        .insertInto('field_settings')
        .values({ site, tenant: tenantOfKey(site), ...row })
        .onConflict((conflict) => conflict.column('site').doUpdateSet(row))
        .execute(),
    )
    this.#fields.set(site, kept)
    return kept
  }
}
