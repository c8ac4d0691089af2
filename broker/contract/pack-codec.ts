// Bytes to readings and samples to bytes: SenML packs in JSON or CBOR, told apart by their first byte.
import { AppError } from './app-error.ts'
import { CborReader } from './cbor.ts'
import { looksLikeJson, parseJson } from './json-bytes.ts'
import type { Sample } from './sample.ts'
import { readCborPack, writeCborPack } from './senml-cbor.ts'
import type { Reading } from './senml.ts'
import { readJsonPack } from './senml-json.ts'
import { recordsOf } from './senml-record.ts'

/** Encodes at least one sample. Throws `senml.invalid` when there is none or a number is not finite. */
export function encodePack(samples: readonly Sample[], format: 'cbor' | 'json'): Uint8Array {
  return format === 'cbor' ? writeCborPack(samples) : Buffer.from(JSON.stringify(recordsOf(samples)))
}

/**
 * Decodes a pack; `nowMs` (Unix ms) resolves relative times. Throws AppError `payload.malformed`, `senml.invalid`,
 * `senml.version` or `limit.exceeded`, never anything else.
 */
export function decodePack(bytes: Uint8Array, nowMs: number): readonly Reading[] {
  if (looksLikeJson(bytes)) return readJsonPack(parseJson(bytes), nowMs)
  const reader = new CborReader(bytes)
  const readings = readCborPack(reader, nowMs)
  if (!reader.atEnd) throw new AppError('payload.malformed', 'CBOR: bytes follow the pack')
  return readings
}
