// How old the content of a message is, read from the message itself: an outbox keeps no other time across a restart.
import { readDocument } from '../../broker/contract/document-codec.ts'
import { isEventBody } from '../../broker/contract/envelope-codec.ts'
import { decodePack } from '../../broker/contract/pack-codec.ts'

/** Unix ms of the oldest reading of a pack, or of its event; Infinity where it holds no time. `nowMs`: for relative times. */
export function oldestOfPack(pack: Uint8Array, nowMs: number): number {
  try {
    if (isEventBody(pack)) return timeOf(readDocument(pack))
    return decodePack(pack, nowMs).reduce((oldest, { timeMs }) => Math.min(oldest, timeMs), Infinity)
  } catch {
    // What cannot be read here is no less waiting: the hub will say what is wrong with it.
    return Infinity
  }
}

function timeOf(event: unknown): number {
  const timeMs = typeof event === 'object' && event !== null && 'timeMs' in event ? event.timeMs : undefined
  return typeof timeMs === 'number' ? timeMs : Infinity
}
