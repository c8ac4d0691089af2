// The header of a camera's plain JPEG, read here: asking libvips costs a fiftieth of a verdict, and most frames have nothing more to say.

/** What `sharp.metadata()` would say of it. */
interface PlainJpeg {
  readonly width: number
  readonly height: number
  readonly depth: 'uchar'
  readonly space: 'srgb' | 'b-w'
  readonly isProgressive: false
  readonly pages?: undefined
  readonly orientation?: undefined
}

/**
 * The size of a sequential JPEG with 8 bits, one or three components and no EXIF or XMP; undefined for every other one, also for a
 * damaged one: the decoder then says what it is. Markers and segments: ITU-T T.81, B.1 and B.2.2.
 */
export function plainJpegSize(bytes: Uint8Array): PlainJpeg | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 2; at + 10 <= bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at)
    if (isFrame(marker)) return frameOf(view, at)
    if (!isSkipped(marker)) return undefined
  }
  return undefined
}

/** SOF0 and SOF1: sequential, Huffman. */
const isFrame = (marker: number): boolean => marker === 0xffc0 || marker === 0xffc1

/** Tables, restart interval, comments and APPn but APP1, which holds EXIF and with it the orientation. */
const isSkipped = (marker: number): boolean =>
  marker === 0xffdb ||
  marker === 0xffc4 ||
  marker === 0xffdd ||
  marker === 0xfffe ||
  (marker >= 0xffe0 && marker <= 0xffef && marker !== 0xffe1)

function frameOf(view: DataView, at: number): PlainJpeg | undefined {
  const [bits, height, width, components] = [
    view.getUint8(at + 4),
    view.getUint16(at + 5),
    view.getUint16(at + 7),
    view.getUint8(at + 9),
  ]
  if (bits !== 8 || height === 0 || width === 0 || (components !== 1 && components !== 3)) return undefined
  return { width, height, depth: 'uchar', space: components === 1 ? 'b-w' : 'srgb', isProgressive: false }
}
