// Microcontroller boards: frames, SMP packets and JSON lines that no board of ours sent.
import { CborWriter } from '../../broker/contract/cbor-writer.ts'
import { decodePack } from '../../broker/contract/pack-codec.ts'
import {
  decodeBoardFrame,
  encodeBoardFrame,
  frameDelimiter,
  maxEncodedFrameBytes,
} from '../../firmware-bridge/mcu/board-frame.ts'
import { createSegmentSplitter } from '../../firmware-bridge/mcu/segment-splitter.ts'
import { ConsoleAssembler, consoleDelimiters, encodeConsolePacket } from '../../firmware-bridge/mcu/smp-console.ts'
import { decodeSmpMessage, encodeSmpMessage } from '../../firmware-bridge/mcu/smp-message.ts'
import { refusalOf } from '../../firmware-bridge/mcu/smp-refusal.ts'
import { readFirmwareImage } from '../../firmware-bridge/mcu/mcuboot-image.ts'
import { createFirmwareFile } from '../../firmware-bridge/simulators/board/firmware-file.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const names = ['temp', 'vwc', 'batt', 'soil-1:temp', 'a/b']
const units = ['Cel', '/', 'V', 'm']
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

function pack(random: Random): Uint8Array {
  const writer = new CborWriter()
  const records = 1 + random.below(5)
  writer.array(records)
  for (let index = 0; index < records; index += 1) {
    writer.map(4)
    writer.number(0)
    writer.text(random.pick(names))
    writer.number(1)
    writer.text(random.pick(units))
    writer.number(2)
    writer.number(random.below(10_000) / 100)
    writer.number(6)
    writer.number(-random.below(600))
  }
  return writer.finish()
}

function frame(random: Random): Buffer {
  return encodeBoardFrame({
    kind: 'readings',
    wantsAck: random.below(2) === 0,
    board: random.below(256),
    boot: random.below(65_536),
    seq: random.below(65_536),
    payload: pack(random),
  })
}

const packCodes = [
  'driver.frame',
  'driver.crc',
  'payload.malformed',
  'senml.invalid',
  'senml.version',
  'limit.exceeded',
] as const

describeFuzz({
  name: 'A frame of a board',
  codes: packCodes,
  tokens: ['00', '01', 'ff', '0000', '02', 'fe'].map(hex),
  valid: (random) => frame(random).subarray(1, -1),
  parse: (bytes) => decodePack(decodeBoardFrame(bytes).payload, 1_800_000_000_000),
})

const frames = createSegmentSplitter({
  delimiters: [frameDelimiter],
  maxBytes: maxEncodedFrameBytes,
  onOverflow: () => undefined,
})

describeFuzz({
  name: 'The stream of frames',
  codes: packCodes,
  isStream: true,
  maxBytes: 8192,
  tokens: ['00', '0000', 'ff'].map(hex),
  valid: frame,
  parse(bytes) {
    for (const segment of frames.push(bytes)) decodeBoardFrame(segment)
  },
})

function answer(random: Random): Buffer {
  const bodies = [
    {},
    { off: random.below(100_000) },
    { rc: random.below(40) },
    { err: { group: random.below(4), rc: random.below(40) } },
    { images: [{ slot: 0, version: '1.2.3', hash: random.bytes(32), active: true, confirmed: true }] },
    { r: 'x'.repeat(random.below(300)) },
  ]
  const op = random.below(2) === 0 ? 1 : 3
  return encodeSmpMessage({
    op,
    group: random.below(3),
    command: random.below(7),
    seq: random.below(256),
    body: random.pick(bodies),
  })
}

const smpCodes = ['driver.frame', 'driver.crc', 'payload.malformed'] as const

describeFuzz({
  name: 'An SMP message',
  codes: smpCodes,
  tokens: ['00', 'ff', 'bf', 'a1', '9f', '5b00000000ffffffff', 'f97e00', '627263'].map(hex),
  valid: answer,
  parse: (bytes) => refusalOf(decodeSmpMessage(bytes).body),
})

const lines = createSegmentSplitter({ delimiters: consoleDelimiters, maxBytes: 1024, onOverflow: () => undefined })
const assembler = new ConsoleAssembler()

describeFuzz({
  name: 'The stream of SMP lines',
  codes: smpCodes,
  isStream: true,
  maxBytes: 8192,
  tokens: ['0609', '0414', '0a', '00', '3d', '0d'].map(hex),
  valid: (random) => encodeConsolePacket(answer(random)),
  parse(bytes) {
    for (const line of lines.push(bytes)) {
      const packet = assembler.push(line)
      if (packet !== undefined) decodeSmpMessage(packet)
    }
  },
})

describeFuzz({
  name: 'A line of JSON of a board',
  codes: packCodes,
  tokens: ['{', '}', '[', ']', '"n":', ',', '1e999', '"bver":11', '"x_":1', '\\u0000'].map((text) => Buffer.from(text)),
  valid: (random) =>
    Buffer.from(
      JSON.stringify([
        { bn: 'b:', n: random.pick(names), u: random.pick(units), v: random.below(1000) / 10, t: -random.below(99) },
      ]),
    ),
  parse: (bytes) => decodePack(Buffer.concat([Buffer.from('['), bytes.subarray(1)]), 1_800_000_000_000),
})

const images = Array.from({ length: 8 }, (_, seed) =>
  createFirmwareFile({ version: { major: seed, minor: 1, revision: 2 }, bodyBytes: 64 + seed * 40, seed }),
)

describeFuzz({
  name: 'A firmware image',
  codes: ['firmware.invalid'],
  tokens: ['3db8f396', '0769', '0869', '1000', 'ffff', '00000000'].map(hex),
  valid: (random) => random.pick(images),
  parse: (bytes) => readFirmwareImage(bytes),
})
