// One view of what good surfaces look like: a Gaussian over some channels of the good patches; the distance from it tells the unusual.
import { type PatchMap, smoothed, zoneOf, zones } from './patch-map.ts'
import { addOuterProducts, cholesky, meanDiagonal, type Symmetric, zeroSymmetric } from './symmetric.ts'

/** Channels `from` … before `to` of the feature map, each the mean over (2 · radius + 1)² patches. */
export interface ViewPlan {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly radius: number
}

/** Middle and spread of the distances of good patches in one zone of the image. */
interface Zone {
  readonly middle: number
  readonly spread: number
}

/** What is usual at each place of pictures that all have this size: parts of one camera lie alike. */
export interface Places {
  readonly width: number
  readonly height: number
  readonly middle: Float32Array
  readonly spread: Float32Array
}

export interface View {
  readonly plan: ViewPlan
  readonly mean: Float32Array
  /** Lower Cholesky factor of the covariance, rows end to end. */
  readonly factor: Float32Array
  readonly zones: readonly Zone[]
  /** Undefined where the good examples were of different sizes. */
  readonly places: Places | undefined
}

/** Share of the mean variance that is added to each channel's, so that one that hardly varies does not decide alone. */
const ridgeShare = 0.01

/** Count, sum and sum of products of some patches, about a common origin. */
class Moments {
  readonly origin: Float32Array
  readonly sums: Float64Array
  readonly products: Symmetric
  count = 0

  constructor(origin: Float32Array) {
    this.origin = origin
    this.sums = new Float64Array(origin.length)
    this.products = zeroSymmetric(origin.length)
  }

  add({ values, channels }: PatchMap): void {
    const moved = new Float32Array(values.length)
    for (let at = 0; at < values.length; at += 1) {
      const channel = at % channels
      const value = (values[at] as number) - (this.origin[channel] as number)
      moved[at] = value
      this.sums[channel] = (this.sums[channel] as number) + value
    }
    this.count += values.length / channels
    addOuterProducts(this.products, moved, 1)
  }

  /** These without those of `part`; undefined: all of these. */
  gaussian(part?: Moments): Pick<View, 'mean' | 'factor'> {
    const size = this.origin.length
    const count = this.count - (part?.count ?? 0)
    const centre = Float64Array.from(this.sums, (sum, i) => (sum - (part?.sums[i] ?? 0)) / count)
    const covariance = zeroSymmetric(size)
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const at = i * size + j
        const product = ((this.products.values[at] as number) - (part?.products.values[at] ?? 0)) / count
        covariance.values[at] = product - (centre[i] as number) * (centre[j] as number)
      }
    }
    const factor = cholesky(covariance, ridgeShare * meanDiagonal(covariance) + 1e-9)
    return {
      mean: Float32Array.from(centre, (value, i) => value + (this.origin[i] as number)),
      factor: Float32Array.from(factor),
    }
  }
}

/** What a view says of one image. */
export interface Sight {
  /** How unusual each patch is: 0 in the middle of the good ones of its zone, 1 at the upper tenth of them. */
  readonly scores: Float32Array
  /** Mean and mean size of the whitened values over all patches: the look of the image as a whole. */
  readonly look: Float32Array
}

export interface FittedView {
  readonly view: View
  /** Each good image as seen by a view that was fitted without it. */
  readonly held: readonly Sight[]
}

/** Fits a view to the maps of good images, at least two. */
export function fitView(plan: ViewPlan, good: readonly PatchMap[]): FittedView {
  const maps = good.map((map) => smoothed(map, plan.from, plan.to, plan.radius))
  const origin = maps[0]?.values.slice(0, plan.to - plan.from) ?? new Float32Array()
  const all = new Moments(origin)
  const parts = maps.map((map) => {
    const part = new Moments(origin)
    part.add(map)
    addMoments(all, part)
    return part
  })
  const held = maps.map((map, index) => whitened(all.gaussian(parts[index]), map))
  const list = zonesOf(
    maps,
    held.map(({ distances }) => distances),
  )
  const zoned = held.map(({ distances }, index) => byZone(list, distances, maps[index] as PatchMap))
  const places = placesOf(maps, zoned)
  const sights = held.map(({ look }, index) => ({
    scores: byPlace(places?.without[index], zoned[index] as Float32Array, maps[index] as PatchMap),
    look,
  }))
  return { view: { plan, ...all.gaussian(), zones: list, places: places?.all }, held: sights }
}

export function viewOf(view: View, map: PatchMap): Sight {
  const seen = smoothed(map, view.plan.from, view.plan.to, view.plan.radius)
  const { distances, look } = whitened(view, seen)
  return { scores: byPlace(view.places, byZone(view.zones, distances, seen), seen), look }
}

function addMoments(all: Moments, part: Moments): void {
  all.count += part.count
  part.sums.forEach((sum, i) => (all.sums[i] = (all.sums[i] as number) + sum))
  const { values } = all.products
  part.products.values.forEach((product, at) => (values[at] = (values[at] as number) + product))
}

/** Mahalanobis distance of each patch, by forward substitution, and the look of the image. */
function whitened(
  { mean, factor }: Pick<View, 'mean' | 'factor'>,
  { values, channels }: PatchMap,
): { readonly distances: Float32Array; readonly look: Float32Array } {
  const solved = new Float32Array(channels)
  const look = new Float32Array(2 * channels)
  const count = values.length / channels
  const distances = new Float32Array(count)
  for (let patch = 0; patch < count; patch += 1) {
    const at = patch * channels
    let squares = 0
    for (let i = 0; i < channels; i += 1) {
      const line = i * channels
      let rest = (values[at + i] as number) - (mean[i] as number)
      for (let k = 0; k < i; k += 1) rest -= (factor[line + k] as number) * (solved[k] as number)
      rest /= factor[line + i] as number
      solved[i] = rest
      squares += rest * rest
      look[i] = (look[i] as number) + rest / count
      look[channels + i] = (look[channels + i] as number) + Math.abs(rest) / count
    }
    distances[patch] = Math.sqrt(squares)
  }
  return { distances, look }
}

function zonesOf(maps: readonly PatchMap[], held: readonly Float32Array[]): readonly Zone[] {
  return Array.from({ length: zones }, (_, zone) => {
    const found = held.flatMap((values, index) => {
      const map = maps[index] as PatchMap
      return Array.from(values).filter((_value, at) => zoneOf(at, map) === zone)
    })
    const sorted = Float32Array.from(found).sort()
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
    return { middle: at(0.5), spread: Math.max(1e-6, at(0.9) - at(0.5)) }
  })
}

function byZone(list: readonly Zone[], values: Float32Array, map: PatchMap): Float32Array {
  return values.map((value, at) => {
    const { middle, spread } = list[zoneOf(at, map)] ?? { middle: 0, spread: 1 }
    return (value - middle) / spread
  })
}

/** Neighbours in each direction whose scores are pooled for one place. */
const placeRadius = 1
/** Spread of a place that is even in all good examples: nowhere is more than so many times as sensitive as elsewhere. */
const leastPlaceSpread = 0.6

/** `without`: as the others see it, for each image; an image would else excuse its own unusual spots. */
function placesOf(
  maps: readonly PatchMap[],
  zoned: readonly Float32Array[],
): { readonly all: Places; readonly without: readonly Places[] } | undefined {
  const [first] = maps
  if (first === undefined || maps.some(({ width, height }) => width !== first.width || height !== first.height)) {
    return undefined
  }
  const { width, height } = first
  const empty = () => ({
    width,
    height,
    middle: new Float32Array(width * height),
    spread: new Float32Array(width * height),
  })
  const all = empty()
  const without = maps.map(empty)
  for (let at = 0; at < width * height; at += 1) {
    const near = neighbours(at, first)
    const own = zoned.map((scores) => Float32Array.from(near, (other) => scores[other] as number))
    const pooled = Float32Array.from(own.flatMap((values) => [...values])).sort()
    setPlace(all, at, (share) => quantileWithout(pooled, share, []))
    own.forEach((values, index) =>
      setPlace(without[index] as Places, at, (share) => quantileWithout(pooled, share, values)),
    )
  }
  return { all, without }
}

function setPlace({ middle, spread }: Places, at: number, quantile: (share: number) => number): void {
  const usual = quantile(0.5)
  middle[at] = usual
  spread[at] = Math.max(leastPlaceSpread, quantile(0.9) - usual)
}

/** Of the values in rising order that remain when `own`, some of them, are taken out. */
function quantileWithout(sorted: Float32Array, share: number, own: ArrayLike<number>): number {
  const wanted = Math.floor(share * (sorted.length - own.length - 1))
  let rank = wanted
  for (;;) {
    const limit = sorted[rank] as number
    let taken = 0
    for (let index = 0; index < own.length; index += 1) taken += (own[index] as number) <= limit ? 1 : 0
    if (wanted + taken === rank) return limit
    rank = wanted + taken
  }
}

/** The places around one that lie in the same zone, and itself. */
function neighbours(at: number, map: PatchMap): number[] {
  const x = at % map.width
  const y = (at - x) / map.width
  const found: number[] = []
  for (let row = Math.max(0, y - placeRadius); row <= Math.min(map.height - 1, y + placeRadius); row += 1) {
    for (let column = Math.max(0, x - placeRadius); column <= Math.min(map.width - 1, x + placeRadius); column += 1) {
      const other = row * map.width + column
      if (zoneOf(other, map) === zoneOf(at, map)) found.push(other)
    }
  }
  return found
}

function byPlace(places: Places | undefined, scores: Float32Array, { width, height }: PatchMap): Float32Array {
  if (places?.width !== width || places.height !== height) return scores
  return scores.map((score, at) => (score - (places.middle[at] as number)) / (places.spread[at] as number))
}
