// Documents beside the readings (status, ack, …): CBOR out, CBOR or JSON in, checked by their schema once, here.
import type { Static, TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { AppError } from './app-error.ts'
import { CborReader, type CborValue } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'
import { looksLikeJson, parseJson } from './json-bytes.ts'

const writer = new CborWriter()
const validators = new WeakMap<TSchema, Validator>()

/** Encodes a document of plain values; keys whose value is undefined are left out. */
export function encodeDocument(document: { readonly [key: string]: unknown }): Uint8Array {
  writer.value(document as CborValue)
  return writer.finish()
}

/** Throws AppError `payload.malformed` or `payload.schema` (with the path of the first fault). */
export function decodeDocument<Schema extends TSchema>(schema: Schema, bytes: Uint8Array): Static<Schema> {
  const document = looksLikeJson(bytes) ? parseJson(bytes) : readCborDocument(bytes)
  const validator = validators.get(schema) ?? Compile(schema)
  validators.set(schema, validator)
  if (validator.Check(document)) return document as Static<Schema>
  const [fault] = validator.Errors(document)
  throw new AppError('payload.schema', `${fault?.instancePath || '/'} ${fault?.message ?? 'does not fit the schema'}`)
}

function readCborDocument(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes)
  const document = reader.value()
  if (!reader.atEnd) throw new AppError('payload.malformed', 'CBOR: bytes follow the document')
  return document
}
