// Packets must come out whole and in order, however the network cuts them into chunks.
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { FixedHeader, PacketAssembly } from './packet-framing.ts'

const packetOf = (bytes: number) =>
  mqttPacket.generate({ cmd: 'publish', topic: 'a', payload: 'x'.repeat(bytes), qos: 0, dup: false, retain: false })
const lengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 16_000, max: 17_000 })), {
  minLength: 1,
  maxLength: 8,
})
const cuts = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 8 })

describe('the packet assembly', () => {
  it('gives whole packets, all of them, at the chunk in which they end', () => {
    fc.assert(
      fc.property(lengths, cuts, (payloads, sizes) => {
        const bytes = Buffer.concat(payloads.map(packetOf))
        const assembly = new PacketAssembly()
        const header = new FixedHeader()
        const given: Buffer[] = []
        let ended = 0
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          const whole = assembly.add(bytes.subarray(at, at + size))
          at += size
          given.push(whole)
          ended += whole.length
          for (let packetAt = 0; packetAt < whole.length; packetAt = header.end) {
            expect(header.read(whole, packetAt)).toBe(true)
            expect(header.end).toBeLessThanOrEqual(whole.length)
          }
          const endOfLast = payloads
            .map((_, index) => Buffer.concat(payloads.slice(0, index + 1).map(packetOf)).length)
            .findLast((end) => end <= at)
          expect(ended).toBe(endOfLast ?? 0)
        }
        expect(Buffer.concat(given).equals(bytes)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
