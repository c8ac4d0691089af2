// What the outbox tests share: an outbox in a temporary folder, samples with unique values, and what is in a message.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeEnvelope, isEventBody } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent } from '../../broker/contract/event-codec.ts'
import { decodeEventMessage } from '../../broker/contract/event-message.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { decodePack } from '../../broker/contract/pack-codec.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../../edge/counters.ts'
import type { OutboxMessage } from '../../edge/outbox/message.ts'
import { Outbox, type OutboxOptions } from '../../edge/outbox/outbox.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'musubi-edge-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const outboxOptions = {
  maxBytes: 64 * 2 ** 20,
  maxFileBytes: 256 * 2 ** 20,
  maxMemoryBytes: 8 * 2 ** 20,
  groupCommitMs: 200,
  lingerMs: 10,
} as const

export function openOutbox(
  folder: string,
  options: Partial<OutboxOptions> = {},
  clock: ManualClock = createManualClock(),
) {
  const counters = createCounters()
  const outbox = new Outbox(
    { path: join(folder, 'outbox.sqlite'), ...outboxOptions, ...options },
    { clock, log: silentLog, counters },
  )
  return { outbox, counters, clock }
}

/** Samples of one series whose values are from, from + 1, … */
export function numbered(from: number, count: number, timeMs = Date.UTC(2026, 10, 22)): readonly Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    name: 'counter:value',
    timeMs: timeMs + from + index,
    value: from + index,
    unit: 'count',
    quality: 'good',
    reason: undefined,
  }))
}

/** An event whose score is the number. */
export function numberedEvent(score: number, timeMs = score): Uint8Array {
  const model = { id: 'counter', version: '1.0.0' }
  return encodeEvent({ kind: 'anomaly', source: 'counter', timeMs, model, score, class: null, latencyMs: 0 })
}

/** The values of readings and the scores of events, in the order of the messages. */
export function valuesOf(messages: readonly OutboxMessage[]): readonly number[] {
  return messages.flatMap(({ pack }) => {
    if (!isEventBody(pack)) return decodePack(pack, 0).map(({ value }) => value ?? Number.NaN)
    const { event } = decodeEventMessage(encodeEnvelope({ epoch: 'e', seq: 1, prev: 0, pack }))
    return [event.score ?? Number.NaN]
  })
}

/** Every message of every epoch that can be taken now. */
export function takeAll(outbox: Outbox): readonly OutboxMessage[] {
  return outbox.lanes().flatMap(({ epoch }) => outbox.take({ epoch, after: 0, limit: 100_000 }))
}
