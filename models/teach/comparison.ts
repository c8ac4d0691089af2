// Is a new head better than the one in use? Each example counts by its score under a head that had not seen it.
import type { HeldScore } from './head-file.ts'

interface Standing {
  /** Mean of the share of good examples rejected and of bad ones passed. */
  readonly error: number
  /** Share of pairs (good, bad) in the right order. */
  readonly auroc: number
}

/** A smaller loss of order is chance. */
const leastLoss = 0.01

export function standingOf(scores: readonly HeldScore[]): Standing {
  const [good, bad] = [false, true].map((isBad) =>
    scores.filter((score) => score.isBad === isBad).map(({ heldScore }) => heldScore),
  ) as [number[], number[]]
  const share = (count: number, of: number): number => (of === 0 ? 0 : count / of)
  const rejected = share(good.filter((score) => score >= 0.5).length, good.length)
  const passed = share(bad.filter((score) => score < 0.5).length, bad.length)
  let ordered = 0
  for (const worse of bad) for (const better of good) ordered += worse > better ? 1 : worse === better ? 0.5 : 0
  return { error: (rejected + passed) / 2, auroc: share(ordered, good.length * bad.length) }
}

/** Undefined where `next` may replace `now`; else why not. */
export function whyWorse(next: Standing, now: Standing): string | undefined {
  const figures = `error ${percent(next.error)} after ${percent(now.error)}, AUROC ${next.auroc.toFixed(3)} after ${now.auroc.toFixed(3)}`
  if (next.error > now.error + 1e-9) return `more examples would be judged wrong: ${figures}`
  const isSame = next.error > now.error - 1e-9
  return isSame && next.auroc < now.auroc - leastLoss ? `good and bad would be told apart less: ${figures}` : undefined
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
