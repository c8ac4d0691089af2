// A small CBOR codec (RFC 8949) for hostile bytes on the hot path: no allocation that the input's own length does not pay for.
import { AppError } from './app-error.ts'
import { TextCache } from './text-cache.ts'

/** Major types, RFC 8949 §3.1. */
export const cborMajor = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const

const maxDepth = 16
const breakByte = 0xff
const maxCachedText = 32
const texts = new TextCache()
const utf8 = new TextDecoder('utf-8', { fatal: true })

export type CborValue =
  | number
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue }

function malformed(reason: string): AppError {
  return new AppError('payload.malformed', `CBOR: ${reason}`)
}

/** A cursor over one CBOR item. Every method throws AppError `payload.malformed` at the first byte that is not as asked. */
export class CborReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  /** Of the head last read by `head()`: its major type, its argument, and whether its length is indefinite. */
  major = 0
  argument = 0
  indefinite = false
  #info = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get position(): number {
    return this.#at
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The major type of the next item, without moving. */
  peekMajor(): number {
    return this.#byteAt(this.#at) >> 5
  }

  /** Reads a head into `major`, `argument` and `indefinite`. */
  head(): void {
    const first = this.#byteAt(this.#at++)
    this.major = first >> 5
    const info = first & 0x1f
    this.#info = info
    this.indefinite = false
    if (info < 24) this.argument = info
    else if (info <= 27) this.argument = this.#argument(1 << (info - 24))
    else if (info === 31 && this.major >= cborMajor.bytes && this.major <= cborMajor.map) this.indefinite = true
    else throw malformed(`reserved additional information ${info}`)
  }

  /** Enters an array or map: the number of its items, or −1 when it ends with a break. A claim larger than the rest of the bytes is refused. */
  enter(major: 4 | 5): number {
    this.head()
    if (this.major !== major) throw malformed(major === 4 ? 'an array is expected' : 'a map is expected')
    if (this.indefinite) return -1
    if (this.argument > this.#bytes.length - this.#at) throw malformed('a length points past the end')
    return this.argument
  }

  /** Inside an indefinite item: true, and past it, when the next byte is the break. */
  takeBreak(): boolean {
    if (this.#byteAt(this.#at) !== breakByte) return false
    this.#at += 1
    return true
  }

  text(): string {
    this.head()
    if (this.major !== cborMajor.text) throw malformed('a text string is expected')
    return this.#textBody()
  }

  /** Any number: integer, half, single or double float, or a decimal fraction (tag 4, RFC 8949 §3.4.4). */
  number(): number {
    this.head()
    switch (this.major) {
      case cborMajor.unsigned:
        return this.argument
      case cborMajor.negative:
        return -1 - this.argument
      case cborMajor.simple:
        if (this.#info >= 25 && this.#info <= 27) return this.#float()
        break
      case cborMajor.tag:
        if (this.argument === 4) return this.#decimalFraction()
        break
      default:
    }
    throw malformed('a number is expected')
  }

  boolean(): boolean {
    this.head()
    if (this.major === cborMajor.simple && this.#info === 20) return false
    if (this.major === cborMajor.simple && this.#info === 21) return true
    throw malformed('a boolean is expected')
  }

  bytes(): Uint8Array {
    this.head()
    if (this.major !== cborMajor.bytes) throw malformed('a byte string is expected')
    return this.#chunks(cborMajor.bytes)
  }

  /** Passes over one whole item, checking that it is well-formed (RFC 8949 Appendix C). */
  skip(depth = 0): void {
    this.value(depth)
  }

  /** Reads any item. Maps become objects without a prototype; tags are dropped, but for decimal fractions. */
  value(depth = 0): CborValue {
    if (depth > maxDepth) throw malformed(`nested deeper than ${maxDepth}`)
    switch (this.peekMajor()) {
      case cborMajor.unsigned:
      case cborMajor.negative:
        return this.number()
      case cborMajor.bytes:
        return this.bytes()
      case cborMajor.text:
        return this.text()
      case cborMajor.array:
        return this.#array(depth)
      case cborMajor.map:
        return this.#map(depth)
      case cborMajor.tag:
        return this.#tagged(depth)
      default:
        return this.#simple()
    }
  }

  #array(depth: number): readonly CborValue[] {
    const items: CborValue[] = []
    const length = this.enter(cborMajor.array)
    for (let index = 0; length < 0 ? !this.takeBreak() : index < length; index += 1) items.push(this.value(depth + 1))
    return items
  }

  #map(depth: number): { readonly [key: string]: CborValue } {
    const map = Object.create(null) as Record<string, CborValue>
    const length = this.enter(cborMajor.map)
    for (let index = 0; length < 0 ? !this.takeBreak() : index < length; index += 1) {
      const key = this.peekMajor() === cborMajor.text ? this.text() : String(this.number())
      map[key] = this.value(depth + 1)
    }
    return map
  }

  #tagged(depth: number): CborValue {
    const start = this.#at
    this.head()
    if (this.argument !== 4) return this.value(depth + 1)
    this.#at = start
    return this.number()
  }

  #simple(): CborValue {
    this.head()
    if (this.#info >= 25 && this.#info <= 27) return this.#float()
    if (this.#info === 20 || this.#info === 21) return this.#info === 21
    if (this.#info === 22) return null
    if (this.#info === 23) return undefined
    throw malformed(`simple value ${this.argument} has no meaning here`)
  }

  #decimalFraction(): number {
    if (this.enter(cborMajor.array) !== 2) throw malformed('a decimal fraction has two parts')
    const exponent = this.#integer()
    const mantissa = this.#integer()
    return Number(`${mantissa}e${exponent}`)
  }

  #integer(): number {
    this.head()
    if (this.major === cborMajor.unsigned) return this.argument
    if (this.major === cborMajor.negative) return -1 - this.argument
    throw malformed('an integer is expected')
  }

  #float(): number {
    const end = this.#at
    if (this.#info === 27) return this.#view.getFloat64(end - 8)
    if (this.#info === 26) return this.#view.getFloat32(end - 4)
    return halfFloat(this.#view.getUint16(end - 2))
  }

  #argument(width: number): number {
    const at = this.#at
    if (at + width > this.#bytes.length) throw malformed('the bytes end inside a head')
    this.#at = at + width
    if (width === 1) return this.#view.getUint8(at)
    if (width === 2) return this.#view.getUint16(at)
    if (width === 4) return this.#view.getUint32(at)
    return this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4)
  }

  #textBody(): string {
    if (this.indefinite) return decodeUtf8(this.#chunks(cborMajor.text))
    const from = this.#at
    const length = this.argument
    if (length > this.#bytes.length - from) throw malformed('a length points past the end')
    this.#at = from + length
    const short = length <= maxCachedText ? texts.find(this.#bytes, from, length) : undefined
    return short ?? decodeUtf8(this.#bytes.subarray(from, this.#at))
  }

  #chunks(major: number): Uint8Array {
    if (!this.indefinite) return this.#take(this.argument)
    const parts: Uint8Array[] = []
    while (!this.takeBreak()) {
      this.head()
      if (this.major !== major || this.indefinite) throw malformed('a chunk of another kind')
      parts.push(this.#take(this.argument))
    }
    return Buffer.concat(parts)
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw malformed('a length points past the end')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #byteAt(at: number): number {
    const byte = this.#bytes[at]
    if (byte === undefined) throw malformed('the bytes end too early')
    return byte
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new AppError('payload.malformed', 'CBOR: a text string is not UTF-8', { cause })
  }
}

/** RFC 8949 Appendix D. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent !== 31) return sign * (mantissa + 1024) * 2 ** (exponent - 25)
  return mantissa === 0 ? sign * Infinity : NaN
}
