// The settings of street lighting and access points, as people set them for a tenant or one of its places.
import type { Clock } from '../../broker/contract/ports.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { InfrastructureSettings } from './infrastructure-settings.ts'
import { SettingsBook } from './settings-book.ts'

/** `{tenant}` alone, or what a site id begins with. */
export function tenantOfPlace(place: string): string {
  const cut = place.indexOf('/')
  return cut < 0 ? place : place.slice(0, cut)
}

/** By tenant, or by site id. */
export class InfrastructureBook extends SettingsBook<typeof InfrastructureSettings> {
  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    super({
      schema: InfrastructureSettings,
      clock,
      rows: {
        all: () => database.selectFrom('infrastructure_settings').selectAll().select('place as key').execute(),
        put: (place, row) =>
          durably(database, (transaction) =>
            transaction
              .insertInto('infrastructure_settings')
              .values({ place, tenant: tenantOfPlace(place), ...row })
              .onConflict((conflict) => conflict.column('place').doUpdateSet(row))
              .execute(),
          ),
      },
    })
  }

  /** What holds at a place: its own, and where it has none its tenant's. */
  effective(site: string): { readonly settings: InfrastructureSettings; readonly revision: number } {
    const [own, tenant] = [this.get(site), this.get(tenantOfPlace(site))]
    return { settings: { ...tenant.settings, ...own.settings }, revision: own.revision + tenant.revision }
  }
}
