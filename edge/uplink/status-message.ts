// The status document as a message: the birth, the announced end and the last will, never larger than the hub takes.
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { StatusDocument } from '../../broker/contract/documents.ts'
import type { Log } from '../../broker/contract/ports.ts'
import { maxStatusBytes } from '../../broker/contract/status-size.ts'
import { type GatewayIdentity, topicOf } from '../../broker/contract/topics.ts'
import type { Counters } from '../counters.ts'
import type { Message } from './connection.ts'

/** A birth that is too large goes without its devices, which is counted and logged. */
export function statusMessage(
  document: StatusDocument,
  given: { readonly identity: GatewayIdentity; readonly counters: Counters; readonly log: Log },
): Message {
  let payload = encodeDocument(document)
  if (payload.length > maxStatusBytes) {
    given.counters.add('uplink_births_refused', 'too-large')
    const fields = { bytes: payload.length, maxBytes: maxStatusBytes, devices: document.devices?.length ?? 0 }
    given.log.error(
      fields,
      'the birth document is too large for the hub: it is sent without devices; use several gateways',
    )
    const { devices: _devices, ...rest } = document
    payload = encodeDocument(rest)
  }
  return { topic: topicOf(given.identity, 'status'), payload, retain: true }
}
