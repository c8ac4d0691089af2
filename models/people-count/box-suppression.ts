// How many things the candidates of a detector are: of those that overlap, only the likeliest counts.

/** Candidates as a detector gives them: four numbers a box (left, top, right, bottom; shares of the image), one score a box. */
export interface Candidates {
  readonly boxes: ArrayLike<number>
  readonly scores: ArrayLike<number>
}

interface Limits {
  /** A candidate below it does not count, 0..1. */
  readonly score: number
  /** Of two boxes that share more of their union than this, 0..1, the likelier stays. */
  readonly overlap: number
}

/** More are never kept: in a crowd that dense a detector of whole bodies says nothing. Bounds the work to this many comparisons a box. */
export const mostKept = 300

/** Indices of the boxes that count, the likeliest first; of equal scores the earlier box goes first. Boxes without an area never count. */
export function suppressed({ boxes, scores }: Candidates, limits: Limits): readonly number[] {
  const open = Array.from({ length: scores.length }, (_, index) => index)
    .filter((index) => (scores[index] ?? 0) >= limits.score && areaOf(boxes, index) > 0)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  const kept: number[] = []
  for (const index of open) {
    if (kept.length === mostKept) break
    if (kept.every((other) => overlapOf(boxes, index, other) <= limits.overlap)) kept.push(index)
  }
  return kept
}

/** Intersection over union, 0..1. */
export function overlapOf(boxes: ArrayLike<number>, a: number, b: number): number {
  const side = (low: number, high: number): number =>
    Math.min(at(boxes, a, high), at(boxes, b, high)) - Math.max(at(boxes, a, low), at(boxes, b, low))
  const both = Math.max(0, side(0, 2)) * Math.max(0, side(1, 3))
  const union = areaOf(boxes, a) + areaOf(boxes, b) - both
  return union > 0 ? both / union : 0
}

function areaOf(boxes: ArrayLike<number>, index: number): number {
  const width = at(boxes, index, 2) - at(boxes, index, 0)
  const height = at(boxes, index, 3) - at(boxes, index, 1)
  return width > 0 && height > 0 ? width * height : 0
}

function at(boxes: ArrayLike<number>, index: number, side: number): number {
  return boxes[index * 4 + side] ?? Number.NaN
}
