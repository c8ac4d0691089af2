// Tells JSON from CBOR by the first byte and parses JSON bytes strictly as UTF-8.
import { AppError } from './app-error.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** JSON documents of the contract begin with `{` or `[`, white space before it allowed; no CBOR array or map does. */
export function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes[0]
  return first === 0x7b || first === 0x5b || first === 0x20 || first === 0x0a || first === 0x0d || first === 0x09
}

/** Throws `payload.malformed`. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes)) as unknown
  } catch (cause) {
    throw new AppError('payload.malformed', 'JSON: the bytes are not a JSON document in UTF-8', { cause })
  }
}
