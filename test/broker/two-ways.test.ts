// The same traffic past aedes and through aedes alone brings every subscriber the same messages in the same order.
import fc from 'fast-check'
import mqttPacket, { type IPublishPacket } from 'mqtt-packet'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runBroker, type RunningBroker, type WireClient } from './running-broker.ts'

let past: RunningBroker
let through: RunningBroker

beforeAll(async () => {
  past = await runBroker()
  through = await runBroker()
  // While there is any session on disk, every message goes through aedes.
  const session = await through.connectOperator({ clientId: 'session', clean: false })
  await session.subscribe('unused')
  await session.disconnect()
})
afterAll(async () => {
  await past.stop()
  await through.stop()
})

const qos = fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2)
const message = fc.record({
  topic: fc.constantFrom('a', 'a/b', 'a/c', 'a/b/c', '$private/x'),
  qos: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 1, 1, 2),
  retain: fc.integer({ min: 0, max: 7 }).map((value) => value === 0),
  length: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 16_000, max: 20_000 })),
})
const subscriber = fc.record({
  filters: fc.uniqueArray(fc.constantFrom('a', 'a/b', 'a/+', 'a/#', '+/b', '#', '$private/#'), { minLength: 1 }),
  qos,
})
const traffic = fc.record({
  messages: fc.array(message, { minLength: 1, maxLength: 40 }),
  subscribers: fc.array(subscriber, { minLength: 1, maxLength: 3 }),
  cuts: fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
})
type Traffic = typeof traffic extends fc.Arbitrary<infer Value> ? Value : never

const isPublish = (packet: { readonly cmd: string }): packet is IPublishPacket => packet.cmd === 'publish'

function packetsOf({ messages }: Traffic): IPublishPacket[] {
  return messages.map(({ topic, qos: quality, retain, length }, index) => {
    const payload = `${index} ${quality} `.padEnd(length, 'x')
    // Of QoS 2 none are retained: aedes lets others overtake those (decision 0007).
    const head = { cmd: 'publish', topic, payload, retain: retain && quality < 2, qos: quality, dup: false } as const
    return quality === 0 ? head : { ...head, messageId: 1 + index }
  })
}

/** MQTT keeps the order of one topic and QoS of the sender [MQTT-4.6.0-6], which are in the payload. */
function delivered(client: WireClient): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const packet of client.received.filter(isPublish)) {
    const [index, sent] = packet.payload.toString().split(' ')
    const flags = `${packet.retain ? ' retained' : ''}${packet.dup ? ' dup' : ''}`
    const got = (found[`${packet.topic} of ${sent}`] ??= [])
    got.push(`${index} at ${packet.qos}${flags}, ${packet.payload.length} bytes`)
  }
  // aedes itself now and then lets one message of QoS 2 overtake another (decision 0007).
  for (const [key, got] of Object.entries(found)) if (key.endsWith(' of 2')) got.sort()
  return found
}

async function send(client: WireClient, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1
    client.socket.write(bytes.subarray(at, at + size))
    at += size
    if (turn < 20) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What each subscriber and the sender got. */
async function play(running: RunningBroker, given: Traffic) {
  const packets = packetsOf(given)
  const subscribers = await Promise.all(given.subscribers.map(() => running.connectOperator()))
  for (const [index, client] of subscribers.entries()) {
    const wanted = given.subscribers[index]
    for (const filter of wanted?.filters ?? []) await client.subscribe(filter, wanted?.qos)
    await client.subscribe('end', 1)
    await client.settled()
    client.received.length = 0
  }
  const sender = await running.connectOperator()
  await send(sender, Buffer.concat(packets.map((packet) => mqttPacket.generate(packet))), given.cuts)
  const answered = packets.filter((packet) => packet.qos > 0)
  await sender.until(() => sender.received.length === 1 + answered.length)
  await sender.publish('end', 'end')
  for (const client of subscribers) await client.until(() => client.messages.includes('end end'))
  for (const client of subscribers) await client.settled()
  const pubacks = sender.received.filter(({ cmd }) => cmd === 'puback').map(({ messageId }) => messageId)
  const result = { subscribers: subscribers.map(delivered), pubacks }
  // Nothing retained is left for the next play.
  for (const { topic } of given.messages) await sender.publish(topic, '', { retain: true })
  await Promise.all([...subscribers, sender].map((client) => client.close()))
  return result
}

it('what each subscriber gets, and the order of PUBACKs, do not depend on the way', async () => {
  await fc.assert(
    fc.asyncProperty(traffic, async (given) => {
      const [one, other] = [await play(past, given), await play(through, given)]
      expect(one).toEqual(other)
      const ids = packetsOf(given).flatMap((packet) => (packet.qos === 1 ? [packet.messageId] : []))
      expect(one.pubacks.slice(0, ids.length)).toEqual(ids)
    }),
    { numRuns: Number(process.env['MUSUBI_WAYS_RUNS'] ?? 30), interruptAfterTimeLimit: 60_000 },
  )
})
