// The envelope that carries a SenML pack from an outbox to the hub, and the rule that makes delivery exactly once in effect.
import type { Reading } from './senml.ts'

/**
 * One message of `…/telemetry` or `…/event`. `epoch` names the outbox, `seq` rises by one per message in it.
 * `prev` is the promise "nothing with prev < s < seq will ever be sent again" (absent: seq − 1). The first message after
 * a (re)connection or rewind carries prev 0: whatever was older is acknowledged or evicted.
 */
export interface Envelope {
  readonly v: 1
  readonly epoch: string
  readonly seq: number
  readonly prev: number
  readonly readings: readonly Reading[]
}

/** What a hub does with a message, given the seq through which it has stored this epoch (0: nothing yet). */
export type Sequencing = 'accept' | 'duplicate' | 'gap'

export function sequence(through: number, message: { readonly seq: number; readonly prev: number }): Sequencing {
  if (message.seq <= through) return 'duplicate'
  return message.prev <= through ? 'accept' : 'gap'
}
