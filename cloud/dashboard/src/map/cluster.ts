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

interface Box {
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

const overlaps = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

function markerBox({ at, radius }: LabelRequest): Box {
  return { left: at.x - radius, right: at.x + radius, top: at.y - radius, bottom: at.y + radius }
}

function labelBox({ at, radius, width, height }: LabelRequest, side: 'right' | 'left'): Box {
  const left = side === 'right' ? at.x + radius : at.x - radius - width
  return { left, right: left + width, top: at.y - height / 2, bottom: at.y + height / 2 }
}

/** Greedy: each label takes the right, else the left of its marker, where it covers nothing and stays in the window. */
export function placeLabels(requests: readonly LabelRequest[], window: Size): readonly LabelSide[] {
  const taken: Box[] = requests.map(markerBox)
  return requests.map((request, index) => {
    const free = (['right', 'left'] as const).find((side) => {
      const box = labelBox(request, side)
      const inside = box.left >= 0 && box.right <= window.width && box.top >= 0 && box.bottom <= window.height
      return inside && !taken.some((other, owner) => owner !== index && overlaps(other, box))
    })
    if (free !== undefined) taken.push(labelBox(request, free))
    return free ?? 'hidden'
  })
}
