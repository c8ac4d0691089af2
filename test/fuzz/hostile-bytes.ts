// Makes inputs that a parser must survive: right frames, and what lines, cables, cut transfers and attackers make of them.
import type { Random } from './seeded-random.ts'

export interface FrameSource {
  /** A frame that the parser must accept. */
  valid(random: Random): Buffer
  /** Pieces of the format that mean something to the parser: separators, marks, length fields. */
  readonly tokens: readonly Buffer[]
  /** The longest input, bytes; 2048 unless given. */
  readonly maxBytes?: number
}

export interface HostileInput {
  readonly bytes: Buffer
  /** Nothing was done to it: the parser must accept it. */
  readonly isValid: boolean
}

type Mutation = (source: FrameSource, random: Random) => Buffer

const defaultMaxBytes = 2048

/** Each as likely as the others; the commonest faults of a line stand first. */
const mutations: readonly Mutation[] = [
  flipBits,
  flipBits,
  replaceBytes,
  truncate,
  truncate,
  splice,
  insertTokens,
  insertTokens,
  dropMiddle,
  repeatPiece,
  (_source, random) => random.bytes(random.below(96)),
]

/** One input in five is a valid frame. */
export function hostileInput(source: FrameSource, random: Random): HostileInput {
  if (random.below(5) === 0) return { bytes: source.valid(random), isValid: true }
  const bytes = random.pick(mutations)(source, random)
  return { bytes: bytes.subarray(0, source.maxBytes ?? defaultMaxBytes), isValid: false }
}

/** A valid frame in the middle of which one piece is repeated until the whole has about `length` bytes. */
export function stretched(source: FrameSource, random: Random, length: number): Buffer {
  const frame = source.valid(random)
  const cut = random.below(frame.length + 1)
  const end = Math.min(frame.length, cut + 1 + random.below(8))
  const piece =
    random.below(2) === 0 && source.tokens.length > 0 ? random.pick(source.tokens) : frame.subarray(cut, end)
  const rounds = Math.ceil(Math.max(0, length - frame.length) / Math.max(1, piece.length))
  const filling = Array.from({ length: rounds }, () => piece)
  return Buffer.concat([frame.subarray(0, cut), ...filling, frame.subarray(cut)]).subarray(0, length)
}

function flipBits(source: FrameSource, random: Random): Buffer {
  const bytes = Buffer.from(source.valid(random))
  for (let count = 1 + random.below(4); count > 0 && bytes.length > 0; count -= 1) {
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  }
  return bytes
}

const edgeBytes = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20] as const

function replaceBytes(source: FrameSource, random: Random): Buffer {
  const bytes = Buffer.from(source.valid(random))
  for (let count = 1 + random.below(3); count > 0 && bytes.length > 0; count -= 1) {
    bytes[random.below(bytes.length)] = random.below(2) === 0 ? random.pick(edgeBytes) : random.below(256)
  }
  return bytes
}

function truncate(source: FrameSource, random: Random): Buffer {
  const bytes = source.valid(random)
  return random.below(4) === 0
    ? bytes.subarray(random.below(bytes.length + 1))
    : bytes.subarray(0, random.below(bytes.length + 1))
}

function splice(source: FrameSource, random: Random): Buffer {
  const [first, second] = [source.valid(random), source.valid(random)]
  return Buffer.concat([
    first.subarray(0, random.below(first.length + 1)),
    second.subarray(random.below(second.length + 1)),
  ])
}

function insertTokens(source: FrameSource, random: Random): Buffer {
  let bytes = source.valid(random)
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const at = random.below(bytes.length + 1)
    const piece = source.tokens.length > 0 ? random.pick(source.tokens) : random.bytes(1 + random.below(4))
    // Over what was there as often as between it: lengths stay right then.
    const after = random.below(2) === 0 ? at : Math.min(bytes.length, at + piece.length)
    bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(after)])
  }
  return bytes
}

function dropMiddle(source: FrameSource, random: Random): Buffer {
  const bytes = source.valid(random)
  const from = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(8))])
}

function repeatPiece(source: FrameSource, random: Random): Buffer {
  return stretched(source, random, random.below(source.maxBytes ?? defaultMaxBytes))
}
