// Where the lane and aedes meet, packets that MQTT forbids, and connections that end while their messages wait.
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { afterEach, describe, expect, it } from 'vitest'
import { runBroker, type RunningBroker, type WireClient } from './running-broker.ts'

let running: RunningBroker

afterEach(() => running.stop())

const publishesOf = (client: WireClient) =>
  client.received.filter((packet): packet is IPublishPacket => packet.cmd === 'publish')
const plain = { cmd: 'publish', qos: 1, dup: false, retain: false } as const
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
