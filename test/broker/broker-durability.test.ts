// What the broker keeps across restarts and races: retained messages, wills, sessions, order, held acknowledgements.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Tap } from '../../broker/authorization.ts'
import { createBroker } from '../../broker/broker.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { runBroker, type RunningBroker } from './running-broker.ts'

const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }
const own = 'musubi/v1/kimitsu/paddy-koito'
const will = { topic: `${own}/status`, payload: Buffer.from('lost'), qos: 1, retain: true } as const
let running: RunningBroker
let tap: Tap = () => undefined

beforeEach(async () => {
  tap = () => undefined
  running = await runBroker({ tap: (publish) => tap(publish), limits: { willGraceMs: 400, offlineMessages: 5 } })
})
afterEach(() => running.stop())

const retainedTexts = (filter: string) => running.broker.retained(filter).map(({ payload }) => payload.toString())

async function eventually(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('the condition never held')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('after a restart', () => {
  it('retained messages are there, for subscribers and in process', async () => {
    const gateway = await running.connectGateway(identity)
    await gateway.publish(`${own}/status`, 'online', { retain: true })
    await gateway.publish(`${own}/reported`, 'v1', { retain: true })
    await gateway.publish(`${own}/reported`, '', { retain: true })
    await gateway.disconnect()
    await running.restart()
    expect(retainedTexts('musubi/v1/+/+/status')).toEqual(['online'])
    expect(retainedTexts(`${own}/#`)).toEqual(['online'])
    const operator = await running.connectOperator()
    await operator.subscribe('musubi/v1/+/+/status')
    await operator.until(() => operator.messages.length > 0)
    expect(operator.messages).toEqual([`${own}/status online`])
    await operator.close()
  })

  it('the will of a gateway that does not come back is published after the grace time, once', async () => {
    const gateway = await running.connectGateway(identity, { will })
    await gateway.publish(`${own}/status`, 'online', { retain: true })
    await running.restart()
    expect(retainedTexts(will.topic)).toEqual(['online'])
    await eventually(() => retainedTexts(will.topic)[0] === 'lost')
  })

  it('the will of a gateway that came back is not published', async () => {
    const other = { tenant: 'kimitsu', gateway: 'silent' }
    const silentWill = { ...will, topic: 'musubi/v1/kimitsu/silent/status' }
    await running.connectGateway(other, { will: silentWill })
    await running.connectGateway(identity, { will })
    await running.restart()
    const back = await running.connectGateway(identity, { will })
    await back.publish(will.topic, 'online again', { retain: true })
    // The silent gateway's will shows that the broker has gone through all of them.
    await eventually(() => retainedTexts(silentWill.topic)[0] === 'lost')
    expect(retainedTexts(will.topic)).toEqual(['online again'])
    await back.close()
  })

  it('an absent session gets what was queued for it, in order, up to the bound', async () => {
    const clientId = 'recorder'
    const recorder = await running.connectOperator({ clientId, clean: false })
    await recorder.subscribe('queue/#')
    await recorder.close()
    const sender = await running.connectOperator()
    for (const text of ['1', '2', '3', '4', '5', '6', '7']) await sender.publish('queue/a', text)
    await sender.settled()
    await sender.close()
    expect(await running.metric('queued_messages')).toBe(5)
    expect(await running.metric('dropped_total{reason="offline-full"}')).toBe(2)
    await running.restart()
    expect(await running.metric('queued_messages')).toBe(5)
    const back = await running.connectOperator({ clientId, clean: false })
    expect(back.received[0]).toMatchObject({ cmd: 'connack', sessionPresent: true })
    await back.until(() => back.messages.length === 5)
    expect(back.messages).toEqual(['1', '2', '3', '4', '5'].map((text) => `queue/a ${text}`))
    await back.close()
  })

  it('one folder serves one broker at a time', async () => {
    const second = createBroker({ folder: `${running.folder}/broker`, clock: systemClock, log: silentLog })
    await expect(second).rejects.toMatchObject({ code: 'data.locked' })
  })

  it('a busy port is one error that names it, and leaves nothing open', async () => {
    const port = running.broker.ports.loopback ?? 0
    const options = { clock: systemClock, log: silentLog, loopback: { port } }
    const second = createBroker({ ...options, folder: `${running.folder}/second` })
    await expect(second).rejects.toMatchObject({ code: 'port.busy', message: expect.stringContaining(String(port)) })
    const third = await createBroker({ ...options, loopback: { port: 0 }, folder: `${running.folder}/second` })
    await third.close()
  })
})

describe('a lost connection', () => {
  it('publishes and retains the will', async () => {
    const gateway = await running.connectGateway(identity, { will })
    await gateway.close()
    await eventually(() => retainedTexts(will.topic)[0] === 'lost')
  })

  it('that was announced by DISCONNECT publishes nothing', async () => {
    const gateway = await running.connectGateway(identity, { will })
    await gateway.disconnect()
    const second = await running.connectGateway(
      { ...identity, gateway: 'second' },
      {
        will: { ...will, topic: 'musubi/v1/kimitsu/second/status' },
      },
    )
    await second.close()
    await eventually(() => retainedTexts('musubi/v1/kimitsu/second/status').length > 0)
    expect(retainedTexts(will.topic)).toEqual([])
  })

  it('taken over by the same gateway publishes the old will before the new birth, and keeps the new will', async () => {
    const first = await running.connectGateway(identity, { will })
    const second = await running.connectGateway(identity, { will: { ...will, payload: Buffer.from('lost again') } })
    await first.until(() => first.closed)
    expect(retainedTexts(will.topic)).toEqual(['lost'])
    await second.publish(will.topic, 'online', { retain: true })
    expect(retainedTexts(will.topic)).toEqual(['online'])
    await running.restart()
    await eventually(() => retainedTexts(will.topic)[0] === 'lost again')
  })
})

describe('a message that waits for the disk', () => {
  it('is not lost when a later one overtakes it', async () => {
    const operator = await running.connectOperator()
    await operator.subscribe('order/#')
    const sender = await running.connectOperator()
    const rounds = 50
    for (let round = 0; round < rounds; round += 1) {
      const packet = { cmd: 'publish', qos: 1, dup: false, payload: String(round) } as const
      sender.send({ ...packet, topic: 'order/kept', retain: true, messageId: 2 * round + 1 })
      sender.send({ ...packet, topic: 'order/passing', retain: false, messageId: 2 * round + 2 })
    }
    await operator.until(() => operator.messages.length === 2 * rounds)
    const inOrder = Array.from({ length: rounds }, (_, round) => `order/kept ${round}`)
    expect(operator.messages.filter((message) => message.startsWith('order/kept'))).toEqual(inOrder)
    await Promise.all([operator.close(), sender.close()])
  })
})

describe('the tap', () => {
  it('sees upward messages of the contract with their identity, and nothing else', async () => {
    const seen: string[] = []
    tap = ({ topic, kind, identity: from, payload }) => {
      seen.push(`${kind} ${from.gateway} ${Buffer.from(payload).toString()} ${topic.length}`)
    }
    const operator = await running.connectOperator()
    await operator.publish(`${own}/senml`, 'third party')
    await operator.publish(`${own}/desired`, 'downward')
    await operator.publish('elsewhere', 'x')
    await operator.publish(`${own}/command/7/result`, 'done')
    expect(seen).toEqual([
      `senml paddy-koito third party ${`${own}/senml`.length}`,
      `command-result paddy-koito done ${`${own}/command/7/result`.length}`,
    ])
    await operator.close()
  })

  it('holds the PUBACK until its promise resolves, and later PUBACKs stay behind it', async () => {
    const commits: (() => void)[] = []
    tap = ({ kind }) => (kind === 'senml' ? new Promise((resolve) => commits.push(resolve)) : undefined)
    const gateway = await running.connectGateway(identity)
    const publish = { cmd: 'publish', payload: 'x', qos: 1, dup: false, retain: false } as const
    gateway.send({ ...publish, topic: `${own}/senml`, messageId: 1 })
    gateway.send({ ...publish, topic: `${own}/telemetry`, messageId: 2 })
    gateway.send({ ...publish, topic: `${own}/senml`, messageId: 3 })
    await eventually(() => commits.length === 2)
    commits[1]?.()
    const operator = await running.connectOperator()
    await operator.settled()
    expect(gateway.received.map((packet) => packet.cmd)).toEqual(['connack'])
    commits[0]?.()
    await gateway.until(() => gateway.received.length === 4)
    expect(gateway.received.slice(1).map((packet) => packet.messageId)).toEqual([1, 2, 3])
    await Promise.all([gateway.close(), operator.close()])
  })

  it('that rejects or throws costs the sender its connection without a PUBACK, never the broker', async () => {
    for (const failing of [
      () => Promise.reject(new Error('no space')),
      () => {
        throw new Error('bug')
      },
    ]) {
      tap = failing
      const gateway = await running.connectGateway(identity)
      gateway.send({
        cmd: 'publish',
        topic: `${own}/senml`,
        payload: 'x',
        qos: 1,
        messageId: 1,
        dup: false,
        retain: false,
      })
      await gateway.until(() => gateway.closed)
      expect(gateway.received.map((packet) => packet.cmd)).toEqual(['connack'])
    }
    expect(await running.metric('disconnects_total{reason="tap"}')).toBe(2)
    tap = () => undefined
    const gateway = await running.connectGateway(identity)
    await gateway.publish(`${own}/senml`, 'x')
    await gateway.close()
  })

  it('is waited for at a stop', async () => {
    const commits: (() => void)[] = []
    tap = () => new Promise((resolve) => commits.push(resolve))
    const gateway = await running.connectGateway(identity)
    const acknowledged = gateway.publish(`${own}/senml`, 'x')
    await eventually(() => commits.length === 1)
    const restarted = running.restart()
    commits[0]?.()
    await acknowledged
    await restarted
  })
})
