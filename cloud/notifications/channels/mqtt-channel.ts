// Alarms as MQTT messages for systems that already listen to the broker.
import { createHash } from 'node:crypto'
import { type Channel, reasonOf } from './channel.ts'

const concurrency = 4
const namePattern = /^[a-z0-9-]{1,32}$/

/**
 * `musubi/v1/{tenant}/notice`: one level less than every topic of the contract (broker/contract/topics.ts), so that no gateway
 * may publish or read it, whatever its name.
 */
function noticeTopic(tenant: string): string {
  return `musubi/v1/${tenant}/notice`
}

/** `publish` resolves when the broker has the message (QoS 1), and rejects where it has not. */
export function mqttChannel(publish: (topic: string, payload: Uint8Array) => Promise<void>): Channel {
  return {
    name: 'mqtt',
    concurrency,
    async send(target, message, idempotencyKey, signal) {
      if (!namePattern.test(target)) return { kind: 'refused', permanent: true, reason: 'this is no tenant' }
      const payload = Buffer.from(JSON.stringify({ id: idempotencyKey, ...message.document }))
      try {
        signal.throwIfAborted()
        await publish(noticeTopic(target), payload)
        return { kind: 'delivered', proof: { sha256: createHash('sha256').update(payload).digest('hex') } }
      } catch (thrown) {
        return { kind: 'retry-later', afterMs: 0, reason: reasonOf(thrown) }
      }
    },
    async close() {
      await Promise.resolve()
    },
  }
}
