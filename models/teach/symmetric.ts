// The linear algebra of the head: sums of outer products, and Cholesky's factor to solve with them.
import { AppError } from '../../broker/contract/app-error.ts'

/** A symmetric matrix, rows end to end, both halves filled. */
export interface Symmetric {
  readonly size: number
  readonly values: Float64Array
}

export function zeroSymmetric(size: number): Symmetric {
  return { size, values: new Float64Array(size * size) }
}

/** Adds `weight · Σ row rowᵀ` of rows laid end to end to the lower half. Four rows at a time: a quarter of the memory traffic. */
export function addOuterProducts({ size, values }: Symmetric, rows: Float32Array, weight: number): void {
  const count = rows.length / size
  for (let row = 0; row < count; row += 4) {
    const at = row * size
    const [b, c, d] = [1, 2, 3].map((next) => (row + next < count ? at + next * size : -1)) as [number, number, number]
    for (let i = 0; i < size; i += 1) {
      const ai = weight * (rows[at + i] as number)
      const bi = b < 0 ? 0 : weight * (rows[b + i] as number)
      const ci = c < 0 ? 0 : weight * (rows[c + i] as number)
      const di = d < 0 ? 0 : weight * (rows[d + i] as number)
      const line = i * size
      if (d >= 0) {
        for (let j = 0; j <= i; j += 1) {
          values[line + j] =
            (values[line + j] as number) +
            ai * (rows[at + j] as number) +
            bi * (rows[b + j] as number) +
            ci * (rows[c + j] as number) +
            di * (rows[d + j] as number)
        }
      } else {
        for (let j = 0; j <= i; j += 1) {
          let sum = (values[line + j] as number) + ai * (rows[at + j] as number)
          if (b >= 0) sum += bi * (rows[b + j] as number)
          if (c >= 0) sum += ci * (rows[c + j] as number)
          values[line + j] = sum
        }
      }
    }
  }
}

/**
 * Lower factor L with L Lᵀ = matrix + ridge · I; reads the lower half only. Throws AppError `model.failed` for a matrix that is
 * not positive definite.
 */
export function cholesky({ size, values }: Symmetric, ridge = 0): Float64Array {
  const factor = new Float64Array(size * size)
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = (values[i * size + j] as number) + (i === j ? ridge : 0)
      for (let k = 0; k < j; k += 1) sum -= (factor[i * size + k] as number) * (factor[j * size + k] as number)
      if (i !== j) {
        factor[i * size + j] = sum / (factor[j * size + j] as number)
        continue
      }
      if (!(sum > 0)) throw new AppError('model.failed', 'the features of the examples are not independent enough')
      factor[i * size + i] = Math.sqrt(sum)
    }
  }
  return factor
}

/** x with L Lᵀ x = b. */
export function solve(factor: Float64Array, b: Float64Array): Float64Array {
  const size = b.length
  const x = Float64Array.from(b)
  for (let i = 0; i < size; i += 1) {
    let sum = x[i] as number
    for (let k = 0; k < i; k += 1) sum -= (factor[i * size + k] as number) * (x[k] as number)
    x[i] = sum / (factor[i * size + i] as number)
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    let sum = x[i] as number
    for (let k = i + 1; k < size; k += 1) sum -= (factor[k * size + i] as number) * (x[k] as number)
    x[i] = sum / (factor[i * size + i] as number)
  }
  return x
}

/** Mean of the diagonal. */
export function meanDiagonal({ size, values }: Symmetric): number {
  let sum = 0
  for (let i = 0; i < size; i += 1) sum += values[i * size + i] as number
  return sum / size
}
