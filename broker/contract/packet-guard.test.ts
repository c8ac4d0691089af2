// The guard must see the same packets however the network cuts them into chunks.
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { maxStatusBytes } from './status-size.ts'
import { PacketGuard } from './packet-guard.ts'

const packetOf = (bytes: number) =>
  mqttPacket.generate({ cmd: 'publish', topic: 'a', payload: 'x'.repeat(bytes), qos: 0, dup: false, retain: false })

function chunksOf(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })
const payloads = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 })

describe('the packet guard', () => {
  it('accepts packets up to the limit and refuses the first above it, in any chunks', () => {
    fc.assert(
      fc.property(payloads, sizes, fc.integer({ min: 5, max: 420 }), (lengths, cuts, limit) => {
        const packets = lengths.map(packetOf)
        const guard = new PacketGuard(limit)
        const accepted = chunksOf(Buffer.concat(packets), cuts).every((chunk) => guard.accepts(chunk))
        expect(accepted).toBe(packets.every((packet) => packet.length <= limit))
      }),
    )
  })

  it('lets a status document be larger than any other packet, in any chunks', () => {
    const publish = (topic: string, bytes: number) =>
      mqttPacket.generate({
        cmd: 'publish',
        topic,
        payload: 'x'.repeat(bytes),
        qos: 1,
        messageId: 1,
        dup: false,
        retain: true,
      })
    const topics = fc.constantFrom(
      ['musubi/v1/kimitsu/paddy-koito/status', true],
      [`musubi/v1/${'t'.repeat(32)}/${'g'.repeat(32)}/status`, true],
      ['musubi/v1/kimitsu/paddy-koito/telemetry', false],
      ['musubi/v1/kimitsu/paddy-koito/x/status', false],
      [`musubi/v1/kimitsu/${'g'.repeat(60)}/status`, false],
    )
    fc.assert(
      fc.property(topics, sizes, ([topic, allowed], cuts) => {
        const packets = [publish('a', 20), publish(topic, 500), publish('a', 20)]
        const guard = new PacketGuard(100, { largeStatus: true })
        expect(chunksOf(Buffer.concat(packets), cuts).every((chunk) => guard.accepts(chunk))).toBe(allowed)
      }),
    )
  })

  it('refuses a status document beyond its own limit, and other packets that pretend to be one', () => {
    const status = 'musubi/v1/kimitsu/paddy-koito/status'
    const header = (type: number, length: number) =>
      Buffer.from([
        type,
        0x80 | (length & 0x7f),
        0x80 | ((length >> 7) & 0x7f),
        0x80 | ((length >> 14) & 0x7f),
        length >> 21,
      ])
    const start = Buffer.concat([Buffer.from([0, status.length]), Buffer.from(status)])
    const accepts = (type: number, length: number) =>
      new PacketGuard(1_000, { largeStatus: true }).accepts(Buffer.concat([header(type, length), start]))
    expect(accepts(0x33, maxStatusBytes)).toBe(true)
    expect(accepts(0x33, maxStatusBytes + 1_000)).toBe(false)
    expect(accepts(0x82, 2_100_000)).toBe(false)
    expect(new PacketGuard(100).accepts(Buffer.concat([header(0x33, 500), start]))).toBe(false)
    expect(new PacketGuard(1).accepts(Buffer.from([0x30, 0x01, 0x00]))).toBe(false)
  })

  it('refuses a remaining length of more than four bytes [MQTT-2.2.3]', () => {
    expect(new PacketGuard(1e9).accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
    expect(new PacketGuard(1e9).accepts(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toBe(true)
  })
})
