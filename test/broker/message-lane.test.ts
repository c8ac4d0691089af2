// Plain messages go past aedes: they must arrive as if they had not, in the order of their sender, beside all that goes through it.
import fc from 'fast-check'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.ts'
import { runBroker, type RunningBroker, type WireClient } from './running-broker.ts'

let running: RunningBroker

beforeAll(async () => {
  running = await runBroker()
})
afterAll(() => running.stop())

const publishesOf = (client: WireClient) =>
  client.received.filter((packet): packet is IPublishPacket => packet.cmd === 'publish')
const plain = { cmd: 'publish', qos: 1, dup: false, retain: false } as const
const bytesOf = (packets: readonly Packet[]) => Buffer.concat(packets.map((packet) => mqttPacket.generate(packet)))

describe('a message of QoS 0 or 1', () => {
  it('reaches each subscriber at the lower QoS of the two, without DUP, with its bytes, however it was cut on the way', async () => {
    const subscribers = await Promise.all([0, 1, 2].map(() => running.connectOperator()))
    for (const [qos, subscriber] of subscribers.entries()) await subscriber.subscribe('cut/#', qos as 0 | 1 | 2)
    const sender = await running.connectOperator()
    const message = fc.record({
      topic: fc.constantFrom('cut/a', 'cut/b', 'cut/水位'),
      length: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 16_200, max: 40_000 })),
      qos: fc.constantFrom(0, 1),
      dup: fc.boolean(),
    })
    let sent = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
        async (messages, cuts) => {
          const packets = messages.map(({ topic, length, qos, dup }, index) => {
            const payload = Buffer.alloc(length, `${sent + index},`)
            const quality = qos === 1 ? { qos: 1 as const, messageId: 1 + index, dup } : { qos: 0 as const, dup: false }
            return { ...plain, topic, payload, ...quality }
          })
          const since = sender.received.length
          const bytes = bytesOf(packets)
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = cuts[turn % cuts.length] ?? 1
            sender.socket.write(bytes.subarray(at, at + size))
            at += size
            if (turn < 20) await new Promise((resolve) => setImmediate(resolve))
          }
          sent += packets.length
          for (const [granted, subscriber] of subscribers.entries()) {
            await subscriber.until(() => publishesOf(subscriber).length >= sent)
            const got = publishesOf(subscriber).slice(-packets.length)
            const wanted = packets.map(({ topic, payload, qos }) => [topic, payload.toString(), Math.min(qos, granted)])
            expect(got.map(({ topic, payload, qos }) => [topic, payload.toString(), qos])).toEqual(wanted)
            expect(got.some(({ dup, retain }) => dup || retain)).toBe(false)
          }
          const acknowledged = packets.flatMap((packet) => (packet.qos === 1 ? [packet.messageId] : []))
          await sender.until(() => sender.received.length === since + acknowledged.length)
          expect(sender.received.slice(since)).toMatchObject(
            acknowledged.map((id) => ({ cmd: 'puback', messageId: id })),
          )
        },
      ),
      { numRuns: 25 },
    )
    await Promise.all([...subscribers, sender].map((client) => client.close()))
  })

  it.each([false, true])('keeps its place among retained ones of its topic (a session on disk: %s)', async (kept) => {
    if (kept) {
      const session = await running.connectOperator({ clientId: 'absent', clean: false })
      await session.subscribe('elsewhere')
      await session.close()
    }
    const subscriber = await running.connectOperator()
    const topic = `mixed/${kept}`
    await subscriber.subscribe(topic)
    const sender = await running.connectOperator()
    const packets = Array.from({ length: 300 }, (_, index) => ({
      ...plain,
      topic,
      payload: String(index),
      messageId: 1 + index,
      retain: index % 3 === 0,
    }))
    sender.socket.write(bytesOf(packets.slice(0, 150)))
    sender.socket.write(bytesOf(packets.slice(150)))
    await subscriber.until(() => subscriber.messages.length === packets.length)
    expect(subscriber.messages).toEqual(packets.map(({ payload }) => `${topic} ${payload}`))
    await sender.until(() => sender.received.length === 1 + packets.length)
    const forgotten = await running.connectOperator({ clientId: 'absent', clean: true })
    await Promise.all([subscriber, sender, forgotten].map((client) => client.close()))
  })

  it('has packet ids from one count with those that aedes gives', async () => {
    const sender = await running.connectOperator()
    await sender.publish('ids/a', 'kept', { retain: true })
    const subscriber = await running.connectOperator()
    await subscriber.subscribe('ids/#')
    await subscriber.until(() => subscriber.messages.length === 1)
    await sender.publish('ids/a', 'plain')
    await sender.publish('ids/a', 'kept again', { retain: true })
    await sender.publish('ids/a', 'plain again')
    await subscriber.until(() => subscriber.messages.length === 4)
    const ids = publishesOf(subscriber).map(({ messageId }) => messageId ?? 0)
    // From 65535 the count goes on with 1.
    const steps = ids.slice(1).map((id, index) => (id - (ids[index] ?? 0) + 65_535) % 65_535)
    expect(steps).toEqual([1, 1, 1])
    await Promise.all([subscriber.close(), sender.close()])
  })

  it('is kept for an absent session as well as passed on to those that are there', async () => {
    const recorder = await running.connectOperator({ clientId: 'recorder', clean: false })
    await recorder.subscribe('both/#')
    await recorder.close()
    const present = await running.connectOperator()
    await present.subscribe('both/#')
    const sender = await running.connectOperator()
    const texts = Array.from({ length: 50 }, (_, index) => String(index))
    sender.socket.write(
      bytesOf(texts.map((payload, index) => ({ ...plain, topic: 'both/a', payload, messageId: 1 + index }))),
    )
    const wanted = texts.map((text) => `both/a ${text}`)
    await present.until(() => present.messages.length === texts.length)
    expect(present.messages).toEqual(wanted)
    await sender.until(() => sender.received.length === 1 + texts.length)
    const back = await running.connectOperator({ clientId: 'recorder', clean: false })
    await back.until(() => back.messages.length === texts.length)
    expect(back.messages).toEqual(wanted)
    await back.disconnect()
    const forgotten = await running.connectOperator({ clientId: 'recorder', clean: true })
    await Promise.all([present, sender, forgotten].map((client) => client.close()))
  })

  it('goes to the filters that its sender subscribed in the same bytes before it', async () => {
    const client = await running.connectOperator()
    client.socket.write(
      bytesOf([
        { ...plain, topic: 'chunk/a', payload: 'before', messageId: 1 },
        { cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: 'chunk/a', qos: 1 }] },
        { cmd: 'pingreq' },
        { ...plain, topic: 'chunk/a', payload: 'after', messageId: 3 },
        { cmd: 'unsubscribe', messageId: 4, unsubscriptions: ['chunk/a'] },
        { ...plain, topic: 'chunk/a', payload: 'too late', messageId: 5 },
      ]),
    )
    await client.next('unsuback')
    const pubacks = () => client.received.filter(({ cmd }) => cmd === 'puback')
    await client.until(() => pubacks().length === 3)
    expect(pubacks().map(({ messageId }) => messageId)).toEqual([1, 3, 5])
    await client.settled()
    expect(client.messages).toEqual(['chunk/a after'])
    await client.close()
  })

  it.each([
    ['a wildcard', Buffer.from('lane/#')],
    ['no characters', Buffer.alloc(0)],
    ['more than a hundred levels', Buffer.from('a/'.repeat(150))],
  ])('with a topic of %s ends the connection of its sender', async (_, topic) => {
    const sender = await running.connectOperator()
    const body = Buffer.concat([Buffer.from([topic.length >> 8, topic.length & 0xff]), topic, Buffer.from([0, 1])])
    const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7]
    sender.socket.write(Buffer.concat([Buffer.from([0x32, ...length]), body]))
    await sender.until(() => sender.closed)
    expect(sender.received.map(({ cmd }) => cmd)).toEqual(['connack'])
  })
})

describe('the keep-alive', () => {
  it('counts messages that aedes does not see, and ends the connection when they stop', async () => {
    const clock = manualClock()
    const timed = await runBroker({ clock })
    const client = await timed.connectOperator({ keepalive: 10 })
    for (const atMs of [9_000, 18_000, 27_000]) {
      clock.advance(atMs)
      await client.publish('alive/a', 'x')
    }
    clock.advance(41_000)
    await client.publish('alive/a', 'still here')
    clock.advance(57_000)
    await client.until(() => client.closed)
    expect(await timed.metric('disconnects_total{reason="keep-alive"}')).toBe(1)
    await timed.stop()
  })
})
