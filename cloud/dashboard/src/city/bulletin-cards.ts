// Which messages of the disaster broadcast stand on a card: one that was called off and what called it off are one event.
import type { BulletinItem } from '../api/bulletin-api.ts'

export interface BulletinOnCard {
  readonly item: BulletinItem
  /** What called it off, where the list holds that too. */
  readonly cancellation: BulletinItem | undefined
}

/** In the order of the list; a cancellation stands by itself only while nothing that it ended is in the list. */
export function bulletinCards(items: readonly BulletinItem[]): readonly BulletinOnCard[] {
  const cancellations = new Map(items.filter(({ kind }) => kind === 'cancel').map((item) => [item.id, item]))
  const ended = new Set(items.map(({ endedBy }) => endedBy))
  return items
    .filter(({ kind, id }) => kind !== 'cancel' || !ended.has(id))
    .map((item) => ({ item, cancellation: item.endedBy === null ? undefined : cancellations.get(item.endedBy) }))
}
