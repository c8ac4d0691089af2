// Requests out of a byte stream and replies into it, for Modbus RTU and Modbus TCP.

export interface FramedRequest {
  readonly unitId: number
  /** Function code and data. */
  readonly pdu: Buffer
  readonly frame: (replyPdu: Buffer) => Buffer
  /** The same reply with the check broken: the CRC in RTU, the transaction id in TCP. */
  readonly breakCheck: (reply: Buffer) => Buffer
}

/** Takes bytes as they come and gives the requests that they complete. */
export type Deframer = (bytes: Buffer) => readonly FramedRequest[]

/** CRC-16/MODBUS, written apart from the driver's so that the two check each other: initial 0xFFFF, reflected polynomial 0xA001. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}

function rtuFrame(unitId: number, pdu: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.from([unitId]), pdu, Buffer.alloc(2)])
  frame.writeUInt16LE(crc16(frame.subarray(0, -2)), frame.length - 2)
  return frame
}

/** A bus hears at most one ADU (256 bytes) plus the start of the next: older bytes cannot belong to a request. */
const rtuBufferBytes = 512

/** RTU has no length field: the function code tells it. Bytes that fit no request with a right CRC are skipped one by one. */
export function createRtuDeframer(): Deframer {
  let pending = Buffer.alloc(0)
  return (bytes) => {
    pending = Buffer.concat([pending, bytes]).subarray(-rtuBufferBytes)
    const requests: FramedRequest[] = []
    while (pending.length >= 4) {
      const length = rtuRequestLength(pending)
      if (length > pending.length) break
      const body = pending.subarray(0, length - 2)
      if (length > 0 && pending.readUInt16LE(length - 2) === crc16(body)) {
        requests.push(rtuRequest(Buffer.from(body)))
        pending = pending.subarray(length)
      } else {
        pending = pending.subarray(1)
      }
    }
    return requests
  }
}

/** Length of the request that may begin here, check sum included; 0 where no request begins like this. */
function rtuRequestLength(bytes: Buffer): number {
  const code = bytes[1] ?? 0
  if (code >= 1 && code <= 6) return 8
  if (code !== 15 && code !== 16) return 0
  return bytes.length < 7 ? 9 : 9 + (bytes[6] ?? 0)
}

function rtuRequest(body: Buffer): FramedRequest {
  const unitId = body[0] ?? 0
  return {
    unitId,
    pdu: body.subarray(1),
    frame: (replyPdu) => rtuFrame(unitId, replyPdu),
    breakCheck: (reply) => flipByte(reply, reply.length - 1),
  }
}

const mbapBytes = 7
const maxPduBytes = 253

/** Modbus TCP: an MBAP header (transaction, protocol 0, length, unit id) before each PDU. A header that cannot be right drops what was read. */
export function createTcpDeframer(): Deframer {
  let pending = Buffer.alloc(0)
  return (bytes) => {
    pending = Buffer.concat([pending, bytes])
    const requests: FramedRequest[] = []
    while (pending.length > mbapBytes) {
      const length = pending.readUInt16BE(4)
      if (pending.readUInt16BE(2) !== 0 || length < 2 || length > maxPduBytes + 1) {
        pending = Buffer.alloc(0)
        break
      }
      if (pending.length < 6 + length) break
      requests.push(tcpRequest(Buffer.from(pending.subarray(0, 6 + length))))
      pending = pending.subarray(6 + length)
    }
    return requests
  }
}

function tcpRequest(adu: Buffer): FramedRequest {
  const unitId = adu[6] ?? 0
  return {
    unitId,
    pdu: adu.subarray(mbapBytes),
    frame(replyPdu) {
      const header = Buffer.from(adu.subarray(0, mbapBytes))
      header.writeUInt16BE(replyPdu.length + 1, 4)
      return Buffer.concat([header, replyPdu])
    },
    breakCheck: (reply) => flipByte(reply, 0),
  }
}

function flipByte(frame: Buffer, at: number): Buffer {
  const broken = Buffer.from(frame)
  broken[at] = (broken[at] ?? 0) ^ 0x55
  return broken
}
