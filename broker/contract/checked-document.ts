// Documents from outside, checked by their schema once, here. Not for the gateway agent's process, which runs without TypeBox.
import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { AppError } from './app-error.ts'
import { readDocument } from './document-codec.ts'

const validators = new WeakMap<TSchema, Validator>()

/** Throws AppError `payload.malformed` or `payload.schema` (with the path of the first fault). */
export function decodeDocument<Schema extends TSchema>(schema: Schema, bytes: Uint8Array): Static<Schema> {
  return checkedDocument(schema, readDocument(bytes))
}

/** The same for what is decoded already. Throws AppError `payload.schema`. */
export function checkedDocument<Schema extends TSchema>(schema: Schema, document: unknown): Static<Schema> {
  const validator = validators.get(schema) ?? Compile(schema)
  validators.set(schema, validator)
  if (validator.Check(document)) return document as Static<Schema>
  const [fault] = validator.Errors(document)
  throw new AppError('payload.schema', `${fault?.instancePath || '/'} ${fault?.message ?? 'does not fit the schema'}`)
}
