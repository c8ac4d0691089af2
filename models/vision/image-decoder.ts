// Decodes an image to 8-bit RGB of a wanted size: scaled as a whole, or a band of its rows, so that a large one never is in memory whole.
import { areaReduced } from './area-kernel.ts'
import { enlargedColumns, enlargedRows, neededSource } from './enlarge-kernel.ts'
import { decoderRefusal, type ProbedImage } from './image-probe.ts'
import { imageRefusal } from './image-refusal.ts'
import { type RgbImage, sharpOf } from './sharp-settings.ts'

/** As `ImageDefinition.kernel`. */
export type Kernel = 'linear' | 'cubic' | 'lanczos3' | 'area'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Rows {
  readonly top: number
  readonly height: number
}

/** The area kernel is ours and needs the whole picture. */
const maxAreaPixels = 24e6

/**
 * The image upright and stretched to `size`; with `rows` only those of the stretched image. 16 bits are cut to 8, CMYK goes
 * through its profile to sRGB, transparency is left out (the colour below it counts), grey has three equal channels.
 * Throws AppError `image.invalid`.
 */
export async function decodeScaled(image: ProbedImage, size: Size, kernel: Kernel, rows?: Rows): Promise<RgbImage> {
  if (isNatural(image, size)) return decoded(image, size, 'linear', rows)
  if (kernel === 'area') return areaScaled(image, size, rows)
  const isLarger = size.width > image.widthPx || size.height > image.heightPx
  return isLarger ? enlarged(image, size, kernel, rows) : decoded(image, size, kernel, rows)
}

/** Sides that shrink are scaled while the image is decoded, those that grow afterwards. */
async function enlarged(
  image: ProbedImage,
  size: Size,
  kernel: SharpKernel,
  rows: Rows = { top: 0, height: size.height },
): Promise<RgbImage> {
  const width = Math.min(size.width, image.widthPx)
  const grows = size.width > image.widthPx
  if (size.height <= image.heightPx) {
    return enlargedColumns(await decoded(image, { width, height: size.height }, kernel, rows), size.width, kernel)
  }
  const stretch = { source: image.heightPx, target: size.height, from: rows.top, count: rows.height }
  const needed = neededSource(stretch, kernel)
  const band = { top: needed.from, height: needed.count }
  const part = await decoded(image, { width, height: image.heightPx }, kernel, band)
  return enlargedRows(grows ? enlargedColumns(part, size.width, kernel) : part, stretch, needed.from, kernel)
}

type SharpKernel = Exclude<Kernel, 'area'>

/** `size`: not larger than the image in width or height. */
async function decoded(image: ProbedImage, size: Size, kernel: SharpKernel, rows?: Rows): Promise<RgbImage> {
  let pipeline = sharpOf(image.bytes, image.limits.maxPixels, image.isCmyk).autoOrient()
  if (!isNatural(image, size)) {
    // fastShrinkOnLoad false leaves at least a factor of two to the kernel: within a grey level of the kernel alone.
    pipeline = pipeline.resize(size.width, size.height, { fit: 'fill', kernel, fastShrinkOnLoad: false })
  }
  if (rows !== undefined) pipeline = pipeline.extract({ left: 0, width: size.width, ...rows })
  try {
    const { data, info } = await pipeline
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    if (info.channels !== 3)
      throw imageRefusal('malformed', `${String(info.channels)} channels after the conversion to RGB`)
    return { data, width: info.width, height: info.height }
  } catch (cause) {
    throw decoderRefusal(cause)
  }
}

async function areaScaled(image: ProbedImage, size: Size, rows: Rows | undefined): Promise<RgbImage> {
  if (image.widthPx * image.heightPx > maxAreaPixels) throw imageRefusal('too-large', 'for the kernel area')
  const natural = { width: image.widthPx, height: image.heightPx }
  const whole = areaReduced(await decoded(image, natural, 'linear'), size)
  if (rows === undefined) return whole
  const rowBytes = size.width * 3
  return {
    data: whole.data.subarray(rows.top * rowBytes, (rows.top + rows.height) * rowBytes),
    width: size.width,
    height: rows.height,
  }
}

function isNatural(image: ProbedImage, { width, height }: Size): boolean {
  return image.widthPx === width && image.heightPx === height
}
