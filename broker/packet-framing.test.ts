// Packets must come out whole and in order, however the network cuts them into chunks.
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { FixedHeader, PacketAssembly } from './packet-framing.ts'

const packetOf = (bytes: number) =>
  mqttPacket.generate({ cmd: 'publish', topic: 'a', payload: 'x'.repeat(bytes), qos: 0, dup: false, retain: false })
const lengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 2_000, max: 3_000 })), {
  minLength: 1,
  maxLength: 8,
})
const cuts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 })

/** Where each packet of these bytes ends, by reading one header after the other. */
function endsIn(bytes: Buffer): readonly number[] {
  const header = new FixedHeader()
  const ends: number[] = []
  for (let at = 0; at < bytes.length && header.read(bytes, at); at = header.end) ends.push(header.end)
  return ends
}

describe('the packet assembly', () => {
  it('gives whole packets, all of them, at the chunk in which they end', () => {
    fc.assert(
      fc.property(lengths, cuts, (payloads, sizes) => {
        const packets = payloads.map(packetOf)
        const bytes = Buffer.concat(packets)
        const ends = endsIn(bytes)
        const assembly = new PacketAssembly()
        const given: Buffer[] = []
        const early: number[] = []
        let ended = 0
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          const whole = assembly.add(bytes.subarray(at, at + size))
          at += size
          given.push(whole)
          ended += whole.length
          if (ended !== (ends.findLast((end) => end <= at) ?? 0)) early.push(at)
        }
        expect(ends).toHaveLength(packets.length)
        expect(early).toEqual([])
        expect(Buffer.concat(given).equals(bytes)).toBe(true)
      }),
    )
  })
})
