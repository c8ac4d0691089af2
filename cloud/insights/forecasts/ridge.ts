// Ridge regression by its normal equations, to which samples are added as time goes on: a fit of what was known until then.

/**
 * Each weight is drawn towards 0 in proportion to how much its feature varies, so that units do not matter. Source: Hoerl and
 * Kennard, "Ridge Regression", Technometrics 12 (1970), on standardised features. With features that say how far other guesses
 * are from the last value, 0 is persistence.
 */
const shrinkage = 0.02

export class RidgeRegression {
  readonly #size: number
  readonly #gram: Float64Array
  readonly #moment: Float64Array
  samples = 0

  constructor(size: number) {
    this.#size = size
    this.#gram = new Float64Array(size * size)
    this.#moment = new Float64Array(size)
  }

  /** `features`: the first `size` of it count. */
  add(features: Float64Array, target: number): void {
    const size = this.#size
    for (let row = 0; row < size; row += 1) {
      const own = features[row] as number
      this.#moment[row] = (this.#moment[row] as number) + own * target
      for (let column = row; column < size; column += 1) {
        const at = row * size + column
        this.#gram[at] = (this.#gram[at] as number) + own * (features[column] as number)
      }
    }
    this.samples += 1
  }

  /** The weights, by Cholesky's decomposition; a feature that never varied gets 0. */
  solve(): Float64Array {
    const size = this.#size
    const lower = new Float64Array(size * size)
    const weights = new Float64Array(size)
    const at = (row: number, column: number) =>
      this.#gram[Math.min(row, column) * size + Math.max(row, column)] as number
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column <= row; column += 1) {
        let sum = at(row, column) + (row === column ? at(row, row) * shrinkage + 1e-12 : 0)
        for (let k = 0; k < column; k += 1)
          sum -= (lower[row * size + k] as number) * (lower[column * size + k] as number)
        lower[row * size + column] =
          row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (lower[column * size + column] as number)
      }
    }
    for (let row = 0; row < size; row += 1) {
      let sum = this.#moment[row] as number
      for (let k = 0; k < row; k += 1) sum -= (lower[row * size + k] as number) * (weights[k] as number)
      weights[row] = sum / (lower[row * size + row] as number)
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let sum = weights[row] as number
      for (let k = row + 1; k < size; k += 1) sum -= (lower[k * size + row] as number) * (weights[k] as number)
      weights[row] = sum / (lower[row * size + row] as number)
    }
    return weights
  }
}
