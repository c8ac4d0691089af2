// Which sites share one marker because theirs would overlap, and which names fit beside their markers.
import type { Point, Size } from './geometry.ts'

export interface Placed<T> {
  readonly item: T
  readonly at: Point
}

export interface Cluster<T> {
  readonly items: readonly T[]
  readonly at: Point
}

/** Radius in pixels of the marker of a group of so many. */
export type MarkerRadius = (count: number) => number

/**
 * Groups what would overlap until no two markers do: each group's marker stands at the middle of its members, with the
 * radius of its size. Members keep the order of the input.
 */
export function clusterPlaced<T>(placed: readonly Placed<T>[], radiusPx: MarkerRadius): readonly Cluster<T>[] {
  let groups: readonly Group<T>[] = placed.map((one, index) => ({ members: [{ ...one, index }], at: one.at }))
  for (;;) {
    const merged = mergeOverlapping(groups, radiusPx)
    if (merged.length === groups.length) break
    groups = merged
  }
  return groups.map(({ members, at }) => ({
    items: members.toSorted((a, b) => a.index - b.index).map(({ item }) => item),
    at,
  }))
}

interface Group<T> extends Pick<Cluster<T>, 'at'> {
  readonly members: readonly (Placed<T> & { readonly index: number })[]
}

/** One pass: each group joins the first before it whose marker it would cover. */
function mergeOverlapping<T>(groups: readonly Group<T>[], radiusPx: MarkerRadius): readonly Group<T>[] {
  const kept: Group<T>[] = []
  for (const group of groups) {
    const reach = ({ members }: Group<T>): number => radiusPx(members.length) + radiusPx(group.members.length)
    const near = kept.findIndex((other) => Math.hypot(other.at.x - group.at.x, other.at.y - group.at.y) < reach(other))
    const other = kept[near]
    if (other === undefined) kept.push(group)
    else kept[near] = groupOf([...other.members, ...group.members])
  }
  return kept
}

function groupOf<T>(members: Group<T>['members']): Group<T> {
  const mean = (read: (at: Point) => number): number =>
    members.reduce((sum, { at }) => sum + read(at), 0) / members.length
  return { members, at: { x: mean(({ x }) => x), y: mean(({ y }) => y) } }
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface LabelRequest extends Size {
  readonly at: Point
  /** Half the marker's width: the label stands beyond it. */
  readonly radius: number
}

export type LabelSide = 'right' | 'left' | 'hidden'

/** A name that stands centred at its place and gives way to markers and their labels. */
export interface CentredLabel extends Size {
  readonly at: Point
}

export interface LabelLayout {
  readonly sides: readonly LabelSide[]
  readonly shown: readonly boolean[]
}

const overlaps = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

const boxAround = ({ x, y }: Point, width: number, height: number): Box => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
})

function besideMarker({ at, radius, width, height }: LabelRequest, side: 'right' | 'left'): Box {
  const middle = side === 'right' ? at.x + radius + width / 2 : at.x - radius - width / 2
  return boxAround({ x: middle, y: at.y }, width, height)
}

/**
 * Greedy: each marker's label takes the right, else the left of its marker, where it covers nothing and stays in the
 * window; the centred names are shown where room is left. `blocked` is covered by something else.
 */
export function layOutLabels(
  requests: readonly LabelRequest[],
  centred: readonly CentredLabel[],
  window: Size,
  blocked: readonly Box[],
): LabelLayout {
  const taken = [...requests.map(({ at, radius }) => boxAround(at, 2 * radius, 2 * radius)), ...blocked]
  const sides = requests.map((request, owner): LabelSide => {
    const free = (['right', 'left'] as const).find((side) => {
      const box = besideMarker(request, side)
      const inside = box.left >= 0 && box.right <= window.width && box.top >= 0 && box.bottom <= window.height
      return inside && !taken.some((other, index) => index !== owner && overlaps(other, box))
    })
    if (free !== undefined) taken.push(besideMarker(request, free))
    return free ?? 'hidden'
  })
  const shown = centred.map(({ at, width, height }) => {
    const box = boxAround(at, width, height)
    const free = !taken.some((other) => overlaps(other, box))
    if (free) taken.push(box)
    return free
  })
  return { sides, shown }
}
