// The settings of fields, as people set them.
import type { Clock } from '../../broker/contract/ports.ts'
import { tenantOfKey } from '../people/principal.ts'
import { durably, type HubDatabase } from '../registry/hub-database.ts'
import { FieldSettings } from './field-settings.ts'
import { SettingsBook } from './settings-book.ts'

/** By site id. */
export class FieldBook extends SettingsBook<typeof FieldSettings> {
  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    super({
      schema: FieldSettings,
      clock,
      rows: {
        all: () => database.selectFrom('field_settings').selectAll().select('site as key').execute(),
        put: (site, row) =>
          durably(database, (transaction) =>
            transaction
              .insertInto('field_settings')
              .values({ site, tenant: tenantOfKey(site), ...row })
              .onConflict((conflict) => conflict.column('site').doUpdateSet(row))
              .execute(),
          ),
      },
    })
  }
}
