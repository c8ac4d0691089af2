// Reads the directories of a TIFF file, which is also the form of EXIF: every offset in it is checked, none is trusted.

/** Values of one entry as numbers or text; rationals are divided. Kinds that nobody here reads are left out. */
type TiffValue = string | readonly number[]

export interface TiffDirectory {
  readonly values: ReadonlyMap<number, TiffValue>
  /** Place of the next directory; 0: none. */
  readonly next: number
  /** Whether the values of every entry lie inside the bytes. */
  readonly whole: boolean
}

export interface TiffBytes {
  readonly bytes: Buffer
  readonly littleEndian: boolean
  /** Place of the first directory. */
  readonly first: number
}

const ascii = 2
/** Bytes of one value, by kind (TIFF 6.0, section 2). */
const kindBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
}
/** BYTE, ASCII, SHORT, LONG, RATIONAL: the others are not read. */
const lastReadKind = 5
const maxEntries = 512
/** A strip table of more entries than this is not read; nothing else here has that many values. */
const maxValues = 65_536

/** Undefined where the bytes are no TIFF (BigTIFF is not read). */
export function openTiff(bytes: Buffer): TiffBytes | undefined {
  if (bytes.length < 8) return undefined
  const order = bytes.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return undefined
  const littleEndian = order === 'II'
  const read16 = littleEndian ? bytes.readUInt16LE(2) : bytes.readUInt16BE(2)
  if (read16 !== 42) return undefined
  return { bytes, littleEndian, first: littleEndian ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4) }
}

/** Undefined where the directory does not lie inside the bytes; an entry whose values do not is left out. */
export function readDirectory(tiff: TiffBytes, at: number): TiffDirectory | undefined {
  const { bytes, littleEndian } = tiff
  const read16 = (place: number) => (littleEndian ? bytes.readUInt16LE(place) : bytes.readUInt16BE(place))
  const read32 = (place: number) => (littleEndian ? bytes.readUInt32LE(place) : bytes.readUInt32BE(place))
  if (at < 8 || at + 2 > bytes.length) return undefined
  const count = read16(at)
  const end = at + 2 + count * 12
  if (count > maxEntries || end + 4 > bytes.length) return undefined
  const values = new Map<number, TiffValue>()
  let whole = true
  for (let entry = at + 2; entry < end; entry += 12) {
    const kind = read16(entry + 2)
    const size = kindBytes[kind]
    const amount = read32(entry + 4)
    if (size === undefined) continue
    const place = size * amount <= 4 ? entry + 8 : read32(entry + 8)
    const inside = place + size * amount <= bytes.length
    whole &&= inside
    if (!inside || kind > lastReadKind || amount > maxValues) continue
    values.set(read16(entry), valuesAt(kind, place, amount))
  }
  return { values, next: read32(end), whole }

  function valuesAt(kind: number, place: number, amount: number): TiffValue {
    if (kind === ascii) return bytes.toString('latin1', place, place + amount).replace(/\0.*$/s, '')
    return Array.from({ length: amount }, (_, index) => {
      if (kind === 1) return bytes.readUInt8(place + index)
      if (kind === 3) return read16(place + index * 2)
      if (kind === 4) return read32(place + index * 4)
      return read32(place + index * 8) / read32(place + index * 8 + 4)
    })
  }
}

/** The first number of an entry. */
export function numberOf(directory: TiffDirectory, tag: number): number | undefined {
  const value = directory.values.get(tag)
  const [first] = typeof value === 'string' || value === undefined ? [] : value
  return first !== undefined && Number.isFinite(first) ? first : undefined
}

export function textOf(directory: TiffDirectory, tag: number): string | undefined {
  const value = directory.values.get(tag)
  return typeof value === 'string' ? value : undefined
}
