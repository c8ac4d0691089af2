// What a factory sets for a site: its shifts, and the kinds of defect that its people tell apart.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'

const TimeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'e.g. 08:30' })
const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })

/** A shift that ends when it begins lasts all day; one that ends earlier goes over midnight. */
const Shift = Type.Object(
  { id: Id, name: LocalizedText, from: TimeOfDay, to: TimeOfDay },
  { additionalProperties: false },
)
export type Shift = Static<typeof Shift>

const Defect = Type.Object({ id: Id, name: LocalizedText }, { additionalProperties: false })

export const FactorySettings = Type.Object(
  {
    shifts: Type.Array(Shift, { minItems: 1, maxItems: 6 }),
    defects: Type.Array(Defect, { maxItems: 9, description: 'In the order of the keys 1 to 9' }),
  },
  { additionalProperties: false },
)
export type FactorySettings = Static<typeof FactorySettings>

/** Until somebody sets others. */
export const usualSettings: FactorySettings = {
  shifts: [
    { id: 'day', name: { ja: '日勤', en: 'Day' }, from: '08:00', to: '20:00' },
    { id: 'night', name: { ja: '夜勤', en: 'Night' }, from: '20:00', to: '08:00' },
  ],
  defects: [
    { id: 'scratch', name: { ja: 'きず', en: 'Scratch' } },
    { id: 'dent', name: { ja: 'へこみ', en: 'Dent' } },
    { id: 'missing-hole', name: { ja: '穴の抜け', en: 'Missing hole' } },
    { id: 'stain', name: { ja: '汚れ', en: 'Stain' } },
  ],
}

export interface KeptSettings {
  readonly settings: FactorySettings
  readonly changedMs: number | null
  readonly changedBy: string | null
}

/** Bound: one entry per site that somebody has set. Owner: the factory. */
export class FactorySettingsBook {
  readonly #database: HubDatabase
  readonly #clock: Clock
  readonly #sites = new Map<string, KeptSettings>()

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('factory_settings').selectAll().execute()) {
      const settings: unknown = JSON.parse(row.settings)
      // What an older version wrote and this one does not know is as if it were not set.
      if (!Value.Check(FactorySettings, settings)) continue
      this.#sites.set(row.site, { settings, changedMs: row.changed_ms, changedBy: row.changed_by })
    }
  }

  get(site: string): KeptSettings {
    return this.#sites.get(site) ?? { settings: usualSettings, changedMs: null, changedBy: null }
  }

  /** On the medium when it resolves. */
  async set(site: string, settings: FactorySettings, by: string | undefined): Promise<KeptSettings> {
    const kept = { settings, changedMs: this.#clock.now(), changedBy: by ?? null }
    const row = { settings: JSON.stringify(settings), changed_ms: kept.changedMs, changed_by: kept.changedBy }
    await durably(this.#database, (transaction) =>
      transaction
        .insertInto('factory_settings')
        .values({ site, tenant: site.slice(0, site.indexOf('/')), ...row })
        .onConflict((conflict) => conflict.column('site').doUpdateSet(row))
        .execute(),
    )
    this.#sites.set(site, kept)
    return kept
  }
}
