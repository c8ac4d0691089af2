// What people have set of a place, from the books of fields and of infrastructure, as the engine asks for it.
import type { SettingsSource } from './computation.ts'
import type { FieldBook } from './field-book.ts'
import type { InfrastructureBook } from './infrastructure-book.ts'

export function placeSettings(books: {
  readonly fields: Pick<FieldBook, 'get'>
  readonly infrastructure: Pick<InfrastructureBook, 'effective'>
}): SettingsSource {
  return {
    of(site) {
      const field = books.fields.get(site)
      const infrastructure = books.infrastructure.effective(site)
      return {
        settings: { ...infrastructure.settings, ...field.settings },
        revision: field.revision + infrastructure.revision,
      }
    },
  }
}
