import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { createSegmentSplitter } from './segment-splitter.ts'
import { ConsoleAssembler, consoleDelimiters, encodeConsolePacket } from './smp-console.ts'
import { decodeSmpMessage, encodeSmpMessage } from './smp-message.ts'
import { refusalOf } from './smp-refusal.ts'

function packetsOf(bytes: Uint8Array): readonly Buffer[] {
  const assembler = new ConsoleAssembler()
  const splitter = createSegmentSplitter({ delimiters: consoleDelimiters, maxBytes: 1024, onOverflow: () => undefined })
  return splitter.push(bytes).flatMap((line) => assembler.push(line) ?? [])
}

describe('SMP over a console', () => {
  it('writes an echo request as Zephyr expects it', () => {
    const message = encodeSmpMessage({ op: 2, group: 0, command: 0, seq: 1, body: { d: 'abc' } })
    // Version 2 and write; no flags; 7 bytes; group 0; seq 1; command 0; then {"d": "abc"}.
    expect(message.toString('hex')).toBe('0a00000700000100a1616463616263')
    expect(encodeConsolePacket(message).toString('latin1')).toBe('\u0006\tABEKAAAHAAABAKFhZGNhYmMhIA==\n')
  })

  it('reads the request that Zephyr has in its own test of echo, an indefinite map', () => {
    const bytes = Buffer.from(
      '0200002e00000100bf61647828' + Buffer.from('short MCUMGR test application message...').toString('hex') + 'ff',
      'hex',
    )
    expect(decodeSmpMessage(bytes.subarray(0, 8 + 0x2e))).toMatchObject({
      op: 2,
      group: 0,
      command: 0,
      seq: 1,
      body: { d: 'short MCUMGR test application message...' },
    })
  })

  it('has lines of at most 127 bytes, the first marked 06 09, others 04 14', () => {
    const lines = encodeConsolePacket(Buffer.alloc(400, 0x55)).toString('latin1').split('\n').slice(0, -1)
    expect(lines.every((line) => line.length + 1 <= 127)).toBe(true)
    expect(lines.map((line) => line.slice(0, 2))).toEqual([
      '\u0006\t',
      ...Array.from({ length: 4 }, () => '\u0004\u0014'),
    ])
  })

  it('gives back any packet, with log text and frames between its lines', () => {
    const between = fc.constantFrom('', '<inf> hello\n', '\u0000\u0005abcd\u0000', '\r\n')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 700 }), between, (packet, noise) => {
        const lines = encodeConsolePacket(packet).toString('latin1').split('\n')
        const mixed = Buffer.from(
          noise +
            lines
              .slice(0, -1)
              .map((line) => `${line}\n${noise}`)
              .join(''),
          'latin1',
        )
        expect(packetsOf(mixed)).toEqual([Buffer.from(packet)])
      }),
    )
  })

  it('reads any line or refuses it by code, and the packet behind it is right', () => {
    const assembler = new ConsoleAssembler()
    const good = encodeConsolePacket(Buffer.from('right')).subarray(0, -1)
    const marked = fc
      .tuple(fc.constantFrom('0609', '0414', ''), fc.uint8Array({ maxLength: 60 }))
      .map(([mark, rest]) => Buffer.concat([Buffer.from(mark, 'hex'), rest]))
    fc.assert(
      fc.property(marked, (line) => {
        try {
          assembler.push(line)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
        expect(assembler.push(good)).toEqual(Buffer.from('right'))
      }),
      { numRuns: 500 },
    )
  })

  it('refuses a packet whose bytes or length are not what its check sum and length say', () => {
    const line = encodeConsolePacket(Buffer.from('some packet')).subarray(0, -1)
    const spoilt = Buffer.from(line)
    spoilt[9] = spoilt[9] === 0x41 ? 0x42 : 0x41
    expect(() => new ConsoleAssembler().push(spoilt)).toThrow('check sum')
    expect(() => new ConsoleAssembler().push(Buffer.from('0414', 'hex'))).toThrow('beginning')
  })

  it('tells a refusal by its words in both versions of the protocol', () => {
    expect(refusalOf({})).toBeUndefined()
    expect(refusalOf({ rc: 0, off: 5 })).toBeUndefined()
    expect(refusalOf({ rc: 8 })).toBe('not supported (8)')
    expect(refusalOf({ rc: 1, rsn: 'no slot' })).toBe('unknown error (1): no slot')
    expect(refusalOf({ err: { group: 1, rc: 9 } })).toContain('no free slot')
    expect(refusalOf({ err: { group: 7, rc: 2 } })).toBe('unknown error (group 7, 2)')
  })
})
