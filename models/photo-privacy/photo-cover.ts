// Gives a photo without its faces, people's heads and vehicles, small and clean of what a camera wrote, or says why it is better not kept.
import type { PhotoPrivacyManifest } from '../manifest-image.ts'
import { openImageSession } from '../image-golden.ts'
import type { ImagePackage } from '../model-package.ts'
import { openGraph } from '../vision/graph-runner.ts'
import { decodeScaled, type Size } from '../vision/image-decoder.ts'
import { type ImageLimits, probeImage } from '../vision/image-probe.ts'
import { type RgbImage, sharpOfRgb } from '../vision/sharp-settings.ts'
import { covered } from './cover.ts'
import { candidatesIn, type PrivateThing } from './photo-candidates.ts'
import { doubtOf, type PhotoDoubt, regionsOf } from './photo-regions.ts'

/** A photo as it may be kept, or why not. */
export type CoveredPhoto =
  | {
      readonly kind: 'covered'
      /** JPEG, upright, at most 1600 pixels a side, nothing but pixels in it. */
      readonly jpeg: Uint8Array
      /** Regions that were covered. */
      readonly regions: Readonly<Record<PrivateThing, number>>
    }
  | { readonly kind: 'refused'; readonly doubt: PhotoDoubt }

export interface PhotoCover {
  /** Throws AppError `image.invalid` (it is no picture, or one that is not taken) or `model.failed`. */
  cover(bytes: Uint8Array): Promise<CoveredPhoto>
  close(): Promise<void>
}

const longestSidePx = 1600
const jpegQuality = 80
/** As the hub has always taken; a JPEG of it is decoded line by line. */
const limits: ImageLimits = { maxPixels: 50e6, maxBytes: 16 * 2 ** 20 }
const leastSidePx = 100
/** Where only so few of the pixels are brighter than this luma, the photo is dark. */
const brightLuma = 40
const leastBrightShare = 0.02

/** Throws AppError `model.invalid` with the fault `wrong-runtime`, `bad-onnx`, `wrong-shape` or `golden-mismatch`. */
export async function openPhotoCover(model: ImagePackage<PhotoPrivacyManifest>): Promise<PhotoCover> {
  const { manifest } = model
  const { sure, ...least } = manifest.thresholds
  // The golden images are run through the same graph and closed with it; photos go through tiles of several scales.
  await (await openImageSession(model)).close()
  const runner = await openGraph({ model: model.model, input: manifest.input, outputs: manifest.outputs })
  return {
    async cover(bytes) {
      const photo = await decoded(bytes)
      if (Math.min(photo.width, photo.height) < leastSidePx) return { kind: 'refused', doubt: 'small' }
      if (isDark(photo)) return { kind: 'refused', doubt: 'dark' }
      const candidates = await candidatesIn(runner, photo, least)
      const regions = regionsOf(candidates, photo)
      const doubt = doubtOf(candidates, regions, photo, sure)
      if (doubt !== undefined) return { kind: 'refused', doubt }
      const jpeg = await sharpOfRgb(covered(photo, regions)).jpeg({ quality: jpegQuality }).toBuffer()
      const count = (thing: PrivateThing): number => regions.filter((region) => region.thing === thing).length
      const counts = { face: count('face'), person: count('person'), vehicle: count('vehicle') }
      return { kind: 'covered', jpeg, regions: counts }
    },
    close: () => runner.close(),
  }
}

async function decoded(bytes: Uint8Array): Promise<RgbImage> {
  const probed = await probeImage(bytes, limits)
  const { widthPx: width, heightPx: height } = probed
  const factor = Math.min(1, longestSidePx / Math.max(width, height))
  const side = (pixels: number): number => Math.max(1, Math.round(pixels * factor))
  const size: Size = { width: side(width), height: side(height) }
  return await decodeScaled(probed, size, 'cubic')
}

/** By ITU-R BT.601 luma. */
function isDark({ data }: RgbImage): boolean {
  let bright = 0
  for (let at = 0; at < data.length; at += 3) {
    const luma = 0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0)
    if (luma > brightLuma) bright += 1
  }
  return bright < (leastBrightShare * data.length) / 3
}
