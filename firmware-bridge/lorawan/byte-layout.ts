// Numbers in the bytes of an uplink by a declared layout, so that a sensor that nobody has seen is data and not code.
import type { ByteSource, LayoutType } from '../mqtt/profile-schemas.ts'

/** Bytes of each type. */
export const layoutBytes: Readonly<Record<LayoutType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint24: 3,
  int24: 3,
  uint32: 4,
  int32: 4,
  float32: 4,
  float64: 8,
}

/** `absent`: the channel is not in such an uplink. `short`: it should be, and the payload ends before it. */
export type LayoutValue = number | 'absent' | 'short'

/** The raw number of a channel in an uplink of this port. */
export function readByteLayout(source: ByteSource, payload: Uint8Array, fPort: number): LayoutValue {
  if (source.fPort !== undefined && source.fPort !== fPort) return 'absent'
  if (source.when !== undefined && fieldOf(source.when, payload) !== source.when.equals) return 'absent'
  return fieldOf(source, payload) ?? 'short'
}

type Field = Pick<ByteSource, 'offset' | 'type' | 'endian' | 'bits'>

/** Undefined: the payload is too short. */
function fieldOf({ offset, type, endian = 'big', bits }: Field, payload: Uint8Array): number | undefined {
  const length = layoutBytes[type]
  const at = offset < 0 ? payload.length + offset : offset
  if (at < 0 || at + length > payload.length) return undefined
  if (type === 'float32' || type === 'float64') return floatAt(payload, at, type, endian === 'little')
  let value = 0
  for (let index = 0; index < length; index += 1) {
    const byte = payload[endian === 'little' ? at + length - 1 - index : at + index] ?? 0
    value = value * 256 + byte
  }
  if (bits !== undefined) return bitsOf(value, bits)
  return type.startsWith('int') ? inTwosComplement(value, 8 * length) : value
}

function floatAt(payload: Uint8Array, at: number, type: 'float32' | 'float64', little: boolean): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  return type === 'float32' ? view.getFloat32(at, little) : view.getFloat64(at, little)
}

/** By division, because bits 31 and 32 do not fit JavaScript's shifts. */
function bitsOf(value: number, { from, length, signed = false }: NonNullable<ByteSource['bits']>): number {
  const field = Math.floor(value / 2 ** from) % 2 ** length
  return signed ? inTwosComplement(field, length) : field
}

function inTwosComplement(value: number, bits: number): number {
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value
}
