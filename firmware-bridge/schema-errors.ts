// Every error of a value against a schema: TypeBox stops at eight unless told otherwise, and a person wants to mend all at once.
import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'

/** At most `limit` errors. TypeBox's own limit is global, so it is put back. */
export function schemaErrors(schema: TSchema, value: unknown, limit: number): ReturnType<typeof Value.Errors> {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: limit })
  try {
    return Value.Errors(schema, value)
  } finally {
    Settings.Set({ maxErrors })
  }
}
