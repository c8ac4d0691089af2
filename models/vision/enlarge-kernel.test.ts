import sharp from 'sharp'
import { expect, test } from 'vitest'
import { enlargedColumns, enlargedRows } from './enlarge-kernel.ts'
import { decodeScaled, type Kernel, type Size } from './image-decoder.ts'
import { probeImage } from './image-probe.ts'
import type { RgbImage } from './sharp-settings.ts'

/** Grey values of 4 × 3 pixels, and what Pillow 9.4 makes of them at 7 × 5. */
const small = [
  [121, 131, 193, 243],
  [8, 36, 210, 242],
  [63, 79, 222, 108],
]
const enlargedByPil: Readonly<Record<Exclude<Kernel, 'area'>, number[][]>> = {
  linear: [
    [121, 125, 130, 162, 197, 225, 243],
    [76, 82, 92, 146, 203, 227, 243],
    [8, 18, 34, 123, 212, 231, 242],
    [41, 49, 60, 140, 213, 182, 162],
    [63, 69, 78, 151, 214, 149, 108],
  ],
  cubic: [
    [129, 130, 137, 163, 195, 229, 247],
    [78, 80, 92, 145, 204, 237, 253],
    [6, 10, 29, 123, 217, 239, 245],
    [37, 39, 54, 145, 220, 180, 150],
    [66, 66, 77, 162, 221, 141, 88],
  ],
  lanczos3: [
    [136, 134, 141, 161, 197, 229, 243],
    [80, 76, 91, 140, 205, 247, 255],
    [11, 3, 28, 122, 219, 246, 240],
    [37, 26, 47, 150, 222, 184, 139],
    [76, 64, 79, 175, 219, 141, 74],
  ],
}

test.each(['linear', 'cubic', 'lanczos3'] as const)('the kernel %s enlarges as PIL does', (kernel) => {
  const data = Uint8Array.from(small.flat().flatMap((value) => [value, value, value]))
  const wide = enlargedColumns({ data, width: 4, height: 3 }, 7, kernel)
  const image = enlargedRows(wide, { source: 3, target: 5, from: 0, count: 5 }, 0, kernel)
  expect(worstDifference(image, enlargedByPil[kernel])).toBeLessThanOrEqual(1)
})

test('a side is not blurred because the other one grows, and none lies aside', async () => {
  const stripes = grid(32, 24, (x) => (x % 2) * 200)
  const higher = await scaled(stripes, { width: 32, height: 36 }, 'lanczos3')
  expect(
    worstDifference(
      higher,
      grid(32, 36, (x) => (x % 2) * 200),
    ),
  ).toBe(0)
  const wider = await scaled(
    grid(32, 24, (x) => (x < 16 ? 0 : 200)),
    { width: 48, height: 12 },
    'cubic',
  )
  const mirrored = await scaled(
    grid(32, 24, (x) => (x < 16 ? 200 : 0)),
    { width: 48, height: 12 },
    'cubic',
  )
  const row = Array.from({ length: 48 }, (_, x) => wider.data[x * 3])
  expect(row).toEqual(Array.from({ length: 48 }, (_, x) => mirrored.data[(47 - x) * 3]))
})

test('a band of an enlarged image is that part of the whole', async () => {
  const image = await probeImage(await picture(grid(32, 24, (x, y) => (x * 37 + y * 91) % 256)))
  for (const size of [
    { width: 50, height: 40 },
    { width: 20, height: 40 },
    { width: 50, height: 20 },
  ]) {
    const whole = await decodeScaled(image, size, 'cubic')
    const band = await decodeScaled(image, size, 'cubic', { top: 9, height: 8 })
    const line = size.width * 3
    expect(Buffer.from(band.data)).toEqual(Buffer.from(whole.data.subarray(9 * line, 17 * line)))
  }
})

function grid(width: number, height: number, value: (x: number, y: number) => number): number[][] {
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_value, x) => value(x, y)))
}

async function scaled(grey: readonly (readonly number[])[], size: Size, kernel: Kernel): Promise<RgbImage> {
  return decodeScaled(await probeImage(await picture(grey)), size, kernel)
}

function picture(grey: readonly (readonly number[])[]): Promise<Buffer> {
  const raw = { width: grey[0]?.length ?? 0, height: grey.length, channels: 1 } as const
  return sharp(Uint8Array.from(grey.flat()), { raw }).png().toBuffer()
}

function worstDifference({ data }: RgbImage, grey: readonly (readonly number[])[]): number {
  const expected = grey.flat()
  expect(data).toHaveLength(expected.length * 3)
  return Math.max(...expected.map((value, at) => Math.abs(value - (data[at * 3] ?? Number.NaN))))
}
