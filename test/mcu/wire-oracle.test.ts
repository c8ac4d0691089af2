// Boards' frames and SMP lines against a reader and writer that shares no line with ours: Debian's python3-cbor2.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePack } from '../../broker/contract/pack-codec.ts'
import { decodeBoardFrame, encodeBoardFrame } from '../../firmware-bridge/mcu/board-frame.ts'
import { createSegmentSplitter } from '../../firmware-bridge/mcu/segment-splitter.ts'
import { ConsoleAssembler, consoleDelimiters, encodeConsolePacket } from '../../firmware-bridge/mcu/smp-console.ts'
import { decodeSmpMessage, encodeSmpMessage } from '../../firmware-bridge/mcu/smp-message.ts'
import { debianPackage } from '../debian.ts'

const script = join(import.meta.dirname, 'board-oracle.py')

/** One process for all requests. */
function oracle(requests: readonly (readonly [string, readonly unknown[]])[]): readonly unknown[] {
  const input = requests.map((request) => JSON.stringify(request)).join('\n')
  const { stdout, stderr } = spawnSync('/usr/bin/python3', [script], { input, encoding: 'utf8', maxBuffer: 2 ** 27 })
  if (stderr !== '') throw new Error(stderr)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

const byte = fc.integer({ min: 0, max: 255 })
const word = fc.integer({ min: 0, max: 65_535 })
const frames = fc.record({
  kind: fc.constantFrom('readings' as const, 'ack' as const),
  wantsAck: fc.boolean(),
  board: byte,
  boot: word,
  seq: word,
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 900 }),
    fc.constant(new Uint8Array(600)),
    fc.constant(new Uint8Array(600).fill(7)),
  ),
})
const seed = 20_261_122

describe.skipIf(!debianPackage('python3-cbor2'))('The wire of boards, beside an independent implementation', () => {
  it('our frames are what it reads', () => {
    const sent = fc.sample(frames, { numRuns: 400, seed })
    const read = oracle(sent.map((frame) => ['read_frame', [encodeBoardFrame(frame).toString('hex')]]))
    expect(read).toEqual(
      sent.map(({ kind, wantsAck, board, boot, seq, payload }) => ({
        version: 1,
        flags: (kind === 'ack' ? 1 : 0) + (wantsAck ? 2 : 0),
        board,
        boot,
        seq,
        payload: Buffer.from(payload).toString('hex'),
      })),
    )
  })

  it('its frames are what we read, with every kind of number', () => {
    const value = fc.oneof(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
    )
    const records = fc.array(
      fc.record({ '0': fc.constantFrom('temp', 'a/b'), '1': fc.constantFrom('Cel', 'V'), '2': value }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    const sent = fc.sample(fc.tuple(byte, word, word, records), { numRuns: 300, seed })
    const written = oracle(sent.map((one) => ['write_frame', one])) as readonly string[]
    for (const [index, hex] of written.entries()) {
      const [board, boot, seq, wanted] = sent[index]!
      const frame = decodeBoardFrame(Buffer.from(hex, 'hex').subarray(1, -1))
      expect(frame).toMatchObject({ kind: 'readings', board, boot, seq })
      const readings = decodePack(frame.payload, 1_800_000_000_000)
      // JSON, by which the values went to Python, has no minus zero.
      expect(readings.map(({ name, unit, value }) => [name, unit, value! + 0])).toEqual(
        wanted.map((record) => [record[0], record[1], record[2] + 0]),
      )
    }
  })

  it('our SMP packets are what it reads', () => {
    const bodies = fc.record({ off: fc.nat(), data: fc.uint8Array({ maxLength: 600 }), confirm: fc.boolean() })
    const requests = fc.record({
      op: fc.constantFrom(0 as const, 2 as const),
      group: word,
      command: byte,
      seq: byte,
      body: bodies,
    })
    const sent = fc.sample(requests, { numRuns: 300, seed })
    const read = oracle(sent.map((one) => ['read_smp', [encodeConsolePacket(encodeSmpMessage(one)).toString('hex')]]))
    expect(read).toEqual(
      sent.map(({ op, group, command, seq, body }) => ({
        // Version 2 of SMP stands in bits 3 and 4.
        op: op | 0x08,
        group,
        command,
        seq,
        body: { ...body, data: Buffer.from(body.data).toString('hex') },
      })),
    )
  })

  it('its SMP packets are what we read', () => {
    const body = fc.dictionary(
      fc.constantFrom('off', 'rc', 'r', 'x'),
      fc.oneof(fc.nat(), fc.string({ maxLength: 300 }), fc.boolean()),
    )
    const answers = fc.tuple(fc.constantFrom(1, 3), word, byte, byte, body)
    const sent = fc.sample(answers, { numRuns: 300, seed })
    const written = oracle(sent.map((one) => ['write_smp', one])) as readonly string[]
    for (const [index, hex] of written.entries()) {
      const [op, group, seq, command, fields] = sent[index]!
      const assembler = new ConsoleAssembler()
      const splitter = createSegmentSplitter({
        delimiters: consoleDelimiters,
        maxBytes: 1024,
        onOverflow: () => undefined,
      })
      const [packet] = splitter.push(Buffer.from(hex, 'hex')).flatMap((line) => assembler.push(line) ?? [])
      expect(decodeSmpMessage(packet!)).toMatchObject({ op, group, command, seq, body: { ...fields } })
    }
  })
})
