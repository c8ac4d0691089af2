// The guard must see the same packets however the network cuts them into chunks.
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
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

  it('refuses a remaining length of more than four bytes [MQTT-2.2.3]', () => {
    expect(new PacketGuard(1e9).accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
    expect(new PacketGuard(1e9).accepts(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toBe(true)
  })
})
