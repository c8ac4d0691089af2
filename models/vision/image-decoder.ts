// Decodes an image to 8-bit RGB of a wanted size: scaled as a whole, or a band of its rows, so that a large one never is in memory whole.
import { areaReduced } from './area-kernel.ts'
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
  if (kernel === 'area' && !isNatural(image, size)) return areaScaled(image, size, rows)
  let pipeline = sharpOf(image.bytes, image.limits.maxPixels, image.isCmyk).autoOrient()
  if (!isNatural(image, size)) {
    // fastShrinkOnLoad false leaves at least a factor of two to the kernel: within a grey level of the kernel alone.
    const kernelName = kernel === 'area' ? 'linear' : kernel
    pipeline = pipeline.resize(size.width, size.height, { fit: 'fill', kernel: kernelName, fastShrinkOnLoad: false })
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
  const whole = areaReduced(await decodeScaled(image, natural, 'linear'), size)
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
