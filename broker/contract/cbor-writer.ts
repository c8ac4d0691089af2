// Writes CBOR (RFC 8949) in definite lengths and shortest heads, into one growing buffer.
import { cborMajor, type CborValue } from './cbor.ts'

const encoder = new TextEncoder()

/** Appends items; `finish` gives a copy of the bytes and leaves the writer empty for the next use. */
export class CborWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  array(length: number): void {
    this.#head(cborMajor.array, length)
  }

  map(length: number): void {
    this.#head(cborMajor.map, length)
  }

  text(value: string): void {
    this.#reserve(value.length * 3 + 9)
    if (value.length < 24 && this.#shortAscii(value)) return
    const bytes = encoder.encode(value)
    this.#head(cborMajor.text, bytes.length)
    this.raw(bytes)
  }

  /** Bytes that are already CBOR, as they are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  bytes(value: Uint8Array): void {
    this.#head(cborMajor.bytes, value.length)
    this.raw(value)
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xf5 : 0xf4)
  }

  /** The shortest of integer, single and double float that keeps the value. Minus zero becomes zero. */
  number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.#head(cborMajor.unsigned, value)
      else this.#head(cborMajor.negative, -1 - value)
      return
    }
    this.#reserve(9)
    const single = Math.fround(value) === value
    this.#byte(single ? 0xfa : 0xfb)
    if (single) this.#view.setFloat32(this.#at, value)
    else this.#view.setFloat64(this.#at, value)
    this.#at += single ? 4 : 8
  }

  value(value: CborValue): void {
    if (typeof value === 'number') this.number(value)
    else if (typeof value === 'string') this.text(value)
    else if (typeof value === 'boolean') this.boolean(value)
    else if (value === null) this.#byte(0xf6)
    else if (value === undefined) this.#byte(0xf7)
    else if (value instanceof Uint8Array) this.bytes(value)
    else if (isArray(value)) this.#arrayValue(value)
    else this.#mapValue(value)
  }

  finish(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#at)
    this.#at = 0
    return bytes
  }

  #arrayValue(items: readonly CborValue[]): void {
    this.array(items.length)
    for (const item of items) this.value(item)
  }

  /** Keys whose value is undefined are left out, as JSON does. */
  #mapValue(map: { readonly [key: string]: CborValue }): void {
    const entries = Object.entries(map).filter(([, value]) => value !== undefined)
    this.map(entries.length)
    for (const [key, value] of entries) {
      this.text(key)
      this.value(value)
    }
  }

  #shortAscii(value: string): boolean {
    const start = this.#at
    this.#bytes[this.#at++] = (cborMajor.text << 5) | value.length
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) {
        this.#at = start
        return false
      }
      this.#bytes[this.#at++] = code
    }
    return true
  }

  #head(major: number, argument: number): void {
    this.#reserve(9)
    const type = major << 5
    if (argument < 24) {
      this.#byte(type | argument)
    } else if (argument < 0x100) {
      this.#byte(type | 24)
      this.#byte(argument)
    } else if (argument < 0x1_0000) {
      this.#byte(type | 25)
      this.#view.setUint16(this.#at, argument)
      this.#at += 2
    } else if (argument < 0x1_0000_0000) {
      this.#byte(type | 26)
      this.#view.setUint32(this.#at, argument)
      this.#at += 4
    } else {
      this.#byte(type | 27)
      this.#view.setBigUint64(this.#at, BigInt(argument))
      this.#at += 8
    }
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = byte
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

function isArray(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value)
}
