// Our own MQTT 3.1.1 conformance tests, at packet level. They cover the ten areas that the client test of the Eclipse Paho
// interoperability suite names; they are not that suite, which is run separately where it is at hand.
import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBroker, WireClient, type RunningBroker } from '../broker/running-broker.ts'

let running: RunningBroker
const open: WireClient[] = []

beforeAll(async () => {
  running = await runBroker()
})
afterAll(async () => {
  await Promise.all(open.map((client) => client.close()))
  await running.stop()
})

async function connect(options: Parameters<RunningBroker['connectOperator']>[0] = {}): Promise<WireClient> {
  const client = await running.connectOperator(options)
  open.push(client)
  return client
}

/** Begins a clean session and ends it, so that nothing is left of an earlier one. */
async function forget(clientId: string): Promise<void> {
  const client = await connect({ clientId, clean: true })
  await client.disconnect()
}

const publishesOf = (client: WireClient) => client.received.filter((packet) => packet.cmd === 'publish')

describe('1. basic', () => {
  it('CONNECT, SUBSCRIBE, PUBLISH at each QoS, DISCONNECT', async () => {
    const client = await connect()
    expect(client.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false })
    expect(await client.subscribe('basic/a', 2)).toEqual([2])
    const publish = { cmd: 'publish', topic: 'basic/a', dup: false, retain: false } as const
    client.send({ ...publish, payload: 'qos 0', qos: 0 })
    client.send({ ...publish, payload: 'qos 1', qos: 1, messageId: 11 })
    client.send({ ...publish, payload: 'qos 2', qos: 2, messageId: 12 })
    await client.next('pubrec')
    client.send({ cmd: 'pubrel', messageId: 12 })
    await client.next('pubcomp')
    await client.until(() => client.messages.length === 3)
    expect(new Set(publishesOf(client).map(({ qos }) => qos))).toEqual(new Set([0, 1, 2]))
    await client.disconnect()
  })

  it('a second CONNECT on one connection closes it [MQTT-3.1.0-2]', async () => {
    const client = await connect()
    client.send({ cmd: 'connect', clientId: 'again', clean: true, keepalive: 0 })
    await client.until(() => client.closed)
  })

  it('a second client with the same id ends the first [MQTT-3.1.4-2]', async () => {
    const first = await connect({ clientId: 'same' })
    const second = await connect({ clientId: 'same' })
    await first.until(() => first.closed)
    await second.settled()
    await second.disconnect()
  })

  it('an unknown protocol level is answered with return code 1 [MQTT-3.1.2-2]', async () => {
    const client = await connect({ protocolVersion: 5 })
    expect(client.received[0]).toMatchObject({ cmd: 'connack', returnCode: 1 })
  })
})

describe('2. retained messages', () => {
  it('reach a new subscriber with the retain flag, and no longer once cleared', async () => {
    const sender = await connect()
    await sender.publish('retained/a', 'qos 0', { qos: 0, retain: true })
    await sender.publish('retained/a/b', 'qos 1', { retain: true })
    const exactly = { cmd: 'publish', topic: 'retained/c', qos: 2, dup: false, retain: true } as const
    sender.send({ ...exactly, payload: 'qos 2', messageId: 50 })
    await sender.next('pubrec')
    sender.send({ cmd: 'pubrel', messageId: 50 })
    await sender.next('pubcomp')
    const subscriber = await connect()
    await subscriber.subscribe('retained/#', 2)
    await subscriber.until(() => subscriber.messages.length === 3)
    expect(new Set(publishesOf(subscriber).map(({ topic, qos }) => `${topic} ${qos}`))).toEqual(
      new Set(['retained/a 0', 'retained/a/b 1', 'retained/c 2']),
    )
    expect(publishesOf(subscriber).every(({ retain }) => retain)).toBe(true)
    await sender.publish('retained/a', '', { retain: true })
    await sender.publish('retained/a/b', '', { retain: true })
    await sender.publish('retained/c', '', { retain: true })
    await subscriber.until(() => subscriber.messages.length === 6)
    expect(
      publishesOf(subscriber)
        .slice(3)
        .some(({ retain }) => retain),
    ).toBe(false)
    const late = await connect()
    await late.subscribe('retained/#', 2)
    await late.settled()
    expect(late.messages).toEqual([])
  })
})

describe('3. zero length client id', () => {
  it('is refused with return code 2 without a clean session [MQTT-3.1.3-8], and allowed with one', async () => {
    const refused = new WireClient(createConnection(running.broker.ports.loopback ?? 0, '127.0.0.1'))
    open.push(refused)
    // By hand, because the packet writer refuses to write it: "MQTT", level 4, no flags, keep-alive 60 s, empty id.
    refused.socket.write(Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 60, 0, 0]))
    await refused.until(() => refused.closed || refused.received.length > 0)
    expect(refused.received).toEqual([expect.objectContaining({ cmd: 'connack', returnCode: 2 })])
    await refused.until(() => refused.closed)
    const allowed = await connect({ clientId: '', clean: true })
    expect(allowed.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0 })
  })
})

describe('4. offline message queueing', () => {
  it('keeps QoS 1 and 2 messages for an absent session', async () => {
    await forget('offline')
    const absent = await connect({ clientId: 'offline', clean: false })
    await absent.subscribe('offline/+', 2)
    await absent.disconnect()
    const sender = await connect()
    const publish = { cmd: 'publish', dup: false, retain: false } as const
    await sender.publish('offline/1', 'one')
    sender.send({ ...publish, topic: 'offline/2', payload: 'two', qos: 2, messageId: 77 })
    await sender.next('pubrec')
    sender.send({ cmd: 'pubrel', messageId: 77 })
    await sender.next('pubcomp')
    await sender.disconnect()
    const back = await connect({ clientId: 'offline', clean: false })
    expect(back.received[0]).toMatchObject({ sessionPresent: true })
    await back.until(() => back.messages.length === 2)
    expect([...back.messages].sort()).toEqual(['offline/1 one', 'offline/2 two'])
    await back.disconnect()
    await forget('offline')
  })
})

describe('5. overlapping subscriptions', () => {
  it('deliver once at the highest QoS, or once for each filter at its own (§3.3.5)', async () => {
    const client = await connect()
    client.send({
      cmd: 'subscribe',
      messageId: 2,
      subscriptions: [
        { topic: 'overlap/#', qos: 2 },
        { topic: 'overlap/+', qos: 1 },
      ],
    })
    expect((await client.next('suback')).granted).toEqual([2, 1])
    const sender = await connect()
    sender.send({ cmd: 'publish', topic: 'overlap/a', payload: 'x', qos: 2, messageId: 5, dup: false, retain: false })
    await sender.next('pubrec')
    sender.send({ cmd: 'pubrel', messageId: 5 })
    await sender.next('pubcomp')
    await client.until(() => client.messages.length > 0)
    await client.settled()
    const delivered = publishesOf(client).map(({ qos }) => qos)
    expect([1, 2]).toContain(delivered.length)
    expect(Math.max(...delivered)).toBe(2)
  })

  it('never deliver above the granted QoS [MQTT-3.8.4-6]', async () => {
    const client = await connect()
    await client.subscribe('granted/+', 1)
    const sender = await connect()
    sender.send({ cmd: 'publish', topic: 'granted/a', payload: 'x', qos: 2, messageId: 5, dup: false, retain: false })
    await client.until(() => client.messages.length > 0)
    expect(publishesOf(client).map(({ qos }) => qos)).toEqual([1])
  })
})

describe('6. keepalive', () => {
  it('a client that is silent for one and a half times it is closed and its will published [MQTT-3.1.2-24]', async () => {
    const watcher = await connect()
    await watcher.subscribe('keepalive/will', 2)
    const will = { topic: 'keepalive/will', payload: Buffer.from('silent'), qos: 2, retain: false } as const
    const silent = await connect({ keepalive: 1, will })
    await watcher.until(() => watcher.messages.length > 0)
    expect(watcher.messages).toEqual(['keepalive/will silent'])
    expect(silent.closed).toBe(true)
  })
})

describe('7. redelivery on reconnect', () => {
  it('sends again what was not acknowledged [MQTT-4.4.0-1]', async () => {
    await forget('redelivery')
    const first = await connect({ clientId: 'redelivery', clean: false })
    first.acknowledges = false
    await first.subscribe('redelivery/#', 2)
    await first.publish('redelivery/a', 'again')
    await first.until(() => first.messages.length === 1)
    await first.close()
    const second = await connect({ clientId: 'redelivery', clean: false })
    await second.until(() => second.messages.length === 1)
    expect(second.messages).toEqual(['redelivery/a again'])
    await second.settled()
    await second.disconnect()
    const third = await connect({ clientId: 'redelivery', clean: false })
    await third.settled()
    expect(third.messages).toEqual([])
    await third.disconnect()
    await forget('redelivery')
  })
})

describe('8. dollar topics', () => {
  it('are not matched by a filter that starts with a wildcard [MQTT-4.7.2-1]', async () => {
    const client = await connect()
    await client.subscribe('+/dollar', 2)
    await client.subscribe('#', 2)
    await client.subscribe('$private/dollar', 2)
    await client.publish('$private/dollar', 'x')
    await client.publish('public/dollar', 'end')
    await client.until(() => client.messages.includes('public/dollar end'))
    await client.settled()
    expect(client.messages.filter((message) => message.startsWith('$'))).toEqual(['$private/dollar x'])
  })
})

describe('9. unsubscribe', () => {
  it('ends the delivery of that filter and of no other, and is acknowledged for an unknown one too', async () => {
    const client = await connect()
    for (const filter of ['unsubscribe/a', 'unsubscribe/b', 'unsubscribe/c']) await client.subscribe(filter, 2)
    client.send({ cmd: 'unsubscribe', messageId: 30, unsubscriptions: ['unsubscribe/a', 'unsubscribe/unknown'] })
    expect(await client.next('unsuback')).toMatchObject({ messageId: 30 })
    for (const topic of ['unsubscribe/a', 'unsubscribe/b', 'unsubscribe/c']) await client.publish(topic, 'x')
    await client.until(() => client.messages.length === 2)
    await client.settled()
    expect(client.messages).toEqual(['unsubscribe/b x', 'unsubscribe/c x'])
  })
})

describe('10. subscribe failure', () => {
  it('is answered with 0x80 in its place, beside filters that are granted [MQTT-3.9.3-2]', async () => {
    const gateway = await running.connectGateway({ tenant: 'kimitsu', gateway: 'a' })
    open.push(gateway)
    gateway.send({
      cmd: 'subscribe',
      messageId: 4,
      subscriptions: [
        { topic: 'test/nosubscribe', qos: 2 },
        { topic: 'musubi/v1/kimitsu/a/ack', qos: 1 },
      ],
    })
    expect(await gateway.next('suback')).toMatchObject({ messageId: 4, granted: [0x80, 1] })
  })
})
