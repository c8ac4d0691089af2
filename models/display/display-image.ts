// The pixels of a display: its configured region out of the picture, in colour for the model and in grey for the rule beside it.
import { AppError } from '../../broker/contract/app-error.ts'
import type { ProbedImage } from '../vision/image-probe.ts'
import { type RgbImage, sharpOf } from '../vision/sharp-settings.ts'

/** Shares of the upright picture. */
export interface DisplayRegion {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The region in its own pixels. Throws AppError `image.invalid` when the picture cannot be decoded. */
export async function regionPixels(image: ProbedImage, region: DisplayRegion): Promise<RgbImage> {
  const left = Math.min(image.widthPx - 1, Math.floor(region.x * image.widthPx))
  const top = Math.min(image.heightPx - 1, Math.floor(region.y * image.heightPx))
  const width = Math.max(1, Math.min(image.widthPx - left, Math.round(region.width * image.widthPx)))
  const height = Math.max(1, Math.min(image.heightPx - top, Math.round(region.height * image.heightPx)))
  const { data, info } = await sharpOf(image.bytes, image.limits.maxPixels, image.isCmyk)
    .autoOrient()
    .extract({ left, top, width, height })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new AppError('image.invalid', 'malformed: the display could not be cut out of the picture', { cause })
    })
  if (info.channels === 3) return { data, width: info.width, height: info.height }
  return { data: threeChannels(data, info.channels), width: info.width, height: info.height }
}

function threeChannels(data: Uint8Array, channels: number): Uint8Array {
  const out = new Uint8Array((data.length / channels) * 3)
  for (let at = 0; at < out.length; at += 1) out[at] = data[Math.floor(at / 3) * channels] ?? 0
  return out
}
