// SMP on a serial line among other text: packets in base64 lines of at most 127 bytes, as Zephyr's console transport has them.
import { AppError } from '../../broker/contract/app-error.ts'
import { crc16 } from './crc16.ts'

const firstMark = 0x0609
const nextMark = 0x0414
const markBytes = 2
const lineEnd = 0x0a
/** Zephyr's limit for a whole line: mark, base64 and line end. */
const maxLineBytes = 127
const rawBytesOfLine = Math.floor((maxLineBytes - markBytes - 1) / 4) * 3
const lengthBytes = 2
const crcBytes = 2
const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/

/** Of a received packet: no answer of a board comes near it. */
const maxPacketBytes = 8192
/** The longest line worth keeping; boards with larger buffers send longer ones than Zephyr. */
export const maxConsoleLineBytes = 1024
export const consoleDelimiters: readonly number[] = [lineEnd, 0x0d, 0x00]

/** The lines of one packet: its length with the CRC (2 bytes, high first), the packet, its CRC-16/XMODEM (high first). */
export function encodeConsolePacket(packet: Uint8Array): Buffer {
  const raw = Buffer.alloc(lengthBytes + packet.length + crcBytes)
  raw.writeUInt16BE(packet.length + crcBytes, 0)
  raw.set(packet, lengthBytes)
  raw.writeUInt16BE(crc16(packet), raw.length - crcBytes)
  const lines: Buffer[] = []
  for (let at = 0; at < raw.length; at += rawBytesOfLine) {
    const mark = Buffer.alloc(markBytes)
    mark.writeUInt16BE(at === 0 ? firstMark : nextMark, 0)
    const base64 = raw.subarray(at, at + rawBytesOfLine).toString('base64')
    lines.push(mark, Buffer.from(`${base64}\n`, 'latin1'))
  }
  return Buffer.concat(lines)
}

/** True for a line that belongs to SMP and not to a log or a sensor. */
export function isConsoleLine(line: Uint8Array): boolean {
  const mark = ((line[0] ?? 0) << 8) | (line[1] ?? 0)
  return mark === firstMark || mark === nextMark
}

/** Joins lines to packets. Bound: one packet of `maxPacketBytes`; a packet that a new one cuts short is gone. */
export class ConsoleAssembler {
  #raw: Buffer = Buffer.alloc(0)
  #expectedBytes = 0

  /**
   * Takes a line without its end: the packet that it completes, or undefined. Throws AppError `driver.frame` or
   * `driver.crc`; what follows is read afresh.
   */
  push(line: Buffer): Buffer | undefined {
    const mark = line.length < markBytes ? 0 : line.readUInt16BE(0)
    if (mark === firstMark) this.#begin()
    else if (mark !== nextMark) return undefined
    else if (this.#raw.length === 0) throw malformed('a line continues a packet whose beginning did not arrive')
    this.#append(line.toString('latin1', markBytes))
    if (this.#raw.length < lengthBytes + this.#expectedBytes) return undefined
    return this.#finish()
  }

  clear(): void {
    this.#begin()
  }

  #begin(): void {
    this.#raw = Buffer.alloc(0)
    this.#expectedBytes = 0
  }

  #append(base64: string): void {
    if (!base64Pattern.test(base64) || base64.length % 4 !== 0) throw this.#broken('a line is not base64')
    const isFirst = this.#raw.length === 0
    this.#raw = Buffer.concat([this.#raw, Buffer.from(base64, 'base64')])
    if (!isFirst) return
    if (this.#raw.length < lengthBytes) throw this.#broken('a line is too short for a length')
    this.#expectedBytes = this.#raw.readUInt16BE(0)
    if (this.#expectedBytes < crcBytes || this.#expectedBytes > maxPacketBytes) {
      throw this.#broken(`a packet of ${this.#expectedBytes} bytes cannot be`)
    }
  }

  #finish(): Buffer {
    const packet = this.#raw.subarray(lengthBytes)
    const expectedBytes = this.#expectedBytes
    this.#begin()
    if (packet.length > expectedBytes) throw malformed('a packet is longer than it says')
    if (crc16(packet) !== 0) throw new AppError('driver.crc', 'SMP: a packet has a wrong check sum')
    return packet.subarray(0, -crcBytes)
  }

  #broken(reason: string): AppError {
    this.#begin()
    return malformed(reason)
  }
}

function malformed(reason: string): AppError {
  return new AppError('driver.frame', `SMP: ${reason}`)
}
