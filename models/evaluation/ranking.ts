// Figures of a ranking by score, and of classes found: the same definitions as scikit-learn's.

/** Probability that a bad one scores higher than a good one, ties count half; NaN where one side is empty. */
export function auroc(scores: readonly number[], bad: readonly boolean[]): number {
  const order = sorted(scores)
  let goodBelow = 0
  let badCount = 0
  let won = 0
  for (let start = 0; start < order.length;) {
    let end = start
    let good = 0
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) {
      if (bad[order[end] as number] !== true) good += 1
      end += 1
    }
    const worse = end - start - good
    won += worse * (goodBelow + good / 2)
    goodBelow += good
    badCount += worse
    start = end
  }
  return won / (goodBelow * badCount)
}

/** Sum over the recalls, from the highest score down, of each step times the precision there; equal scores are one step. */
export function averagePrecision(scores: readonly number[], bad: readonly boolean[]): number {
  const order = sorted(scores).toReversed()
  const total = bad.filter(Boolean).length
  let hits = 0
  let area = 0
  for (let start = 0; start < order.length;) {
    let end = start
    let found = 0
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) {
      if (bad[order[end] as number] === true) found += 1
      end += 1
    }
    hits += found
    area += (found / total) * (hits / end)
    start = end
  }
  return area
}

/** AUROC of pixels that were counted by bin of their score: good and bad, of equal length. */
export function binnedAuroc(good: Float64Array, bad: Float64Array): number {
  const total = { good: good.reduce(sum, 0), bad: bad.reduce(sum, 0) }
  let below = 0
  let won = 0
  for (let bin = 0; bin < good.length; bin += 1) {
    won += (bad[bin] as number) * (below + (good[bin] as number) / 2)
    below += good[bin] as number
  }
  return won / (total.good * total.bad)
}

interface ClassFigures {
  readonly count: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Of each class 0 … classes − 1; 0 where there is nothing to divide by. */
export function classFigures(truth: readonly number[], found: readonly number[], classes: number): ClassFigures[] {
  const share = (part: number, of: number): number => (of === 0 ? 0 : part / of)
  return Array.from({ length: classes }, (_, id) => {
    const count = truth.filter((label) => label === id).length
    const named = found.filter((label) => label === id).length
    const right = truth.filter((label, index) => label === id && found[index] === id).length
    return { count, precision: share(right, named), recall: share(right, count), f1: share(2 * right, count + named) }
  })
}

function sorted(scores: readonly number[]): number[] {
  return scores.map((_, index) => index).toSorted((a, b) => (scores[a] as number) - (scores[b] as number))
}

function sum(total: number, value: number): number {
  return total + value
}
