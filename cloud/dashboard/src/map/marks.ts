// What the city's map shows, whatever it is: a mark has a layer, a state, a place and a name, and leads to a page.
import type { MarkName } from '../parts/state-mark.tsx'
import type { Position } from './geometry.ts'

/** In the order in which they are offered. */
export const layerIds = ['streetlight', 'wifi', 'gateway', 'weather', 'shelter', 'report'] as const
export type LayerId = (typeof layerIds)[number]

export interface Mark {
  readonly id: string
  readonly layer: LayerId
  /** `info`: known, and watched by nothing. */
  readonly state: MarkName
  readonly position: Position
  readonly name: string
  /** What it is part of, or what is told of it. */
  readonly note: string
  /** Its page; none where the hub knows no more than its place. */
  readonly hash: string | undefined
}

/** A mark or a group of them as it is seen now. */
export interface SeenMark {
  readonly key: string
  /** Pixels from the window's top left. */
  readonly at: { readonly x: number; readonly y: number }
  /** Of a group that of its worst. */
  readonly state: MarkName
  readonly count: number
  /** Of one that stands alone. */
  readonly id: string | undefined
  /** Ids of a group's first members, at most `most`. */
  members(most: number): Promise<readonly string[]>
}

/** What a person should hear of first is the highest. */
export const stateOrder = ['info', 'good', 'offline', 'warning', 'critical'] as const satisfies readonly MarkName[]

export function stateRank(state: MarkName): number {
  return stateOrder.indexOf(state)
}

/** Worst first, then by name; the list beside the map and the keyboard go by it. */
export function sortMarks(marks: readonly Mark[]): readonly Mark[] {
  const collator = new Intl.Collator('ja', { numeric: true })
  return marks.toSorted((a, b) => stateRank(b.state) - stateRank(a.state) || collator.compare(a.name, b.name))
}

/** Marks whose name, note or id holds every word of what was typed, whatever the width and case of its letters. */
export function searchMarks(marks: readonly Mark[], typed: string): readonly Mark[] {
  const plain = (text: string): string => text.normalize('NFKC').toLowerCase()
  const words = plain(typed)
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return marks
  return marks.filter(({ id, name, note }) => {
    const text = plain(`${name} ${note} ${id}`)
    return words.every((word) => text.includes(word))
  })
}
