// The frame in which a board sends its readings and the gateway acknowledges them (docs/boards.md).
import { AppError } from '../../broker/contract/app-error.ts'
import { decodeCobs, encodeCobs } from './cobs.ts'
import { crc16 } from './crc16.ts'

/** What names a frame: with these three a repeated frame is known, whatever times its readings carry by now. */
export interface FrameId {
  /** The board's number on its line, 0 … 255; 0 where it is alone. */
  readonly board: number
  /** A number that the board changes at each start, 0 … 65,535. */
  readonly boot: number
  /** Counts the board's frames since its start, 0 … 65,535, then 0 again. */
  readonly seq: number
}

export interface BoardFrame extends FrameId {
  /** `readings` from the board, `ack` from the gateway. */
  readonly kind: 'readings' | 'ack'
  /** The board keeps the frame until it is acknowledged. */
  readonly wantsAck: boolean
  /** A SenML pack in CBOR; empty in an `ack`. */
  readonly payload: Uint8Array
}

export const frameDelimiter = 0x00
/** Of a frame before COBS; what a board needs to keep free for one is its own affair. */
export const maxFrameBytes = 4096
/** COBS adds one byte, and one in each 254. */
export const maxEncodedFrameBytes = maxFrameBytes + Math.ceil(maxFrameBytes / 254) + 1

const version = 1
const headerBytes = 7
const crcBytes = 2
const flagAck = 0x01
const flagWantsAck = 0x02
const knownFlags = flagAck | flagWantsAck

/** The bytes of a frame as they are sent: a delimiter, the COBS encoding, a delimiter. */
export function encodeBoardFrame(frame: BoardFrame): Buffer {
  const bytes = Buffer.alloc(headerBytes + frame.payload.length + crcBytes)
  bytes.writeUInt8(version, 0)
  bytes.writeUInt8((frame.kind === 'ack' ? flagAck : 0) | (frame.wantsAck ? flagWantsAck : 0), 1)
  bytes.writeUInt8(frame.board, 2)
  bytes.writeUInt16BE(frame.boot, 3)
  bytes.writeUInt16BE(frame.seq, 5)
  bytes.set(frame.payload, headerBytes)
  bytes.writeUInt16BE(crc16(bytes.subarray(0, -crcBytes)), bytes.length - crcBytes)
  const delimiter = Uint8Array.of(frameDelimiter)
  return Buffer.concat([delimiter, encodeCobs(bytes), delimiter])
}

/** The frame between two delimiters. Throws AppError `driver.frame` or `driver.crc`. */
export function decodeBoardFrame(segment: Uint8Array): BoardFrame {
  const bytes = decodeCobs(segment)
  if (bytes.length < headerBytes + crcBytes) throw malformed(`${bytes.length} bytes are no whole frame`)
  if (crc16(bytes) !== 0) throw new AppError('driver.crc', 'a board frame has a wrong check sum')
  const flags = bytes.readUInt8(1)
  if (bytes.readUInt8(0) !== version) throw malformed(`version ${bytes.readUInt8(0)} is not understood, 1 is`)
  if ((flags & ~knownFlags) !== 0) throw malformed(`flags 0x${flags.toString(16)} are not understood`)
  return {
    kind: (flags & flagAck) === 0 ? 'readings' : 'ack',
    wantsAck: (flags & flagWantsAck) !== 0,
    board: bytes.readUInt8(2),
    boot: bytes.readUInt16BE(3),
    seq: bytes.readUInt16BE(5),
    payload: bytes.subarray(headerBytes, -crcBytes),
  }
}

function malformed(reason: string): AppError {
  return new AppError('driver.frame', `board frame: ${reason}`)
}
