// Finds a reply in a stream of bytes, for both ways in which Modbus is framed: RTU with a CRC, TCP with a MBAP header.

/** The reply that is waited for. `byteCount` is the third byte of a normal reply to functions 01–04. */
export interface ExpectedReply {
  readonly unitId: number
  readonly functionCode: number
  readonly byteCount: number
  readonly transactionId: number
  /** Of a write: the four bytes after the function code, in place of a byte count. */
  readonly echo?: Buffer
}

/** Unit, function, address, value or count, check sum: what confirms a write. */
export const confirmationBytes = 8

/**
 * `reply`: a frame in RTU form (unit, PDU, CRC), CRC still to be judged; `rest` are the bytes after it. `more`: nothing
 * yet, keep `rest`. `desync`: the stream's framing is lost. `discarded` bytes belong to nothing that was asked.
 */
type FramingResult =
  | { readonly kind: 'reply'; readonly frame: Buffer; readonly rest: Buffer; readonly discarded: number }
  | { readonly kind: 'more'; readonly rest: Buffer; readonly discarded: number }
  | { readonly kind: 'desync'; readonly discarded: number }

export interface ModbusFraming {
  readonly type: 'rtu' | 'mbap'
  /** The bytes to send for a request in RTU form. */
  wrap(rtuFrame: Buffer, transactionId: number): Buffer
  find(received: Buffer, expected: ExpectedReply): FramingResult
}

const exceptionFrameBytes = 5
/** The longest RTU frame is 256 bytes (Modbus over Serial Line V1.02, 2.5.1.1); more without a reply in it is noise. */
const maxKeptBytes = 512

/** CRC-16/MODBUS: initial 0xFFFF, polynomial 0xA001 reflected; appended low byte first. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}

export function withCrc(bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(bytes.length + 2)
  frame.set(bytes)
  frame.writeUInt16LE(crc16(bytes), bytes.length)
  return frame
}

export function hasRightCrc(frame: Buffer): boolean {
  return frame.length > 2 && frame.readUInt16LE(frame.length - 2) === crc16(frame.subarray(0, -2))
}

/**
 * RTU frames have no length and no transaction number. A reply is where unit, function and byte count are those asked
 * for and the CRC is right; failing that, a whole candidate at the very start, so that its wrong CRC is reported.
 */
export const rtuFraming: ModbusFraming = {
  type: 'rtu',
  wrap: (rtuFrame) => rtuFrame,
  find(received, expected) {
    for (let start = 0; start + exceptionFrameBytes <= received.length; start += 1) {
      const length = candidateLength(received, start, expected)
      if (length === undefined || start + length > received.length) continue
      const frame = received.subarray(start, start + length)
      if (start === 0 || hasRightCrc(frame)) {
        return { kind: 'reply', frame, rest: received.subarray(start + length), discarded: start }
      }
    }
    const excess = Math.max(0, received.length - maxKeptBytes)
    return { kind: 'more', rest: received.subarray(excess), discarded: excess }
  },
}

function candidateLength(received: Buffer, start: number, expected: ExpectedReply): number | undefined {
  if (received[start] !== expected.unitId) return undefined
  const functionCode = received[start + 1]
  if (functionCode === (expected.functionCode | 0x80)) return exceptionFrameBytes
  if (functionCode !== expected.functionCode) return undefined
  if (expected.echo !== undefined) {
    const said = received.subarray(start + 2, start + 6)
    return said.equals(expected.echo.subarray(0, said.length)) ? confirmationBytes : undefined
  }
  if (received[start + 2] !== expected.byteCount) return undefined
  return 3 + expected.byteCount + 2
}

const mbapBytes = 6

/** MBAP: transaction, protocol 0, length of unit + PDU (Modbus Messaging on TCP/IP V1.0b, 3.1.3). */
export const mbapFraming: ModbusFraming = {
  type: 'mbap',
  wrap(rtuFrame, transactionId) {
    const body = rtuFrame.subarray(0, -2)
    const header = Buffer.alloc(mbapBytes)
    header.writeUInt16BE(transactionId, 0)
    header.writeUInt16BE(body.length, 4)
    return Buffer.concat([header, body])
  },
  find(received, expected) {
    let rest = received
    let discarded = 0
    while (rest.length >= mbapBytes) {
      const length = rest.readUInt16BE(4)
      if (rest.readUInt16BE(2) !== 0 || length < 2 || length > 254) return { kind: 'desync', discarded: rest.length }
      const end = mbapBytes + length
      if (rest.length < end) break
      const body = rest.subarray(mbapBytes, end)
      if (rest.readUInt16BE(0) === expected.transactionId) {
        return { kind: 'reply', frame: withCrc(body), rest: rest.subarray(end), discarded }
      }
      discarded += end
      rest = rest.subarray(end)
    }
    return { kind: 'more', rest, discarded }
  },
}
