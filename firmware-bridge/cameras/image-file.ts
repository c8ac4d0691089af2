// Whether bytes are one whole image, of which size, and what it says of its exposure: JPEG, PNG and TIFF, without decoding.
import type { FrameFormat } from './frame.ts'
import { JpegCutter } from './jpeg-cutter.ts'
import { numberOf, openTiff, readDirectory, type TiffBytes, type TiffDirectory } from './tiff-directory.ts'

interface ImageFacts {
  readonly format: FrameFormat
  readonly widthPx: number
  readonly heightPx: number
  /** The TIFF structure that holds EXIF, where there is one. */
  readonly exif: Buffer | undefined
}

/** What is known of an image file: `whole`, `unfinished` (more bytes may make it whole), or `foreign` (never). */
export type ImageFile =
  | { readonly kind: 'whole'; readonly facts: ImageFacts }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'foreign' }

const unfinished: ImageFile = { kind: 'unfinished' }
const foreign: ImageFile = { kind: 'foreign' }

export function readImageFile(bytes: Buffer): ImageFile {
  if (bytes.length < 8) return unfinished
  if (bytes.readUInt16BE(0) === 0xffd8) return jpegFile(bytes)
  if (bytes.subarray(0, 8).equals(pngSignature)) return pngFile(bytes)
  const tiff = openTiff(bytes)
  return tiff === undefined ? foreign : tiffFile(tiff)
}

/** Only the first image counts: what phones put behind it (a second view, a video) is no part of the photograph. */
function jpegFile(bytes: Buffer): ImageFile {
  let first: Buffer | undefined
  let broken = false
  const cutter = new JpegCutter({
    maxBytes: bytes.length,
    nowMs: () => 0,
    onImage: (image) => (first ??= image),
    onDrop: () => (broken ||= first === undefined),
  })
  cutter.push(bytes)
  if (first === undefined) return broken ? foreign : unfinished
  const facts = broken ? undefined : readJpeg(first)
  return facts === undefined ? foreign : { kind: 'whole', facts }
}

/** The facts of a whole JPEG (SOI to EOI); undefined where it has no frame header or no size. */
function readJpeg(bytes: Buffer): ImageFacts | undefined {
  let exif: Buffer | undefined
  for (let at = 2; at + 4 <= bytes.length;) {
    const code = bytes[at + 1] ?? 0
    if (bytes[at] !== 0xff) return undefined
    if (code === 0xff || (code >= 0xd0 && code <= 0xd7)) {
      at += code === 0xff ? 1 : 2
      continue
    }
    const length = bytes.readUInt16BE(at + 2)
    const body = bytes.subarray(at + 4, at + 2 + length)
    if (code === 0xe1 && body.toString('latin1', 0, 6) === 'Exif\0\0') exif ??= body.subarray(6)
    if (isFrameHeader(code)) {
      if (body.length < 5) return undefined
      const [heightPx, widthPx] = [body.readUInt16BE(1), body.readUInt16BE(3)]
      return widthPx === 0 || heightPx === 0 ? undefined : { format: 'jpeg', widthPx, heightPx, exif }
    }
    if (code === 0xda || code === 0xd9) return undefined
    at += 2 + length
  }
  return undefined
}

/** SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, table B.1). */
function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex')

/** Chunks of length, type, body and check sum up to IEND (PNG, 5.3). */
function pngFile(bytes: Buffer): ImageFile {
  if (bytes.length < 33) return unfinished
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return foreign
  let exif: Buffer | undefined
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (!/^[A-Za-z]{4}$/.test(type)) return foreign
    if (at + 12 + length > bytes.length) return unfinished
    if (type === 'eXIf') exif = bytes.subarray(at + 8, at + 8 + length)
    if (type === 'IEND') return whole('png', bytes.readUInt32BE(16), bytes.readUInt32BE(20), exif)
    at += 12 + length
  }
  return unfinished
}

const tiffTags = { width: 256, height: 257, data: [273, 324], dataBytes: [279, 325] } as const
const maxDirectories = 64

/** A TIFF has no end mark: it is whole when its directories and all their strips or tiles lie inside the file. */
function tiffFile(tiff: TiffBytes): ImageFile {
  const first = readDirectory(tiff, tiff.first)
  if (first === undefined) return unfinished
  let directory: TiffDirectory | undefined = first
  for (let count = 0; directory !== undefined && count < maxDirectories; count += 1) {
    if (!directory.whole || dataEnd(directory) > tiff.bytes.length) return unfinished
    if (directory.next === 0) {
      return whole('tiff', numberOf(first, tiffTags.width), numberOf(first, tiffTags.height), tiff.bytes)
    }
    directory = readDirectory(tiff, directory.next)
  }
  return directory === undefined ? unfinished : foreign
}

/** Infinity where the directory has no place of its image data. */
function dataEnd({ values }: TiffDirectory): number {
  const ends = tiffTags.data.flatMap((tag, kind) => {
    const places = values.get(tag)
    const lengths = values.get(tiffTags.dataBytes[kind] ?? 0)
    if (typeof places === 'string' || typeof lengths === 'string') return []
    return (places ?? []).map((place, index) => place + (lengths?.[index] ?? Infinity))
  })
  return ends.reduce((last, end) => Math.max(last, end), ends.length === 0 ? Infinity : 0)
}

function whole(
  format: FrameFormat,
  widthPx: number | undefined,
  heightPx: number | undefined,
  exif: Buffer | undefined,
): ImageFile {
  if (widthPx === undefined || heightPx === undefined || widthPx === 0 || heightPx === 0) return foreign
  return { kind: 'whole', facts: { format, widthPx, heightPx, exif } }
}
