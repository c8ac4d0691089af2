// What goes in comes out: the same bytes, in order, in fewer writes.
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WriteCoalescing } from './write-coalescing.ts'

const chunk = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.uint8Array({ maxLength: 600 }),
  fc.integer({ min: 16_000, max: 20_000 }).map((length) => Buffer.alloc(length, length & 0xff)),
)

describe('coalesced writes', () => {
  it('keep bytes and order, whatever is written in however many turns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(chunk, { maxLength: 12 }), { maxLength: 4 }), async (turns) => {
        const coalescing = new WriteCoalescing(1e9)
        const stream = new PassThrough({ highWaterMark: 1e9 })
        coalescing.attach(stream)
        for (const turn of turns) {
          for (const each of turn) stream.write(each)
          await new Promise((resolve) => setImmediate(resolve))
        }
        const expected = Buffer.concat(turns.flat().map((each) => Buffer.from(each as Uint8Array)))
        expect(Buffer.compare((stream.read() as Buffer | null) ?? Buffer.alloc(0), expected)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  it('reach the stream as one write for each turn', async () => {
    const coalescing = new WriteCoalescing(1e9)
    const stream = new PassThrough()
    let writes = 0
    const write = stream.write.bind(stream)
    stream.write = ((bytes: Uint8Array) => {
      writes += 1
      return write(bytes)
    }) as typeof stream.write
    coalescing.attach(stream)
    for (let count = 0; count < 100; count += 1) stream.write('abc')
    await new Promise((resolve) => setImmediate(resolve))
    expect(writes).toBe(1)
    expect(stream.readableLength).toBe(300)
  })

  it('say "wait" only when the stream owes a drain event and the bound is passed', async () => {
    const coalescing = new WriteCoalescing(1_000)
    const stream = new PassThrough({ highWaterMark: 100 })
    coalescing.attach(stream)
    expect(stream.write(Buffer.alloc(5_000))).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect(stream.writableNeedDrain).toBe(true)
    expect(stream.write('x')).toBe(stream.writableLength <= 1_000)
  })
})
