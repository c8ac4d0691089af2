// sharp set for a small gateway: one thread, no cache, nothing but the pixels of the first picture.
import sharp, { type Sharp } from 'sharp'

sharp.cache(false)
sharp.concurrency(1)

/**
 * A pipeline over an encoded image. Damage that the decoder sees is an error: half a picture gets no verdict. `isCmyk`
 * applies the embedded profile, else colours are taken as they stand, as training does.
 */
export function sharpOf(bytes: Uint8Array, maxPixels: number, isCmyk = false): Sharp {
  return sharp(bytes, {
    limitInputPixels: maxPixels,
    failOn: 'warning',
    sequentialRead: true,
    ignoreIcc: !isCmyk,
    pages: 1,
  })
}

/** A pipeline over 8-bit RGB pixels. */
export function sharpOfRgb({ data, width, height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } })
}

/** 8-bit sRGB, three bytes a pixel, rows from the top. */
export interface RgbImage {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}
