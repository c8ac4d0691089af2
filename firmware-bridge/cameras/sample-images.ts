// Small real images for tests of cameras, each of another width, so that a test knows which one it got.
import sharp from 'sharp'

const heightPx = 8

/** JPEGs of the widths 8, 9, 10, …, in order. */
export function sampleJpegs(count: number): Promise<readonly Buffer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => sampleJpeg(8 + index)))
}

/** `exif`: fields of the Exif directory, as sharp names them. */
export function sampleJpeg(widthPx: number, exif: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const image = sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#3a7' } }).jpeg()
  return (Object.keys(exif).length === 0 ? image : image.withExif({ IFD2: { ...exif } })).toBuffer()
}

export function sampleImage(format: 'png' | 'tiff', widthPx: number): Promise<Buffer> {
  return sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#3a7' } })
    .toFormat(format)
    .toBuffer()
}
