// Events as a hub reads them: the envelope with one event and its thumbnail, everything checked. Not for the gateway agent.
import { AppError } from './app-error.ts'
import { checkedDocument } from './checked-document.ts'
import { readEventEnvelope, type EnvelopeHeader } from './envelope-codec.ts'
import { hashOf, maskBytes } from './event-codec.ts'
import { GatewayEvent } from './event.ts'
import { eventLimits } from './event-limits.ts'

export interface EventMessage {
  readonly header: EnvelopeHeader
  readonly event: GatewayEvent
  /** The JPEG that `event.thumbnail` names; a view of the message's bytes where that is CBOR. */
  readonly picture: Uint8Array | undefined
}

/**
 * Decodes one message of `…/event`. Throws AppError `payload.malformed`, `payload.schema`, `limit.exceeded` or
 * `image.mismatch` (the thumbnail is not the one that the event names).
 */
export function decodeEventMessage(bytes: Uint8Array): EventMessage {
  const { header, body } = readEventEnvelope(bytes)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('payload.schema', 'an envelope of …/event has an "event", which is an object')
  }
  const { picture: sent, ...rest } = body as Readonly<Record<string, unknown>>
  const event = checkedDocument(GatewayEvent, rest)
  checkShapes(event)
  const picture = readPicture(sent)
  checkThumbnail(event, picture)
  return { header, event, picture }
}

/** What a JSON schema cannot say. */
function checkShapes({ mask = [], heat }: GatewayEvent): void {
  if (mask.some((ring) => ring.length % 2 !== 0)) throw new AppError('payload.schema', '/mask has rings of x, y pairs')
  const bytes = maskBytes(mask)
  if (bytes > eventLimits.maskBytes) {
    throw new AppError('limit.exceeded', `a mask of ${bytes} bytes; ${eventLimits.maskBytes} are allowed`)
  }
  if (heat !== undefined && Buffer.from(heat.cells, 'base64').length !== heat.columns * heat.rows) {
    throw new AppError('payload.schema', '/heat/cells is base64 of columns × rows bytes')
  }
}

/** Bytes in CBOR, base64 in JSON. */
function readPicture(sent: unknown): Uint8Array | undefined {
  if (sent === undefined || sent instanceof Uint8Array) return sent
  if (typeof sent === 'string') return Buffer.from(sent, 'base64')
  throw new AppError('payload.schema', '/picture is a byte string, in JSON base64')
}

function checkThumbnail({ thumbnail }: GatewayEvent, picture: Uint8Array | undefined): void {
  if (picture === undefined && thumbnail === undefined) return
  if (picture === undefined || thumbnail === undefined) {
    throw new AppError('payload.schema', 'a thumbnail travels with its event: /picture and /thumbnail belong together')
  }
  if (picture.length > eventLimits.thumbnailBytes) {
    throw new AppError(
      'limit.exceeded',
      `a thumbnail of ${picture.length} bytes; ${eventLimits.thumbnailBytes} are allowed`,
    )
  }
  // SOI and the marker after it: ITU-T T.81, B.1.1.3. A browser that is shown it as a JPEG does the rest.
  if (picture[0] !== 0xff || picture[1] !== 0xd8 || picture[2] !== 0xff) {
    throw new AppError('image.invalid', '/picture is no JPEG')
  }
  if (hashOf(picture) !== thumbnail) throw new AppError('image.mismatch', '/thumbnail is not the SHA-256 of /picture')
}
