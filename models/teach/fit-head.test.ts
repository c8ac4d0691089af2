import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { factsUnder, fitGood, fitHead } from './fit-head.ts'
import { decodeHead, encodeHead } from './head-file.ts'
import { judge } from './head.ts'
import type { PatchMap } from './patch-map.ts'
import { seededRandom } from '../seeded-random.ts'
import { cholesky, solve, type Symmetric } from './symmetric.ts'

const channels = 244

/** A map of noise; a defect shifts the channels of a few patches. */
function map(seed: number, defect: boolean, width = 12, height = 10): PatchMap {
  const random = seededRandom(seed)
  const noise = (): number => (random.below(1000) + random.below(1000) + random.below(1000)) / 500 - 3
  const values = Float32Array.from({ length: width * height * channels }, noise)
  if (!defect) return { width, height, channels, values }
  const [x, y] = [4 + random.below(4), 4 + random.below(2)]
  for (const at of [y * width + x, y * width + x + 1, (y + 1) * width + x]) {
    for (let channel = 48; channel < 80; channel += 1) {
      values[at * channels + channel] = (values[at * channels + channel] as number) + 6
    }
  }
  return { width, height, channels, values }
}

/** A good part with a bright spot somewhere, as a turned face has its glare. */
function glossy(seed: number): PatchMap {
  const [width, height] = [24, 20]
  const { values } = map(seed, false, width, height)
  const random = seededRandom(seed)
  const spot = (5 + random.below(9)) * width + 5 + random.below(13)
  for (const at of [spot, spot + 1, spot + width, spot + width + 1]) {
    for (let channel = 0; channel < channels; channel += 1) {
      values[at * channels + channel] = (values[at * channels + channel] as number) + 3
    }
  }
  return { width, height, channels, values }
}

const good = Array.from({ length: 8 }, (_, index) => map(index, false))
const bad = Array.from({ length: 3 }, (_, index) => map(100 + index, true))

describe('a taught head', () => {
  const fit = fitHead(good, bad)

  it('rejects unseen bad parts and passes unseen good ones', () => {
    for (let seed = 200; seed < 204; seed += 1) {
      expect(judge(fit.head, map(seed, true)).score).toBeGreaterThan(0.5)
      expect(judge(fit.head, map(seed, false)).score).toBeLessThan(0.5)
    }
  })

  it('shows where the defect is', () => {
    const seen = map(300, true)
    const clean = map(300, false)
    const { heat } = judge(fit.head, seen)
    const hottest = heat.indexOf(Math.max(...heat))
    const changed = seen.values.findIndex((value, at) => value !== clean.values[at])
    const [x, y] = [hottest % 12, Math.floor(hottest / 12)]
    const patch = Math.floor(changed / channels)
    expect(Math.abs(x - (patch % 12))).toBeLessThanOrEqual(2)
    expect(Math.abs(y - Math.floor(patch / 12))).toBeLessThanOrEqual(2)
  })

  it('finds a good example that was left out as unusual as a good part that it never saw', () => {
    const parts = Array.from({ length: 20 }, (_, index) => glossy(600 + index))
    const known = fitGood(parts.slice(0, 10))
    const unseen = parts.slice(10).map((part) => factsUnder(known, part))
    const mean = (facts: readonly (readonly number[])[]): number =>
      facts.reduce((sum, [spot]) => sum + (spot ?? 0), 0) / facts.length
    expect(mean(known.held) / mean(unseen)).toBeGreaterThan(0.9)
  })

  it('is the same for the same examples', () => {
    expect(encodeHead({ ...fit, checks: [], held: [] })).toEqual(
      encodeHead({ ...fitHead(good, bad), checks: [], held: [] }),
    )
  })

  it('judges the same after a trip through its file', () => {
    const { head } = decodeHead(encodeHead({ head: fit.head, checks: [{ image: 'a', score: 0.5 }], held: [] }))
    expect(judge(head, map(400, true))).toEqual(judge(fit.head, map(400, true)))
  })

  it('refuses a damaged file by name', () => {
    const bytes = encodeHead({ head: fit.head, checks: [], held: [] })
    expect(() => decodeHead(bytes.subarray(0, bytes.length - 40))).toThrow('bad-schema')
  })

  it('judges pictures of another size than its examples', () => {
    expect(judge(fit.head, map(500, true, 9, 14)).score).toBeGreaterThan(0.5)
  })

  it('needs a few examples of both judgements', () => {
    expect(() => fitHead(good.slice(0, 2), bad)).toThrow('good and 1 bad pictures are needed')
    expect(() => fitHead(good, [])).toThrow('are needed')
  })
})

describe('the solver', () => {
  it('solves any positive definite system', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 16, maxLength: 16 }), (numbers) => {
        const size = 4
        const matrix: Symmetric = { size, values: new Float64Array(size * size) }
        for (let i = 0; i < size; i += 1) {
          for (let j = 0; j < size; j += 1) {
            let sum = i === j ? 1 : 0
            for (let k = 0; k < size; k += 1)
              sum += (numbers[i * size + k] as number) * (numbers[j * size + k] as number)
            matrix.values[i * size + j] = sum
          }
        }
        const x = solve(cholesky(matrix), Float64Array.of(1, 2, 3, 4))
        for (let i = 0; i < size; i += 1) {
          let sum = 0
          for (let j = 0; j < size; j += 1) sum += (matrix.values[i * size + j] as number) * (x[j] as number)
          expect(sum).toBeCloseTo(i + 1, 4)
        }
      }),
    )
  })

  it('refuses a matrix that is not positive definite', () => {
    expect(() => cholesky({ size: 1, values: Float64Array.of(-1) })).toThrow('not independent')
  })
})
