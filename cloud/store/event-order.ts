// The order of events, for stores that cannot sort them themselves.
import type { EventKey } from './store.ts'

/** Negative where `a` comes first: newest first, then gateway, epoch and seq, each descending. */
export function compareEvents(a: EventKey, b: EventKey): number {
  return b.timeMs - a.timeMs || compareText(b.gateway, a.gateway) || compareText(b.epoch, a.epoch) || b.seq - a.seq
}

/** As databases do: by code units, not by language. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
