// One message of MCUmgr's Simple Management Protocol: a header of eight bytes and a CBOR map.
import { AppError } from '../../broker/contract/app-error.ts'
import { CborReader, type CborValue } from '../../broker/contract/cbor.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'

/** `op`: 0 read, 1 its answer, 2 write, 3 its answer. */
export interface SmpMessage {
  readonly op: 0 | 1 | 2 | 3
  readonly group: number
  readonly command: number
  /** 0 … 255; the answer carries that of its request. */
  readonly seq: number
  readonly body: SmpBody
}

export type SmpBody = { readonly [key: string]: CborValue }

const headerBytes = 8
/** SMP version 2 (0b01): errors of a group come as `err`. Servers that do not know it ignore these bits. */
const versionBits = 0x01 << 3

export function encodeSmpMessage({ op, group, command, seq, body }: SmpMessage): Buffer {
  const data = encodeDocument(body)
  const header = Buffer.alloc(headerBytes)
  header.writeUInt8(versionBits | op, 0)
  header.writeUInt16BE(data.length, 2)
  header.writeUInt16BE(group, 4)
  header.writeUInt8(seq, 6)
  header.writeUInt8(command, 7)
  return Buffer.concat([header, data])
}

/** Throws AppError `driver.frame` for bytes that are no message, `payload.malformed` for a body that is no CBOR. */
export function decodeSmpMessage(bytes: Buffer): SmpMessage {
  if (bytes.length < headerBytes) throw new AppError('driver.frame', `SMP: ${bytes.length} bytes are no whole header`)
  const dataBytes = bytes.readUInt16BE(2)
  if (bytes.length !== headerBytes + dataBytes) {
    throw new AppError('driver.frame', `SMP: the header says ${dataBytes} bytes, ${bytes.length - headerBytes} follow`)
  }
  return {
    op: (bytes.readUInt8(0) & 0x03) as SmpMessage['op'],
    group: bytes.readUInt16BE(4),
    seq: bytes.readUInt8(6),
    command: bytes.readUInt8(7),
    body: dataBytes === 0 ? {} : readBody(bytes.subarray(headerBytes)),
  }
}

function readBody(bytes: Uint8Array): SmpBody {
  const reader = new CborReader(bytes)
  const body = reader.value()
  if (typeof body !== 'object' || body === null || Array.isArray(body) || body instanceof Uint8Array) {
    throw new AppError('payload.malformed', 'SMP: the body is no map')
  }
  if (!reader.atEnd) throw new AppError('payload.malformed', 'SMP: bytes follow the body')
  return body as SmpBody
}
