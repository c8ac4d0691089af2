// What one client may take, and that no bytes whatever end the broker (R4).
import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import fc from 'fast-check'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { runBroker, WireClient, type RunningBroker } from './running-broker.ts'

const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }
const own = 'musubi/v1/kimitsu/paddy-koito'
let running: RunningBroker

afterEach(() => running.stop())

describe('the limits', () => {
  it('close a connection that announces an oversized packet before it is sent', async () => {
    running = await runBroker({ limits: { packetBytes: 1_000 } })
    const gateway = await running.connectGateway(identity)
    await gateway.publish(`${own}/telemetry`, 'x'.repeat(900))
    // PUBLISH with a remaining length of 200 MB, and not one byte of it.
    gateway.socket.write(Buffer.from([0x30, 0x80, 0x88, 0xaf, 0x5f]))
    await gateway.until(() => gateway.closed)
    expect(await running.metric('disconnects_total{reason="packet-size"}')).toBe(1)
  })

  it('bound connections in total and per address', async () => {
    running = await runBroker({ limits: { connectionsPerAddress: 3 } })
    const open = [await running.connectOperator(), await running.connectOperator(), await running.connectOperator()]
    const fourth = await running.connectOperator()
    expect(fourth.received).toEqual([])
    expect(fourth.closed).toBe(true)
    expect(await running.metric('denials_total{reason="connections-per-address"}')).toBe(1)
    await open[0]?.close()
    const again = await connectSoon()
    expect(again.received[0]).toMatchObject({ cmd: 'connack', returnCode: 0 })
  })

  /** The broker hears of the closed connection an instant after its client. */
  async function connectSoon(): Promise<WireClient> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const client = await running.connectOperator()
      if (!client.closed) return client
    }
    throw new Error('the place of a closed connection was not given back')
  }

  it('slow a client down to its rate first, and disconnect one that is far beyond it', async () => {
    let nowMs = 0
    const timers: { readonly atMs: number; readonly callback: () => void }[] = []
    const clock = {
      ...systemClock,
      monotonic: () => nowMs,
      setTimer(callback: () => void, delayMs: number) {
        const timer = { atMs: nowMs + delayMs, callback }
        timers.push(timer)
        return { cancel: () => void timers.splice(timers.indexOf(timer), 1) }
      },
    }
    running = await runBroker({ clock, limits: { messagesPerS: 10, burstS: 1, maxDelayMs: 2_000 } })
    const gateway = await running.connectGateway(identity)
    const publish = {
      cmd: 'publish',
      topic: `${own}/telemetry`,
      payload: 'x',
      qos: 1,
      dup: false,
      retain: false,
    } as const
    for (let messageId = 1; messageId <= 20; messageId += 1) gateway.send({ ...publish, messageId })
    const acknowledged = () => gateway.received.filter((packet) => packet.cmd === 'puback').length
    await gateway.until(() => acknowledged() === 10)
    const operator = await running.connectOperator()
    await operator.settled()
    expect(acknowledged()).toBe(10)
    expect(await running.metric('throttled_total')).toBe(10)
    nowMs = 1_000
    for (const { callback } of timers.filter(({ atMs }) => atMs <= nowMs)) callback()
    await gateway.until(() => acknowledged() === 20)
    for (let messageId = 21; messageId <= 60; messageId += 1) gateway.send({ ...publish, messageId })
    await gateway.until(() => gateway.closed)
    expect(await running.metric('disconnects_total{reason="rate"}')).toBe(1)
  })

  it('end a connection that never says CONNECT, and one that stops in the middle of a packet', async () => {
    running = await runBroker({ limits: { connectTimeoutMs: 50 } })
    const silent = new WireClient(createConnection(running.broker.ports.loopback ?? 0, '127.0.0.1'))
    await silent.until(() => silent.closed)
    const halting = new WireClient(createConnection(running.broker.ports.loopback ?? 0, '127.0.0.1'))
    halting.socket.write(Buffer.from([0x10, 0x20, 0x00, 0x04]))
    await halting.until(() => halting.closed)
    expect(await running.metric('disconnects_total{reason="connect-timeout"}')).toBe(2)
  })

  it('disconnect a subscriber that stops reading, and serve the others on', async () => {
    running = await runBroker({ limits: { subscriberQueueBytes: 100_000, subscriberStallMs: 200 } })
    const stalled = await running.connectOperator()
    await stalled.subscribe('flood/#')
    stalled.socket.pause()
    const brisk = await running.connectOperator()
    await brisk.subscribe('flood/#')
    const sender = await running.connectOperator()
    const payload = 'x'.repeat(100_000)
    let sent = 0
    while ((await running.metric('disconnects_total{reason="slow-subscriber"}')) === 0) {
      if (sent++ > 2_000) throw new Error('the stalled subscriber was never disconnected')
      await sender.publish('flood/a', payload)
    }
    await brisk.until(() => brisk.messages.length >= sent)
    expect(brisk.messages.length).toBe(sent)
  })

  it('drop QoS 0 messages to a full subscriber, and count them', async () => {
    running = await runBroker({ limits: { subscriberQueueBytes: 100_000 } })
    const stalled = await running.connectOperator()
    await stalled.subscribe('flood/#', 0)
    stalled.socket.pause()
    const sender = await running.connectOperator()
    for (let sent = 0; (await running.metric('dropped_total{reason="slow-subscriber"}')) === 0; sent += 1) {
      if (sent > 2_000) throw new Error('nothing was dropped')
      await sender.publish('flood/a', 'x'.repeat(100_000))
    }
    expect(await running.metric('disconnects_total{reason="slow-subscriber"}')).toBe(0)
  })
})

describe('hostile bytes', () => {
  const runs = Number(process.env['MUSUBI_HOSTILE_RUNS'] ?? 300)
  const genuine: readonly Packet[] = [
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'a', keepalive: 10 },
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, clientId: 'b', keepalive: 10 },
    { cmd: 'publish', topic: 'a/b', payload: 'text', qos: 2, messageId: 7, dup: false, retain: true },
    { cmd: 'publish', topic: `${own}/telemetry`, payload: 'text', qos: 1, messageId: 8, dup: true, retain: false },
    { cmd: 'publish', topic: `${'a/'.repeat(150)}b`, payload: 'deep', qos: 1, messageId: 9, dup: false, retain: true },
    { cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: 'a/+/#', qos: 1 }] },
    { cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: `${'+/'.repeat(150)}#`, qos: 1 }] },
    { cmd: 'unsubscribe', messageId: 4, unsubscriptions: ['a/#', '__proto__', 'constructor'] },
    { cmd: 'puback', messageId: 5 },
    { cmd: 'pubrel', messageId: 6 },
    { cmd: 'pubrec', messageId: 6 },
    { cmd: 'pingreq' },
  ]
  const mutated = fc
    .tuple(
      fc.subarray(
        genuine.map((packet) => mqttPacket.generate(packet)),
        { minLength: 1 },
      ),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([packets, changes, tail]) => {
      const bytes = Buffer.concat([...packets, tail])
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    })

  it('leave the broker up, serving, and with bounded memory', async () => {
    running = await runBroker({ limits: { packetBytes: 10_000, connectTimeoutMs: 1_000 } })
    const port = running.broker.ports.loopback ?? 0
    const hello = mqttPacket.generate({ cmd: 'connect', clientId: '', clean: true, keepalive: 1 })
    const assault = (bytes: Uint8Array, admitted: boolean) =>
      new Promise<void>((resolve) => {
        const socket = createConnection(port, '127.0.0.1', () => {
          if (admitted) socket.write(hello)
          socket.end(bytes)
        })
        socket.on('error', () => undefined)
        socket.on('close', () => resolve())
        socket.resume()
      })
    const before = process.memoryUsage().rss
    await fc.assert(fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 500 })), fc.boolean(), assault), {
      numRuns: runs,
    })
    await assault(randomBytes(1_000_000), true)
    const gateway = await running.connectGateway(identity)
    await gateway.publish(`${own}/telemetry`, 'still here')
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
  })
})
