// From what was found in a photo to what of it is covered, and to whether so little is certain that the photo is better not kept.
import type { Size } from '../vision/image-decoder.ts'
import type { Box, Candidate, PrivateThing } from './photo-candidates.ts'

/** Whole pixels inside the photo; right and bottom are the first that are not covered. */
export interface Region extends Box {
  readonly thing: PrivateThing
}

/**
 * Why a photo is not kept. `unsure`: something large may be a person or a vehicle, or may not; `mostly-covered`: little would be left
 * to see; `dark`: nobody, and no model, can tell what is in it; `small`: too few pixels to look for faces.
 */
export type PhotoDoubt = 'unsure' | 'mostly-covered' | 'dark' | 'small'

/** Shares of the box's own width and height by which it grows: the detectors' boxes end at brow, chin and paint. */
const growth: Readonly<
  Record<PrivateThing, { readonly side: number; readonly above: number; readonly below: number }>
> = {
  face: { side: 0.35, above: 0.45, below: 0.25 },
  person: { side: 0.1, above: 0.08, below: 0 },
  vehicle: { side: 0.06, above: 0.06, below: 0.06 },
}
/** Of a person's box, from above, the head: a third of somebody who stands, more of a box that is as wide as high. */
const headOfHeight = 0.3
const headOfWidth = 0.75
/** Of the photo. */
const largeShare = 0.25
const mostCoveredShare = 0.6
/** Cells of the grid in which shares of the photo are counted, a side. */
const gridSide = 64

/** The regions of a photo that are covered; those that lie wholly in another one are left out. */
export function regionsOf(candidates: readonly Candidate[], photo: Size): readonly Region[] {
  const grown = candidates
    .map((candidate) => within(grow(candidate), photo))
    .filter(({ left, top, right, bottom }) => right > left && bottom > top)
    .toSorted((a, b) => areaOf(b) - areaOf(a))
  const kept: Region[] = []
  for (const region of grown) if (!kept.some((other) => holds(other, region))) kept.push(region)
  return kept
}

/** Undefined: what was found is covered, and the photo may be kept. `sure`: a score from which a large thing is there. */
export function doubtOf(
  candidates: readonly Candidate[],
  regions: readonly Region[],
  photo: Size,
  sure: number,
): PhotoDoubt | undefined {
  const large = candidates.filter(
    (one) => one.thing !== 'face' && areaOf(within(one, photo)) >= largeShare * photo.width * photo.height,
  )
  const known = large.filter(({ score }) => score >= sure)
  if (large.some((one) => one.score < sure && !known.some((other) => sharedOf(one, other) > 0.5))) return 'unsure'
  return coveredShare(regions, photo) > mostCoveredShare ? 'mostly-covered' : undefined
}

function grow(candidate: Candidate): Candidate {
  const { thing, left, top, right, bottom } = thingOf(candidate)
  const [width, height] = [right - left, bottom - top]
  const { side, above, below } = growth[thing]
  return {
    ...candidate,
    left: left - side * width,
    right: right + side * width,
    top: top - above * height,
    bottom: bottom + below * height,
  }
}

/** Of a person the head, of anything else all. */
function thingOf(candidate: Candidate): Candidate {
  if (candidate.thing !== 'person') return candidate
  const { left, top, right, bottom } = candidate
  const head = Math.min(bottom - top, Math.max(headOfHeight * (bottom - top), headOfWidth * (right - left)))
  return { ...candidate, bottom: top + head }
}

function within({ thing, left, top, right, bottom }: Box & { readonly thing: PrivateThing }, photo: Size): Region {
  return {
    thing,
    left: Math.max(0, Math.floor(left)),
    top: Math.max(0, Math.floor(top)),
    right: Math.min(photo.width, Math.ceil(right)),
    bottom: Math.min(photo.height, Math.ceil(bottom)),
  }
}

function areaOf({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top)
}

function holds(outer: Box, inner: Box): boolean {
  return (
    outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom
  )
}

/** Share of `a` that lies in `b`. */
function sharedOf(a: Box, b: Box): number {
  const both = {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  }
  return areaOf(both) / Math.max(1, areaOf(a))
}

function coveredShare(regions: readonly Region[], { width, height }: Size): number {
  let covered = 0
  for (let cell = 0; cell < gridSide ** 2; cell += 1) {
    const x = (((cell % gridSide) + 0.5) * width) / gridSide
    const y = ((Math.floor(cell / gridSide) + 0.5) * height) / gridSide
    if (regions.some(({ left, top, right, bottom }) => x >= left && x < right && y >= top && y < bottom)) covered += 1
  }
  return covered / gridSide ** 2
}
