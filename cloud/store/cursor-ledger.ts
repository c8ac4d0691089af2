// How far each epoch of each gateway is stored: decides whether a commit is new, for every store.
import type { Cursor } from './store.ts'

export interface CursorLedger {
  /**
   * True when every cursor of the commit is stored already: it was applied before, and its acknowledgement got lost.
   * A commit without cursors is never recognised.
   */
  wasApplied(cursors: readonly Cursor[]): boolean
  /** Those that would move forward; a cursor never goes back. */
  advancing(cursors: readonly Cursor[]): readonly Cursor[]
  record(cursors: readonly Cursor[]): void
  /** Of each gateway those that moved last come last. */
  all(): readonly Cursor[]
  readonly size: number
}

export function createCursorLedger(): CursorLedger {
  const gateways = new Map<string, Map<string, number>>()
  let size = 0
  const through = ({ gateway, epoch }: Cursor) => gateways.get(gateway)?.get(epoch) ?? -1

  function record(cursor: Cursor): void {
    let epochs = gateways.get(cursor.gateway)
    if (epochs === undefined) gateways.set(cursor.gateway, (epochs = new Map()))
    const known = epochs.get(cursor.epoch)
    if (known === undefined) size++
    else epochs.delete(cursor.epoch)
    epochs.set(cursor.epoch, Math.max(cursor.through, known ?? 0))
  }

  return {
    wasApplied: (cursors) => cursors.length > 0 && cursors.every((cursor) => through(cursor) >= cursor.through),
    advancing: (cursors) => cursors.filter((cursor) => cursor.through > through(cursor)),
    record: (cursors) => cursors.forEach(record),
    all: () =>
      [...gateways].flatMap(([gateway, epochs]) =>
        [...epochs].map(([epoch, last]) => ({ gateway, epoch, through: last })),
      ),
    get size() {
      return size
    },
  }
}
