// A small logistic regression over facts that can only speak against a part: few examples, weights never negative, held near a prior.

export interface Logistic {
  readonly weights: readonly number[]
  readonly bias: number
}

export interface LogisticPlan {
  /** The weights without any example. */
  readonly prior: readonly number[]
  /** How strongly the prior holds: as so many examples. */
  readonly penalty: number
}

const steps = 400

/**
 * Minimises Σ balance · log-loss + penalty / 2 · |weights − prior|² with weights ≥ 0, by accelerated projected gradient descent
 * (Nesterov 1983). Good and bad weigh the same in sum, whatever their numbers. `facts`: one row an example.
 */
export function fitLogistic(
  facts: readonly (readonly number[])[],
  isBad: readonly boolean[],
  { prior, penalty }: LogisticPlan,
): Logistic {
  const bads = isBad.filter(Boolean).length
  const half = isBad.length / 2
  const balance = { bad: half / Math.max(1, bads), good: half / Math.max(1, isBad.length - bads) }
  const size = prior.length
  const squares = facts.map((row, index) => {
    const weight = isBad[index] === true ? balance.bad : balance.good
    return weight * (1 + row.reduce((sum, fact) => sum + fact * fact, 0))
  })
  const rate = 1 / (penalty + squares.reduce((sum, value) => sum + value, 0) / 4)
  let weights = [...prior, 0]
  let ahead = weights
  for (let step = 1; step <= steps; step += 1) {
    const gradient = ahead.map((weight, i) => (i < size ? penalty * (weight - (prior[i] ?? 0)) : 0))
    facts.forEach((row, index) => {
      const bad = isBad[index] === true
      const error =
        (bad ? balance.bad : balance.good) * (sigmoid(product(row, ahead) + (ahead[size] ?? 0)) - (bad ? 1 : 0))
      for (let i = 0; i < size; i += 1) gradient[i] = (gradient[i] ?? 0) + error * (row[i] ?? 0)
      gradient[size] = (gradient[size] ?? 0) + error
    })
    const moved = ahead.map((weight, i) => {
      const next = weight - rate * (gradient[i] ?? 0)
      return i < size ? Math.max(0, next) : next
    })
    const momentum = (step - 1) / (step + 2)
    ahead = moved.map((weight, i) => weight + momentum * (weight - (weights[i] ?? 0)))
    weights = moved
  }
  return { weights: weights.slice(0, size), bias: weights[size] ?? 0 }
}

export function logit({ weights, bias }: Logistic, facts: readonly number[]): number {
  return product(facts, weights) + bias
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value))
}

function product(facts: readonly number[], weights: readonly number[]): number {
  return facts.reduce((sum, fact, i) => sum + fact * (weights[i] ?? 0), 0)
}
