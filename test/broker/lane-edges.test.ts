// Where the lane and aedes meet, packets that MQTT forbids, and connections that end while their messages wait.
import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { createConnection } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.ts'
import { runBroker, WireClient, type RunningBroker } from './running-broker.ts'

const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }
const own = 'musubi/v1/kimitsu/paddy-koito'
let running: RunningBroker

afterEach(() => running.stop())

const publishesOf = (client: WireClient) =>
  client.received.filter((packet): packet is IPublishPacket => packet.cmd === 'publish')
const plain = { cmd: 'publish', qos: 1, dup: false, retain: false } as const
/** Keeps all four threads that write to disk at work, and resolves when the first of them is free again. */
const keepDiskWaiting = () =>
  Promise.race(Array.from({ length: 4 }, () => promisify(pbkdf2)('x', 'y', 80_000, 64, 'sha512')))
const bytesOf = (packets: readonly Packet[]) => Buffer.concat(packets.map((packet) => mqttPacket.generate(packet)))
describe('what the sender may not say', () => {
  it('the DUP flag is not passed on, at any QoS and on either way [MQTT-3.3.1-3]', async () => {
    running = await runBroker()
    const subscriber = await running.connectOperator()
    await subscriber.subscribe('dup/#', 2)
    const sender = await running.connectOperator()
    const again = { ...plain, dup: true }
    sender.socket.write(
      bytesOf([
        { ...again, topic: 'dup/1', payload: 'x', messageId: 1 },
        { ...again, topic: 'dup/1r', payload: 'x', messageId: 2, retain: true },
        { ...again, topic: 'dup/2', payload: 'x', messageId: 3, qos: 2 },
      ]),
    )
    await subscriber.until(() => subscriber.messages.length === 3)
    expect(
      publishesOf(subscriber)
        .filter(({ dup }) => dup)
        .map(({ topic }) => topic),
    ).toEqual([])
  })

  it.each([
    ['DUP at QoS 0 [MQTT-3.3.1-2]', 0x38, 'no/0', ''],
    ['DUP at QoS 0, retained', 0x39, 'no/0', ''],
    ['packet id 0 [MQTT-2.3.1-1]', 0x32, 'no/1', '\0\0'],
    ['packet id 0, retained', 0x33, 'no/1', '\0\0'],
    ['packet id 0 at QoS 2', 0x34, 'no/2', '\0\0'],
    ['U+0000 in a topic [MQTT-1.5.3-2]', 0x32, 'no/\0', '\0\u0001'],
    ['U+0000 in a topic, retained', 0x33, 'no/\0', '\0\u0001'],
  ])('%s ends the connection and reaches nobody', async (_, first, topic, id) => {
    running = await runBroker()
    const subscriber = await running.connectOperator()
    await subscriber.subscribe('no/#')
    const sender = await running.connectOperator()
    const body = Buffer.from(`\0${String.fromCharCode(topic.length)}${topic}${id}`)
    sender.socket.write(Buffer.concat([Buffer.from([first, body.length]), body]))
    await sender.until(() => sender.closed)
    expect(sender.received.map(({ cmd }) => cmd)).toEqual(['connack'])
    await subscriber.settled()
    expect(subscriber.messages).toEqual([])
    expect(await running.metric('disconnects_total{reason="protocol"}')).toBe(1)
  })
})

describe('a connection', () => {
  it('may send a hundred messages right behind its CONNECT, before the answer', async () => {
    running = await runBroker()
    const subscriber = await running.connectOperator()
    await subscriber.subscribe('early/#')
    const texts = Array.from({ length: 100 }, (_, index) => String(index))
    const messages = texts.map((payload, index) => ({ ...plain, topic: 'early/a', payload, messageId: index + 1 }))
    const port = running.broker.ports.loopback ?? 0
    for (const clean of [true, false]) {
      const client = new WireClient(createConnection(port, '127.0.0.1'))
      const hello = { cmd: 'connect', protocolVersion: 4, clientId: 'early', keepalive: 60, clean } as const
      const bytes = bytesOf([hello, ...messages])
      client.socket.write(bytes.subarray(0, 1_000))
      client.socket.write(bytes.subarray(1_000))
      await client.until(() => client.closed || client.received.length === 101)
      expect(client.received.slice(1).map(({ messageId }) => messageId)).toEqual(
        messages.map(({ messageId }) => messageId),
      )
      await client.close()
    }
    await subscriber.until(() => subscriber.messages.length === 200)
    const wanted = texts.map((text) => `early/a ${text}`)
    expect(subscriber.messages).toEqual([...wanted, ...wanted])
  })

  it.each([true, false])('that unsubscribes and subscribes in one write is subscribed (clean: %s)', async (clean) => {
    running = await runBroker()
    const client = await running.connectOperator({ clean, clientId: 'again' })
    await client.subscribe('again/a')
    client.socket.write(
      bytesOf([
        { cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['again/a'] },
        { cmd: 'subscribe', messageId: 8, subscriptions: [{ topic: 'again/a', qos: 1 }] },
      ]),
    )
    await client.until(() => client.received.filter(({ cmd }) => cmd === 'suback').length === 2)
    await client.publish('again/a', 'x')
    await client.until(() => client.messages.length > 0)
    expect(client.messages).toEqual(['again/a x'])
  })

  it.each([0, 1] as const)('that ends while its messages of QoS %s wait has them delivered', async (qos) => {
    const committed = Promise.withResolvers<void>()
    running = await runBroker({ tap: ({ kind }) => (kind === 'senml' ? committed.promise : undefined) })
    const subscriber = await running.connectOperator()
    await subscriber.subscribe('#')
    const gateway = await running.connectGateway(identity)
    const id = qos === 0 ? {} : { messageId: 1 }
    gateway.socket.write(
      bytesOf([
        { ...plain, ...id, qos, topic: `${own}/senml`, payload: 'one' },
        { ...plain, ...id, qos, topic: `${own}/status`, payload: 'two' },
        { cmd: 'disconnect' },
      ]),
    )
    await gateway.until(() => gateway.closed)
    expect(subscriber.messages).toEqual([])
    committed.resolve()
    await subscriber.until(() => subscriber.messages.length === 2)
    expect(subscriber.messages).toEqual([`${own}/senml one`, `${own}/status two`])
  })
})

describe('a retained message', () => {
  it('is acknowledged when it is on disk, and PUBACKs keep their order', async () => {
    running = await runBroker()
    const sender = await running.connectOperator()
    let diskWaits = true
    const written = keepDiskWaiting().then(() => (diskWaits = false))
    const acknowledgedEarly: unknown[] = []
    sender.socket.prependListener('data', () => diskWaits && acknowledgedEarly.push('bytes'))
    sender.socket.write(
      bytesOf([
        { ...plain, topic: 'kept/a', payload: 'kept', messageId: 1, retain: true },
        { ...plain, topic: 'kept/b', payload: 'plain', messageId: 2 },
        { ...plain, topic: 'kept/c', payload: 'kept', messageId: 3, retain: true },
      ]),
    )
    await sender.until(() => sender.received.length === 4)
    expect(acknowledgedEarly).toEqual([])
    expect(sender.received.slice(1).map(({ messageId }) => messageId)).toEqual([1, 2, 3])
    await written
  })

  it('reaches a client that subscribes while it is written once', async () => {
    running = await runBroker()
    const sender = await running.connectOperator()
    const early = await running.connectOperator()
    const late = await running.connectOperator()
    const written = keepDiskWaiting()
    sender.send({ ...plain, topic: 'once/a', payload: 'kept', messageId: 1, retain: true })
    await sender.settled()
    await early.subscribe('once/a')
    await sender.next('puback')
    await late.subscribe('once/a')
    for (const client of [early, late]) await client.settled()
    await sender.publish('once/a', 'end')
    for (const client of [early, late]) {
      await client.until(() => client.messages.includes('once/a end'))
      expect(client.messages).toEqual(['once/a kept', 'once/a end'])
    }
    expect(publishesOf(late)[0]?.retain).toBe(true)
    await written
  })
})

describe('a message for an absent session', () => {
  it('is acknowledged when it is on disk', async () => {
    running = await runBroker()
    const recorder = await running.connectOperator({ clientId: 'recorder', clean: false })
    await recorder.subscribe('later/#')
    await recorder.disconnect()
    const sender = await running.connectOperator()
    let diskWaits = true
    const written = keepDiskWaiting().then(() => (diskWaits = false))
    await sender.publish('later/a', 'x')
    expect(diskWaits).toBe(false)
    await written
  })
})

describe('the broker', () => {
  it('stops while its clients go on sending, after the commits of what it has taken', async () => {
    // Each commit ends when the next message is there, so that at no time nothing waits; the last of all by its time limit.
    let commit = () => {}
    let taken = 0
    let committed = 0
    const tap = () => {
      commit()
      taken += 1
      return new Promise<void>((resolve) => {
        const limit = setTimeout(() => commit(), 100)
        commit = () => {
          clearTimeout(limit)
          committed += 1
          commit = () => {}
          resolve()
        }
      })
    }
    running = await runBroker({ tap })
    const gateway = await running.connectGateway(identity)
    const message = { ...plain, topic: `${own}/senml`, payload: 'x', messageId: 1 }
    let stopped = false
    const flood = setInterval(() => gateway.send(message), 5)
    await gateway.next('puback')
    const closing = running.broker.close().then(() => (stopped = true))
    await gateway.until(() => gateway.closed)
    clearInterval(flood)
    await closing
    expect(stopped).toBe(true)
    expect(committed).toBe(taken)
    await running.restart()
  })

  it('does not take a client for silent while it is the broker that does not read', async () => {
    const clock = manualClock()
    const room = Promise.withResolvers<void>()
    running = await runBroker({ clock, tap: () => room.promise })
    const gateway = await running.connectGateway(identity, { keepalive: 10 })
    gateway.socket.setNoDelay(true)
    gateway.send({ ...plain, topic: `${own}/telemetry`, payload: 'x', messageId: 1 })
    for (const atMs of [9_000, 18_000, 27_000]) {
      gateway.send({ cmd: 'pingreq' })
      await arrived()
      clock.advance(atMs)
    }
    expect(gateway.closed).toBe(false)
    room.resolve()
    await gateway.next('puback')
    await gateway.next('pingresp')
    clock.advance(41_000)
    await gateway.settled()
    clock.advance(57_000)
    await gateway.until(() => gateway.closed)
    expect(await running.metric('disconnects_total{reason="keep-alive"}')).toBe(1)
  })

  /** What was written before has reached the broker's process: another connection was served meanwhile. */
  async function arrived(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      const other = await running.connectOperator()
      await other.close()
    }
  }
})
