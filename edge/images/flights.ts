// Which images belong to one flight: the same camera, no long pause and no far jump between one image and the next.
import { createHash } from 'node:crypto'
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'

export interface FlightRule {
  /** A longer pause between two images begins a new flight. */
  readonly gapMs: number
  /** So does a longer way, where both images have a position. */
  readonly distanceM: number
}

export interface Flight {
  readonly id: string
  readonly camera: string
  readonly firstMs: number
  readonly lastMs: number
  /** Where its images were taken; undefined without positions. */
  readonly bounds: Bounds | undefined
}

interface Bounds {
  readonly west: number
  readonly east: number
  readonly south: number
  readonly north: number
}

export interface ImageToSort {
  readonly key: number
  readonly facts: Pick<ImageFacts, 'timeMs' | 'position' | 'camera'>
}

/**
 * Sorts images into flights: into one of `known` where they continue, precede or fill one, else into new ones. A new
 * flight's id is made of its camera and the time of its first image, so that the same card gives the same flights again.
 */
export function sortIntoFlights(
  images: readonly ImageToSort[],
  known: readonly Flight[],
  rule: FlightRule,
): { readonly flightOf: ReadonlyMap<number, string>; readonly flights: readonly Flight[] } {
  const flightOf = new Map<number, string>()
  const changed = new Map<string, Flight>()
  for (const group of groupsOf(images, rule)) {
    const flight = flightOfGroup(group)
    const before = [...known, ...changed.values()]
      .filter((candidate) => adjoins(candidate, flight, rule))
      .toSorted((a, b) => a.firstMs - b.firstMs)[0]
    const joined = before === undefined ? flight : union(changed.get(before.id) ?? before, flight)
    changed.set(joined.id, joined)
    for (const { key } of group) flightOf.set(key, joined.id)
  }
  return { flightOf, flights: [...changed.values()] }
}

function groupsOf(images: readonly ImageToSort[], rule: FlightRule): readonly (readonly ImageToSort[])[] {
  const groups: ImageToSort[][] = []
  const last = new Map<string, ImageToSort[]>()
  for (const image of images.toSorted((a, b) => a.facts.timeMs - b.facts.timeMs)) {
    const camera = cameraKey(image.facts)
    const group = last.get(camera)
    const previous = group?.at(-1)
    if (group !== undefined && previous !== undefined && follows(previous, image, rule)) {
      group.push(image)
      continue
    }
    const begun = [image]
    groups.push(begun)
    last.set(camera, begun)
  }
  return groups
}

function follows(before: ImageToSort, after: ImageToSort, { gapMs, distanceM }: FlightRule): boolean {
  if (after.facts.timeMs - before.facts.timeMs > gapMs) return false
  const [from, to] = [before.facts.position, after.facts.position]
  return from === undefined || to === undefined || distanceBetweenM(from, to) <= distanceM
}

function flightOfGroup(group: readonly ImageToSort[]): Flight {
  const times = group.map(({ facts }) => facts.timeMs)
  const firstMs = Math.min(...times)
  const camera = cameraKey(group[0]?.facts ?? {})
  const places = group.flatMap(({ facts }) => (facts.position === undefined ? [] : [facts.position]))
  const bounds = places.reduce<Bounds | undefined>(
    (found, { lat, lon }) => boundsOf(found, { west: lon, east: lon, south: lat, north: lat }),
    undefined,
  )
  return { id: flightId(camera, firstMs), camera, firstMs, lastMs: Math.max(...times), bounds }
}

/** `20260722-0012-3fa9c1d2`: UTC, and eight digits of the hash of camera and time. */
function flightId(camera: string, firstMs: number): string {
  const [, year, month, day, hour, minute] =
    /^(\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(new Date(firstMs).toISOString()) ?? []
  const hash = createHash('sha256').update(`${camera}/${firstMs}`).digest('hex').slice(0, 8)
  return `${year}${month}${day}-${hour}${minute}-${hash}`
}

function adjoins(known: Flight, flight: Flight, { gapMs, distanceM }: FlightRule): boolean {
  if (known.camera !== flight.camera) return false
  if (flight.firstMs - known.lastMs > gapMs || known.firstMs - flight.lastMs > gapMs) return false
  if (known.bounds === undefined || flight.bounds === undefined) return true
  return distanceOfBoundsM(known.bounds, flight.bounds) <= distanceM
}

function union(known: Flight, more: Flight): Flight {
  return {
    ...known,
    firstMs: Math.min(known.firstMs, more.firstMs),
    lastMs: Math.max(known.lastMs, more.lastMs),
    bounds: more.bounds === undefined ? known.bounds : boundsOf(known.bounds, more.bounds),
  }
}

function boundsOf(known: Bounds | undefined, more: Bounds): Bounds {
  if (known === undefined) return more
  return {
    west: Math.min(known.west, more.west),
    east: Math.max(known.east, more.east),
    south: Math.min(known.south, more.south),
    north: Math.max(known.north, more.north),
  }
}

function cameraKey({ camera }: Pick<ImageFacts, 'camera'>): string {
  return [camera?.make, camera?.model, camera?.serial].map((part) => part ?? '').join('|')
}

const degreeM = 111_320

/** On a sphere, for short ways. */
function distanceBetweenM(from: { lat: number; lon: number }, to: { lat: number; lon: number }): number {
  const eastM = (to.lon - from.lon) * degreeM * Math.cos((from.lat * Math.PI) / 180)
  return Math.hypot(eastM, (to.lat - from.lat) * degreeM)
}

/** Between the nearest sides; 0 where they overlap. */
function distanceOfBoundsM(a: Bounds, b: Bounds): number {
  const lonGap = Math.max(0, a.west - b.east, b.west - a.east)
  const latGap = Math.max(0, a.south - b.north, b.south - a.north)
  return distanceBetweenM({ lat: a.south, lon: 0 }, { lat: a.south + latGap, lon: lonGap })
}
