// What a simulated Modbus device answers: one request PDU in, one reply PDU out, as the application protocol v1.1b3 says.

/** Exception codes of §7. */
export const modbusExceptions = {
  illegalFunction: 1,
  illegalAddress: 2,
  illegalValue: 3,
  deviceFailure: 4,
  gatewayTargetFailed: 11,
} as const

/**
 * The tables of a device. A reader gives the 16-bit words (0 … 65535) or bits of `count` addresses from `address`
 * (0-based), or undefined where one of them does not exist. A table that is absent answers "illegal function".
 */
export interface ModbusSlave {
  readonly holding?: (address: number, count: number) => readonly number[] | undefined
  readonly input?: (address: number, count: number) => readonly number[] | undefined
  readonly coils?: (address: number, count: number) => readonly boolean[] | undefined
  readonly discrete?: (address: number, count: number) => readonly boolean[] | undefined
  /** False where the address or value is refused. */
  readonly writeHolding?: (address: number, value: number) => boolean
  readonly writeCoil?: (address: number, value: boolean) => boolean
}

/** Answers a PDU (function code and data, without unit id and check sum). */
export function answerPdu(slave: ModbusSlave, request: Buffer): Buffer {
  const code = request[0] ?? 0
  switch (code) {
    case 1:
      return readBits(code, request, slave.coils)
    case 2:
      return readBits(code, request, slave.discrete)
    case 3:
      return readWords(code, request, slave.holding)
    case 4:
      return readWords(code, request, slave.input)
    case 5:
      return writeSingle(code, request, coilWriter(slave))
    case 6:
      return writeSingle(code, request, slave.writeHolding)
    case 16:
      return writeMultiple(code, request, slave.writeHolding)
    default:
      return exceptionPdu(code, modbusExceptions.illegalFunction)
  }
}

export function exceptionPdu(functionCode: number, exception: number): Buffer {
  return Buffer.from([functionCode | 0x80, exception])
}

function readWords(code: number, request: Buffer, table: ModbusSlave['holding']): Buffer {
  if (table === undefined) return exceptionPdu(code, modbusExceptions.illegalFunction)
  if (request.length !== 5) return exceptionPdu(code, modbusExceptions.illegalValue)
  const count = request.readUInt16BE(3)
  if (count < 1 || count > 125) return exceptionPdu(code, modbusExceptions.illegalValue)
  const words = table(request.readUInt16BE(1), count)
  if (words === undefined) return exceptionPdu(code, modbusExceptions.illegalAddress)
  const reply = Buffer.alloc(2 + 2 * count)
  reply.writeUInt8(code, 0)
  reply.writeUInt8(2 * count, 1)
  words.forEach((word, index) => reply.writeUInt16BE(word & 0xffff, 2 + 2 * index))
  return reply
}

function readBits(code: number, request: Buffer, table: ModbusSlave['coils']): Buffer {
  if (table === undefined) return exceptionPdu(code, modbusExceptions.illegalFunction)
  if (request.length !== 5) return exceptionPdu(code, modbusExceptions.illegalValue)
  const count = request.readUInt16BE(3)
  if (count < 1 || count > 2000) return exceptionPdu(code, modbusExceptions.illegalValue)
  const bits = table(request.readUInt16BE(1), count)
  if (bits === undefined) return exceptionPdu(code, modbusExceptions.illegalAddress)
  const bytes = Math.ceil(count / 8)
  const reply = Buffer.alloc(2 + bytes)
  reply.writeUInt8(code, 0)
  reply.writeUInt8(bytes, 1)
  bits.forEach((bit, index) => {
    if (bit) reply[2 + (index >> 3)] = (reply[2 + (index >> 3)] ?? 0) | (1 << (index & 7))
  })
  return reply
}

type Writer = (address: number, value: number) => boolean

function coilWriter(slave: ModbusSlave): Writer | undefined {
  const write = slave.writeCoil
  if (write === undefined) return undefined
  return (address, value) => (value === 0xff00 || value === 0) && write(address, value === 0xff00)
}

function writeSingle(code: number, request: Buffer, write: Writer | undefined): Buffer {
  if (write === undefined) return exceptionPdu(code, modbusExceptions.illegalFunction)
  if (request.length !== 5) return exceptionPdu(code, modbusExceptions.illegalValue)
  return write(request.readUInt16BE(1), request.readUInt16BE(3))
    ? request
    : exceptionPdu(code, modbusExceptions.illegalAddress)
}

function writeMultiple(code: number, request: Buffer, write: Writer | undefined): Buffer {
  if (write === undefined) return exceptionPdu(code, modbusExceptions.illegalFunction)
  const count = request.length >= 6 ? request.readUInt16BE(3) : 0
  if (count < 1 || count > 123 || request.length !== 6 + 2 * count)
    return exceptionPdu(code, modbusExceptions.illegalValue)
  const address = request.readUInt16BE(1)
  for (let index = 0; index < count; index += 1) {
    if (!write(address + index, request.readUInt16BE(6 + 2 * index)))
      return exceptionPdu(code, modbusExceptions.illegalAddress)
  }
  return request.subarray(0, 5)
}

/** A table from single words by address; every other address does not exist. */
export function sparseTable(
  words: ReadonlyMap<number, number>,
): (address: number, count: number) => readonly number[] | undefined {
  return (address, count) => {
    const found: number[] = []
    for (let at = address; at < address + count; at += 1) {
      const word = words.get(at)
      if (word === undefined) return undefined
      found.push(word)
    }
    return found
  }
}

/** The two registers of an IEEE-754 float32, most significant word first (ABCD). */
export function float32Words(value: number): readonly [number, number] {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatBE(value)
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
}

/** A signed number as the word that carries it. */
export function int16Word(value: number): number {
  return Math.round(Math.max(-32_768, Math.min(32_767, value))) & 0xffff
}
