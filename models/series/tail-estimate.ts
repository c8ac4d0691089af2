// How rare is a deviation of this size? A small histogram of all deviations so far, with a power law beyond what it has seen.

const binCount = 64
/** Each bin reaches e^0.25 times as far as the one before: 64 of them span seven decades. */
const binWidth = 0.25
/** The rarest share of the deviations, to which the power law is fitted. */
const tailShare = 0.02
const minTailWeight = 3
/** What a series is taken for before its own tail is known: exponent of the power law, and how many deviations that counts for. */
const priorShape = 0.3
const priorWeight = 10
const minShape = 0.05
/** No surprise before so many deviations. */
const warmUp = 100
/** Every so many deviations the old ones lose half of their weight. */
const memory = 20_000

/** Plain numbers, so that it can be written to disk as it is. `bins[i]` counts deviations of e^((base + i) · width) and up. */
export interface TailState {
  base: number
  total: number
  readonly bins: Float32Array
}

export function newTailState(): TailState {
  return { base: Number.NaN, total: 0, bins: new Float32Array(binCount) }
}

/**
 * The surprise of a deviation (≥ 0): −log10 of the share of deviations at least as large, 0 where it is among the usual 98 %.
 * Then the deviation is learnt. The tail above the 98th percentile follows (d/q)^(−1/shape), shape by Hill's estimator (Hill 1975).
 * Constant time and memory.
 */
export function surpriseOf(state: TailState, deviation: number): number {
  const at = deviation > 0 ? Math.log(deviation) / binWidth : Number.NEGATIVE_INFINITY
  const surprise = state.total < warmUp ? 0 : tailSurprise(state, at)
  learn(state, at)
  return surprise
}

/** `at` in bins. */
function tailSurprise({ base, total, bins }: TailState, at: number): number {
  const wanted = Math.max(tailShare * total, minTailWeight)
  let [weight, moment, edge] = [0, 0, binCount]
  while (edge > 0 && (weight === 0 || weight + (bins[edge - 1] ?? 0) <= wanted)) {
    edge -= 1
    weight += bins[edge] ?? 0
    moment += (bins[edge] ?? 0) * (edge + 0.5)
  }
  const beyond = (at - base - edge) * binWidth
  if (!(beyond > 0)) return 0
  const meanExcess = Math.max(0, moment / weight - edge) * binWidth
  const shape = Math.max(minShape, (meanExcess * weight + priorShape * priorWeight) / (weight + priorWeight))
  return (beyond / shape - Math.log((weight + 0.5) / (total + 1))) / Math.LN10
}

function learn(state: TailState, at: number): void {
  if (Number.isNaN(state.base) && at > Number.NEGATIVE_INFINITY) state.base = Math.floor(at) - (binCount * 3) / 4
  const bin = Math.max(0, Math.floor(at - state.base) || 0)
  raiseTo(state, bin)
  const index = Math.min(bin, binCount - 1)
  state.bins[index] = (state.bins[index] ?? 0) + 1
  state.total += 1
  if (state.total <= memory) return
  state.total /= 2
  state.bins.forEach((weight, each) => (state.bins[each] = weight / 2))
}

/** Moves the histogram up so that its last bin is `bin`; what falls out below is kept in the lowest one. */
function raiseTo(state: TailState, bin: number): void {
  const by = Math.min(bin - (binCount - 1), binCount)
  if (by <= 0) return
  const fallen = state.bins.subarray(0, by).reduce((sum, weight) => sum + weight, 0)
  state.bins.copyWithin(0, by)
  state.bins.fill(0, binCount - by)
  state.bins[0] = (state.bins[0] ?? 0) + fallen
  state.base += bin - (binCount - 1)
}
