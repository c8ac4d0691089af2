// What an outbox holds: numbered messages in lanes, and the priorities by which a full outbox chooses what to give up.

/** low: health of the gateway; normal: readings; high: what must survive longest. Ordered: the index is the stored rank. */
export const priorities = ['low', 'normal', 'high'] as const
export type Priority = (typeof priorities)[number]

/**
 * A finished message. `pack` is its encoded SenML in CBOR, or one event with `readings` 0 (isEventBody tells them apart), and
 * never changes again once a message was taken.
 */
export interface OutboxMessage {
  readonly epoch: string
  readonly seq: number
  readonly priority: Priority
  readonly readings: number
  readonly pack: Uint8Array
}

/** Size of what an outbox holds, in memory and on disk together. */
export interface OutboxDepth {
  readonly messages: number
  readonly readings: number
  readonly bytes: number
}

/** Bytes that a message costs beside its pack (row, keys, indexes), for the bound on the outbox. */
export const messageOverheadBytes = 96

export function rankOf(priority: Priority): number {
  return priorities.indexOf(priority)
}

export function priorityOfRank(rank: number): Priority {
  return priorities[rank] ?? 'normal'
}
