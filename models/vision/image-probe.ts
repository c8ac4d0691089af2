// What an image is before anything of it is decoded: hostile or unfit ones are refused here, by their header alone.
import type { Metadata } from 'sharp'
import { imageRefusal } from './image-refusal.ts'
import { plainJpegSize } from './plain-jpeg.ts'
import { sharpOf } from './sharp-settings.ts'

export interface ImageLimits {
  /** Width times height, from the header. */
  readonly maxPixels: number
  readonly maxBytes: number
}

/** 64 MP: the largest drone pictures have 50. A JPEG is decoded line by line, so the pixels are never all in memory. */
const defaultLimits: ImageLimits = { maxPixels: 64e6, maxBytes: 64 * 2 ** 20 }

/** Decoders that cannot give lines in order hold the whole picture: of those only so many pixels are taken. */
const maxPixelsAtOnce = 24e6
const minSidePx = 8

export interface ProbedImage {
  readonly bytes: Uint8Array
  readonly limits: ImageLimits
  /** Pixels as a person sees the image, with EXIF's orientation applied. */
  readonly widthPx: number
  readonly heightPx: number
  readonly isCmyk: boolean
}

type Format = 'jpeg' | 'png' | 'tiff' | 'webp'

/** Throws AppError `image.invalid`; image-refusal.ts lists the faults. */
export async function probeImage(bytes: Uint8Array, limits: ImageLimits = defaultLimits): Promise<ProbedImage> {
  const format = formatOf(bytes, limits)
  const found = (format === 'jpeg' ? plainJpegSize(bytes) : undefined) ?? (await decoderMetadata(bytes, limits))
  const { width, height, depth, pages = 1, space, orientation = 1, isProgressive } = found
  const pixels = width * height
  if (width < minSidePx || height < minSidePx) throw imageRefusal('too-small', `${width} × ${height} pixels`)
  if (pixels > limits.maxPixels)
    throw imageRefusal('too-large', `${megapixels(pixels)}, at most ${megapixels(limits.maxPixels)}`)
  const isWhole = format !== 'jpeg' || isProgressive || orientation > 1
  if (isWhole && pixels > maxPixelsAtOnce) {
    throw imageRefusal(
      'too-large',
      `${megapixels(pixels)} that are decoded at once, at most ${megapixels(maxPixelsAtOnce)}`,
    )
  }
  if (format === 'webp' && pages > 1) throw imageRefusal('animated', `${pages} pictures`)
  if (depth !== 'uchar' && depth !== 'ushort') throw imageRefusal('depth', `${depth} samples`)
  const upright = orientation < 5
  return {
    bytes,
    limits,
    widthPx: upright ? width : height,
    heightPx: upright ? height : width,
    isCmyk: space === 'cmyk',
  }
}

/** What libvips reads in the header. */
async function decoderMetadata(bytes: Uint8Array, { maxPixels }: ImageLimits): Promise<Metadata> {
  try {
    return await sharpOf(bytes, maxPixels).metadata()
  } catch (cause) {
    throw decoderRefusal(cause)
  }
}

/** By the first bytes, so that no other decoder of the library ever sees them. */
function formatOf(bytes: Uint8Array, { maxBytes }: ImageLimits): Format {
  if (bytes.length === 0) throw imageRefusal('empty', 'the image has no bytes')
  if (bytes.length > maxBytes) throw imageRefusal('too-large', `${bytes.length} bytes, at most ${maxBytes}`)
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64))
  const latin = head.toString('latin1')
  if (latin.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (latin.startsWith('\x89PNG\r\n\x1a\n')) return pngFormat(bytes)
  if (latin.startsWith('II*\0') || latin.startsWith('MM\0*')) return 'tiff'
  if (latin.startsWith('RIFF') && latin.slice(8, 12) === 'WEBP') return 'webp'
  throw imageRefusal('unknown-format', 'neither JPEG, PNG, TIFF nor WebP')
}

/** An animated PNG says so in a chunk `acTL` before its first picture; libpng would show that one alone. */
function pngFormat(bytes: Uint8Array): 'png' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 8; at + 8 <= bytes.length;) {
    const type = view.getUint32(at + 4)
    if (type === chunk('acTL')) throw imageRefusal('animated', 'the PNG has a control chunk of an animation')
    if (type === chunk('IDAT')) return 'png'
    at += 12 + view.getUint32(at)
  }
  return 'png'
}

const chunk = (name: string): number => Buffer.from(name, 'latin1').readUInt32BE(0)
const megapixels = (pixels: number): string => `${(pixels / 1e6).toFixed(1)} MP`

/** What libvips says, as a refusal: its words are for people, the fault is ours. */
export function decoderRefusal(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause)
  const [line = ''] = message.split('\n')
  if (/pixel limit/i.test(message)) return imageRefusal('too-large', line, cause)
  if (
    /premature end of (JPEG|input)|truncat|unexpected end|end of (file|stream)|not enough|out of order read/i.test(
      message,
    )
  ) {
    return imageRefusal('truncated', line, cause)
  }
  if (/unsupported image format/i.test(message)) return imageRefusal('unknown-format', line, cause)
  return imageRefusal('malformed', line, cause)
}
