// Fits the head of one product from a few good and bad pictures, and says by leaving each one out how well it would have judged it.
import { AppError } from '../../broker/contract/app-error.ts'
import { factCount, factsOf, normalised, patchScores, type TaughtHead, viewPlans } from './head.ts'
import { fitLogistic, type Logistic, type LogisticPlan, logit, sigmoid } from './logistic.ts'
import type { PatchMap } from './patch-map.ts'
import { fitView, type Sight, viewOf } from './view.ts'

const leastExamples = { good: 5, bad: 1 } as const

/** Which share of good parts the threshold lets be rejected, as far as the good examples can tell. */
const falseRejectTarget = 0.05

/** Without an example only the most unusual spot counts, in every view alike; the examples move that as so many would. */
const plan: LogisticPlan = { prior: viewPlans.flatMap(() => [0.4, 0, 0]), penalty: 3 }

export interface HeadFit {
  readonly head: TaughtHead
  /** Score of each example under a head that was fitted without it: good ones first, in the order given. */
  readonly held: { readonly good: readonly number[]; readonly bad: readonly number[] }
  readonly leaveOneOut: LeaveOneOut
}

interface LeaveOneOut {
  /** Share of pairs (good, bad) in the right order. */
  readonly auroc: number
  /** Good examples that would have been rejected, bad ones that would have passed. */
  readonly falseRejects: number
  readonly falsePasses: number
}

/** `onStep` is told the share done, 0..1. Throws AppError `model.invalid` for too few examples. */
export function fitHead(
  good: readonly PatchMap[],
  bad: readonly PatchMap[],
  onStep: (share: number) => void = () => undefined,
): HeadFit {
  if (good.length < leastExamples.good || bad.length < leastExamples.bad) {
    const needed = `at least ${leastExamples.good} good and ${leastExamples.bad} bad pictures`
    throw new AppError('model.invalid', `${needed} are needed, there are ${good.length} and ${bad.length}`)
  }
  const known = fitGood(good, (share) => onStep(0.9 * share))
  const fit = separate(
    known,
    bad.map((map) => factsUnder(known, map)),
  )
  onStep(1)
  return fit
}

/** What the good examples alone teach. */
export interface KnownGood extends Pick<TaughtHead, 'views' | 'looks' | 'facts' | 'heat'> {
  /** Facts of each good example under views that were fitted without it. */
  readonly held: readonly (readonly number[])[]
}

export function fitGood(good: readonly PatchMap[], onStep: (share: number) => void = () => undefined): KnownGood {
  const fits = viewPlans.map((view, index) => {
    const fit = fitView(view, good)
    onStep((index + 1) / viewPlans.length)
    return fit
  })
  const looks = fits.map((fit) => fit.held.map(({ look }) => look))
  const sights = good.map((_, index) => fits.map((fit) => fit.held[index] as Sight))
  const held = sights.map((seen, index) => factsOf(seen, without(looks, index)))
  const facts = Array.from({ length: factCount }, (_, at) => spreadOf(held.map((row) => row[at] ?? 0)))
  return { views: fits.map(({ view }) => view), looks, facts, heat: heatOf(sights), held }
}

/** The facts of an image that is none of the good examples. */
export function factsUnder({ views, looks }: KnownGood, map: PatchMap): number[] {
  return factsOf(
    views.map((view) => viewOf(view, map)),
    looks,
  )
}

/** Adds what the bad examples teach, by their facts. */
export function separate({ held: goodFacts, ...known }: KnownGood, badFacts: readonly (readonly number[])[]): HeadFit {
  const rows = [...goodFacts, ...badFacts].map((row) => normalised(row, known.facts))
  const isBad = rows.map((_, index) => index >= goodFacts.length)
  const logistic = fitLogistic(rows, isBad, plan)
  const heldLogits = rows.map((row, index) => logit(fitWithout(rows, isBad, index), row))
  const threshold = thresholdOf(heldLogits, isBad)
  const scores = heldLogits.map((value) => sigmoid((value - threshold.logit) / threshold.scale))
  const held = { good: scores.slice(0, goodFacts.length), bad: scores.slice(goodFacts.length) }
  return { head: { ...known, logistic, threshold }, held, leaveOneOut: leaveOneOut(held) }
}

function leaveOneOut({ good, bad }: HeadFit['held']): LeaveOneOut {
  const ordered = bad.flatMap((worse) => good.map((better) => (worse > better ? 1 : worse === better ? 0.5 : 0)))
  return {
    auroc: ordered.reduce((sum: number, pair) => sum + pair, 0) / Math.max(1, ordered.length),
    falseRejects: good.filter((score) => score >= 0.5).length,
    falsePasses: bad.filter((score) => score < 0.5).length,
  }
}

function fitWithout(rows: readonly (readonly number[])[], isBad: readonly boolean[], index: number): Logistic {
  const kept = (_: unknown, at: number): boolean => at !== index
  return fitLogistic(rows.filter(kept), isBad.filter(kept), plan)
}

function without(looks: readonly (readonly Float32Array[])[], index: number): Float32Array[][] {
  return looks.map((list) => list.filter((_, at) => at !== index))
}

/**
 * The held-out good logit at 1 − falseRejectTarget, but half-way to the bad ones where a gap lies between. The scale is the
 * spread of the good ones, so that the score says how far a part is from the threshold in their terms.
 */
function thresholdOf(logits: readonly number[], isBad: readonly boolean[]): TaughtHead['threshold'] {
  const good = logits.filter((_, index) => isBad[index] === false).sort((a, b) => a - b)
  const bad = logits.filter((_, index) => isBad[index] === true)
  const limit = quantile(good, 1 - falseRejectTarget)
  const nearest = Math.min(...bad)
  const { spread } = spreadOf(good)
  return { logit: nearest > limit ? (limit + nearest) / 2 : limit + 1e-6, scale: Math.max(0.25, spread) }
}

/** 0.5 at what one in a thousand patches of good examples reaches. */
function heatOf(held: readonly (readonly Sight[])[]): TaughtHead['heat'] {
  const all = Float32Array.from(held.flatMap((sights) => [...patchScores(sights)])).sort()
  const [usual, rare] = [quantile(all, 0.9), quantile(all, 0.999)]
  return { middle: rare, scale: Math.max(1e-3, (rare - usual) / 3) }
}

function spreadOf(values: readonly number[]): { readonly middle: number; readonly spread: number } {
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1)
  return { middle, spread: Math.max(1e-6, Math.sqrt(variance)) }
}

/** Of values in rising order. */
function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1)
  const from = Math.floor(place)
  const [a, b] = [sorted[from] ?? 0, sorted[Math.min(sorted.length - 1, from + 1)] ?? 0]
  return a + (b - a) * (place - from)
}
