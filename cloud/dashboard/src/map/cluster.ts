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

/** Groups what lies within `reachPx` of the first of its group; the marker stands at the group's middle. Input order decides. */
export function clusterPlaced<T>(placed: readonly Placed<T>[], reachPx: number): readonly Cluster<T>[] {
  const groups: { seed: Point; members: Placed<T>[] }[] = []
  for (const one of placed) {
    const near = groups.find(({ seed }) => Math.hypot(seed.x - one.at.x, seed.y - one.at.y) < reachPx)
    if (near === undefined) groups.push({ seed: one.at, members: [one] })
    else near.members.push(one)
  }
  return groups.map(({ members }) => ({
    items: members.map(({ item }) => item),
    at: {
      x: members.reduce((sum, { at }) => sum + at.x, 0) / members.length,
      y: members.reduce((sum, { at }) => sum + at.y, 0) / members.length,
    },
  }))
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

type LabelSide = 'right' | 'left' | 'hidden'

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
