// What a gateway has learnt of one product: how good surfaces look in several views, and how much each view says about its defects.
import { type Logistic, logit, sigmoid } from './logistic.ts'
import { meanOfLargest, type PatchMap } from './patch-map.ts'
import { type Sight, type View, viewOf, type ViewPlan } from './view.ts'

/** Channels of image-features: 0–47 stride 4, 48–79 stride 8, 80–143 early and 144–239 late stride 16. */
export const viewPlans: readonly ViewPlan[] = [
  { name: 'grain', from: 0, to: 48, radius: 1 },
  { name: 'fine', from: 0, to: 80, radius: 1 },
  { name: 'fine-wide', from: 0, to: 80, radius: 2 },
  { name: 'middle', from: 48, to: 144, radius: 1 },
  { name: 'coarse', from: 144, to: 240, radius: 1 },
]

/** What a view says of an image in three numbers: its most unusual spot, all of it, and its look beside the nearest good one. */
const factsPerView = 3
/** Patches of the most unusual spot: together some 18 × 18 pixels of the model's picture. */
const spotPatches = 5

export interface TaughtHead {
  readonly views: readonly View[]
  /** By view: the look of every good example. */
  readonly looks: readonly (readonly Float32Array[])[]
  /** Middle and spread of each fact over the good examples. */
  readonly facts: readonly { readonly middle: number; readonly spread: number }[]
  /** Over the facts: the larger, the worse. */
  readonly logistic: Logistic
  /** The logit that becomes the score 0.5, and by how much it must change to move the score to 0.73. */
  readonly threshold: { readonly logit: number; readonly scale: number }
  /** Score of a patch (patchScores) that becomes heat 0.5. */
  readonly heat: { readonly middle: number; readonly scale: number }
}

export interface Judged {
  /** 0..1; 0.5 at the threshold. */
  readonly score: number
  /** 0..1 for each patch. */
  readonly heat: Float32Array
}

export function judge(head: TaughtHead, map: PatchMap): Judged {
  const sights = head.views.map((view) => viewOf(view, map))
  const found = factsOf(sights, head.looks)
  const score = scoreOf(head, found)
  const heat = patchScores(sights).map((value) => sigmoid((value - head.heat.middle) / head.heat.scale))
  return { score, heat }
}

/** 0..1; 0.5 at the threshold. */
export function scoreOf({ logistic, facts, threshold }: TaughtHead, found: readonly number[]): number {
  return sigmoid((logit(logistic, normalised(found, facts)) - threshold.logit) / threshold.scale)
}

/** `looks`: by view the looks of the good examples to compare with, without the image's own. */
export function factsOf(sights: readonly Sight[], looks: readonly (readonly Float32Array[])[]): number[] {
  return sights.flatMap(({ scores, look }, view) => [
    meanOfLargest(scores, spotPatches),
    scores.reduce((sum, score) => sum + score, 0) / scores.length,
    Math.min(...(looks[view] ?? []).map((other) => distance(look, other))),
  ])
}

/** Facts in the spread of the good examples; large ones grow with their logarithm only. */
export function normalised(facts: readonly number[], over: TaughtHead['facts']): number[] {
  return facts.map((fact, index) => {
    const { middle, spread } = over[index] ?? { middle: 0, spread: 1 }
    const value = (fact - middle) / spread
    return Math.sign(value) * Math.log1p(Math.abs(value))
  })
}

/** The mean of the two views that find the patch most unusual: what shows in one scale only is not drowned by the others. */
export function patchScores(sights: readonly Sight[]): Float32Array {
  return Float32Array.from(sights[0]?.scores ?? [], (_, at) => {
    let [first, second] = [-Infinity, -Infinity]
    for (const { scores } of sights) {
      const score = scores[at] as number
      if (score > first) [first, second] = [score, first]
      else if (score > second) second = score
    }
    return (first + second) / 2
  })
}

export const factCount = viewPlans.length * factsPerView

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += ((a[at] as number) - (b[at] as number)) ** 2
  return Math.sqrt(sum)
}
