// Images that no camera sends, through the whole way of a vision model: probing, decoding, running, reading the outputs.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { isImagePackage } from '../../models/model-package.ts'
import { loadPackage } from '../../models/package.ts'
import { createTrust } from '../../models/signature.ts'
import { type ImageFault, imageFaultOf } from '../../models/vision/image-refusal.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import { flat } from '../vision/hostile-images.ts'
import { type FrameSource, hostileInput } from './hostile-bytes.ts'
import { seededRandom } from './seeded-random.ts'

const model = await loadPackage(
  join(import.meta.dirname, '../vision/packages/spot-finder'),
  createTrust({ keys: [], allowUnsigned: true }),
)
if (!isImagePackage(model)) throw new Error('the spot finder reads no images')
const vision = await openVisionModel(model)
const small = () => flat(24, 16)
const images = [
  await small().jpeg().toBuffer(),
  await small().jpeg({ progressive: true }).withMetadata({ orientation: 8 }).toBuffer(),
  await small().png().toBuffer(),
  await small().tiff().toBuffer(),
  await small().webp().toBuffer(),
  await small().toColourspace('cmyk').jpeg().toBuffer(),
]
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** A part of the inputs that the parsers get: each is decoded and judged, which takes milliseconds, not microseconds. */
const inputs = Math.ceil(Number(process.env['MUSUBI_FUZZ_INPUTS'] ?? 20_000) / 250)
const seed = Number(process.env['MUSUBI_FUZZ_SEED'] ?? 20_261_122)
const maxGrowthBytes = 64 * 2 ** 20

const source: FrameSource = {
  tokens: ['ffd8', 'ffd9', 'ffda', 'ffc2', 'ffdd', 'ffe2', 'ffff', '49484452', '6163544c', '00000000', 'ffffffff'].map(
    hex,
  ),
  valid: (random) => random.pick(images),
}

/** A score, or the name of the fault. */
async function judged(bytes: Buffer): Promise<number | ImageFault> {
  try {
    const { score } = await vision.analyse(bytes, { picture: 'over' })
    return score ?? Number.NaN
  } catch (error) {
    const fault = error instanceof AppError ? imageFaultOf(error) : undefined
    if (fault === undefined) throw new Error(`${String(error)} for ${bytes.toString('hex')}`, { cause: error })
    return fault
  }
}

describe('An image for a vision model, given hostile bytes', () => {
  it(`is judged or refused by name (${inputs} inputs)`, { timeout: 60_000 + inputs * 200 }, async () => {
    const random = seededRandom(seed)
    let accepted = 0
    let settledBytes = 0
    for (let index = 0; index < inputs; index += 1) {
      const { bytes, isValid } = hostileInput(source, random)
      const outcome = await judged(bytes)
      if (isValid) expect(outcome).toSatisfy((value) => typeof value === 'number')
      if (typeof outcome === 'number') {
        expect(outcome >= 0 && outcome <= 1).toBe(true)
        accepted += 1
      }
      if (index === Math.floor(inputs / 5)) settledBytes = process.memoryUsage.rss()
    }
    expect(accepted).toBeGreaterThan(inputs / 10)
    expect(process.memoryUsage.rss() - settledBytes).toBeLessThan(maxGrowthBytes)
  })
})
