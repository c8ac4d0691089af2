// The settings of street lighting and access points, as people set them for a tenant or one of its places.
import { Value } from 'typebox/value'
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { InfrastructureSettings } from './infrastructure-settings.ts'

export interface KeptInfrastructure {
  readonly settings: InfrastructureSettings
  /** Rises with each change; 0: never set. */
  readonly revision: number
  readonly changedMs: number | null
  readonly changedBy: string | null
}

const unset: KeptInfrastructure = { settings: {}, revision: 0, changedMs: null, changedBy: null }

/** `{tenant}` alone, or what a site id begins with. */
export function tenantOfPlace(place: string): string {
  const cut = place.indexOf('/')
  return cut < 0 ? place : place.slice(0, cut)
}

/** Bound: one entry per tenant or place that somebody has set. Owner: the insights. */
export class InfrastructureBook {
  readonly #database: HubDatabase
  readonly #clock: Clock
  readonly #places = new Map<string, KeptInfrastructure>()

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  async restore(): Promise<void> {
    for (const row of await this.#database.selectFrom('infrastructure_settings').selectAll().execute()) {
      const settings: unknown = JSON.parse(row.settings)
      // What an older version wrote and this one does not know is as if it were not set.
      if (!Value.Check(InfrastructureSettings, settings)) continue
      const { revision, changed_ms: changedMs, changed_by: changedBy } = row
      this.#places.set(row.place, { settings, revision, changedMs, changedBy })
    }
  }

  /** As set of this tenant or place alone. */
  get(place: string): KeptInfrastructure {
    return this.#places.get(place) ?? unset
  }

  /** What holds at a place: its own, and where it has none its tenant's. */
  effective(site: string): { readonly settings: InfrastructureSettings; readonly revision: number } {
    const [own, tenant] = [this.get(site), this.get(tenantOfPlace(site))]
    return { settings: { ...tenant.settings, ...own.settings }, revision: own.revision + tenant.revision }
  }

  /** Takes the place of all that was set before; on the medium when it resolves. */
  async set(place: string, settings: InfrastructureSettings, by: string | undefined): Promise<void> {
    const changedMs = this.#clock.now()
    const kept = { settings, revision: this.get(place).revision + 1, changedMs, changedBy: by ?? null }
    const row = {
      settings: JSON.stringify(settings),
      revision: kept.revision,
      changed_ms: changedMs,
      changed_by: kept.changedBy,
    }
    await durably(this.#database, (transaction) =>
      transaction
        .insertInto('infrastructure_settings')
        .values({ place, tenant: tenantOfPlace(place), ...row })
        .onConflict((conflict) => conflict.column('place').doUpdateSet(row))
        .execute(),
    )
    this.#places.set(place, kept)
  }
}
