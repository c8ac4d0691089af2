// Makes a file that MCUboot would take for a firmware image: header, body, SHA-256.
import { createHash } from 'node:crypto'

export interface FirmwareFile {
  readonly version: {
    readonly major: number
    readonly minor: number
    readonly revision: number
    readonly build?: number
  }
  readonly bodyBytes: number
  /** Another seed is another body. */
  readonly seed?: number
}

export function createFirmwareFile({ version, bodyBytes, seed = 1 }: FirmwareFile): Buffer {
  const header = Buffer.alloc(32)
  header.writeUInt32LE(0x96f3b83d, 0)
  header.writeUInt16LE(header.length, 8)
  header.writeUInt32LE(bodyBytes, 12)
  header.writeUInt8(version.major, 20)
  header.writeUInt8(version.minor, 21)
  header.writeUInt16LE(version.revision, 22)
  header.writeUInt32LE(version.build ?? 0, 24)
  const body = Buffer.alloc(bodyBytes)
  // A linear congruence: a body that repeats nothing over the length of a chunk.
  for (let at = 0, state = seed >>> 0; at < bodyBytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    body[at] = state >>> 24
  }
  const signed = Buffer.concat([header, body])
  const tlv = Buffer.alloc(8)
  tlv.writeUInt16LE(0x6907, 0)
  tlv.writeUInt16LE(tlv.length + 32, 2)
  tlv.writeUInt8(0x10, 4)
  tlv.writeUInt16LE(32, 6)
  return Buffer.concat([signed, tlv, createHash('sha256').update(signed).digest()])
}
