// The feature map of an image as patches: for each cell of 8 × 8 pixels the values of all channels, side by side.
import type { Planes } from '../vision/tiles.ts'

/** Patch after patch, rows from the top; `values[(y * width + x) * channels + channel]`. */
export interface PatchMap {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly values: Float32Array
}

/** From planes (channel after channel), as a graph gives them. */
export function patchMapOf({ width, height, channels, values }: Planes): PatchMap {
  const plane = width * height
  const out = new Float32Array(plane * channels)
  for (let channel = 0; channel < channels; channel += 1) {
    for (let at = 0; at < plane; at += 1) out[at * channels + channel] = values[channel * plane + at] as number
  }
  return { width, height, channels, values: out }
}

/** Channels `from` … before `to`, each patch the mean of the (2 · radius + 1)² patches around it that lie in the image. */
export function smoothed(map: PatchMap, from: number, to: number, radius: number): PatchMap {
  const { width, height } = map
  const channels = to - from
  const across = new Float32Array(width * height * channels)
  const values = new Float32Array(width * height * channels)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [first, last] = [Math.max(0, x - radius), Math.min(width - 1, x + radius)]
      const target = (y * width + x) * channels
      for (let other = first; other <= last; other += 1) {
        const source = (y * width + other) * map.channels + from
        for (let c = 0; c < channels; c += 1) {
          across[target + c] = (across[target + c] as number) + (map.values[source + c] as number)
        }
      }
      for (let c = 0; c < channels; c += 1) across[target + c] = (across[target + c] as number) / (last - first + 1)
    }
  }
  for (let y = 0; y < height; y += 1) {
    const [first, last] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)]
    const line = width * channels
    for (let at = 0; at < line; at += 1) {
      let sum = 0
      for (let other = first; other <= last; other += 1) sum += across[other * line + at] as number
      values[y * line + at] = sum / (last - first + 1)
    }
  }
  return { width, height, channels, values }
}

/** Zones by distance from the nearest border and from the nearest one across it: borders and corners look unlike all else. */
const reach = 4
export const zones = reach * reach

export function zoneOf(index: number, { width, height }: PatchMap): number {
  const x = index % width
  const y = (index - x) / width
  const across = Math.min(reach - 1, x, width - 1 - x)
  const down = Math.min(reach - 1, y, height - 1 - y)
  return Math.min(across, down) * reach + Math.max(across, down)
}

/** The mean of the `count` largest values; of all where there are fewer. */
export function meanOfLargest(values: Float32Array, count: number): number {
  const kept = Float32Array.from(values)
    .sort()
    .subarray(Math.max(0, values.length - count))
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}
