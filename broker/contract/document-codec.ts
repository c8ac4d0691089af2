// Documents beside the readings (status, ack, …) as bytes: CBOR out, CBOR or JSON in; checked-document.ts and ack.ts say what fits.
import { AppError } from './app-error.ts'
import { CborReader, type CborValue } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'
import { looksLikeJson, parseJson } from './json-bytes.ts'

const writer = new CborWriter()

/** Encodes a document of plain values; keys whose value is undefined are left out. */
export function encodeDocument(document: { readonly [key: string]: unknown }): Uint8Array {
  writer.value(document as CborValue)
  return writer.finish()
}

/** A document that is not checked yet. Throws AppError `payload.malformed`. */
export function readDocument(bytes: Uint8Array): unknown {
  if (looksLikeJson(bytes)) return parseJson(bytes)
  const reader = new CborReader(bytes)
  const document = reader.value()
  if (!reader.atEnd) throw new AppError('payload.malformed', 'CBOR: bytes follow the document')
  return document
}
