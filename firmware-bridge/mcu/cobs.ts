// Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): bytes without a zero, so that zero can end a frame.
import { AppError } from '../../broker/contract/app-error.ts'

const fullBlock = 0xff

/** The bytes in blocks: a code (1 … 255), then code − 1 bytes that are not zero. Grows by one byte, and one in each 254. */
export function encodeCobs(bytes: Uint8Array): Buffer {
  const encoded = Buffer.alloc(bytes.length + Math.ceil(bytes.length / 254) + 1)
  let codeAt = 0
  let at = 1
  for (const [index, byte] of bytes.entries()) {
    if (byte !== 0) encoded[at++] = byte
    const code = at - codeAt
    const isLast = index === bytes.length - 1
    if (byte === 0 || (code === fullBlock && !isLast)) {
      encoded[codeAt] = code
      codeAt = at
      at += 1
    }
  }
  encoded[codeAt] = at - codeAt
  return encoded.subarray(0, at)
}

/** The bytes behind an encoding without its delimiter. Throws AppError `driver.frame` for bytes that are none. */
export function decodeCobs(encoded: Uint8Array): Buffer {
  const bytes = Buffer.alloc(encoded.length)
  let length = 0
  for (let codeAt = 0; codeAt < encoded.length;) {
    const code = encoded[codeAt] ?? 0
    const end = codeAt + code
    if (code === 0 || end > encoded.length) throw new AppError('driver.frame', 'COBS: a block points past the end')
    for (let at = codeAt + 1; at < end; at += 1) {
      const byte = encoded[at] ?? 0
      if (byte === 0) throw new AppError('driver.frame', 'COBS: a zero stands inside a block')
      bytes[length++] = byte
    }
    if (code !== fullBlock && end < encoded.length) bytes[length++] = 0
    codeAt = end
  }
  return bytes.subarray(0, length)
}
