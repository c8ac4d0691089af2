// The acknowledgement as the gateway reads it, by hand: the one document that its agent must check, and TypeBox would cost it 24 MB.
import { AppError } from './app-error.ts'
import { readDocument } from './document-codec.ts'
import type { AckDocument } from './documents.ts'

/** What `AckDocument` accepts, other keys left out. Throws AppError `payload.malformed` or `payload.schema`. */
export function readAck(bytes: Uint8Array): AckDocument {
  const document = readDocument(bytes)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw refusal('an ack is an object')
  const { epoch, through, rewind, refused } = document as Readonly<Record<string, unknown>>
  if (typeof epoch !== 'string' || epoch.length > 64) throw refusal('/epoch is a text of at most 64 characters')
  if (typeof through !== 'number' || !Number.isInteger(through) || through < 0) {
    throw refusal('/through is a whole number from 0')
  }
  if (rewind !== undefined && typeof rewind !== 'boolean') throw refusal('/rewind is true or false')
  if (refused !== undefined && (typeof refused !== 'string' || refused.length > 1_000)) {
    throw refusal('/refused is a text of at most 1,000 characters')
  }
  return {
    epoch,
    through,
    ...(rewind === undefined ? {} : { rewind }),
    ...(refused === undefined ? {} : { refused }),
  }
}

function refusal(message: string): AppError {
  return new AppError('payload.schema', message)
}
