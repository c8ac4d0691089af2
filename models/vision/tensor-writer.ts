// Writes 8-bit RGB pixels into a float32 NCHW tensor, normalised as a manifest says: one table look-up a value, no copy between.
import type { ImageDefinition } from '../manifest-image.ts'
import type { RgbImage } from './sharp-settings.ts'

export interface TensorWriter {
  /** Values of one image: channels × height × width. */
  readonly length: number
  /** Writes the window of `image` whose upper left corner is at `left`, `top`; what lies outside the image is the manifest's `fill`. */
  write(image: RgbImage, target: Float32Array, left?: number, top?: number): void
}

type Definition = Pick<ImageDefinition, 'width' | 'height' | 'colour' | 'fill' | 'scale' | 'mean' | 'std'>

/** `mean` and `std` with one number for each channel; a single one serves all. */
export function createTensorWriter(definition: Definition): TensorWriter {
  const { width, height, colour, fill = 0 } = definition
  const plane = width * height
  const channels = colour === 'grey' ? 1 : 3
  const tables = Array.from({ length: channels }, (_, channel) => table(definition, channel))
  const [red = empty, green = red, blue = red] = tables

  function clear(target: Float32Array): void {
    tables.forEach((values, channel) => target.fill(values[fill] ?? 0, channel * plane, (channel + 1) * plane))
  }

  function colourRow(data: Uint8Array, from: number, target: Float32Array, to: number, count: number): void {
    const [second, third] = [to + plane, to + 2 * plane]
    for (let x = 0, at = from; x < count; x += 1, at += 3) {
      target[to + x] = red[data[at] as number] as number
      target[second + x] = green[data[at + 1] as number] as number
      target[third + x] = blue[data[at + 2] as number] as number
    }
  }

  /** ITU-R BT.601 luma with PIL's rounding: (19595 R + 38470 G + 7471 B + 2^15) / 2^16. */
  function greyRow(data: Uint8Array, from: number, target: Float32Array, to: number, count: number): void {
    for (let x = 0, at = from; x < count; x += 1, at += 3) {
      const r = data[at] as number
      const g = data[at + 1] as number
      const b = data[at + 2] as number
      target[to + x] = red[(r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16] as number
    }
  }

  const writeRow = colour === 'grey' ? greyRow : colourRow
  return {
    length: channels * plane,
    write(image, target, left = 0, top = 0) {
      const columns = Math.min(width, image.width - left)
      const rows = Math.min(height, image.height - top)
      if (columns < width || rows < height) clear(target)
      for (let y = 0; y < rows; y += 1) {
        writeRow(image.data, ((top + y) * image.width + left) * 3, target, y * width, columns)
      }
    },
  }
}

const empty = new Float32Array(256)

/** (pixel · scale − mean) / std for each of the 256 values of a pixel. */
function table({ scale, mean, std }: Definition, channel: number): Float32Array {
  const [m, s] = [mean[channel] ?? mean[0] ?? 0, std[channel] ?? std[0] ?? 1]
  return Float32Array.from({ length: 256 }, (_, value) => (value * scale - m) / s)
}
