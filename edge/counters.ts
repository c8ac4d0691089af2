// Named counters of the gateway: nothing is dropped, refused or retried without one of these rising.

/** Counters by name and reason. Names and reasons come from code, never from input, so their number is bounded. */
export interface Counters {
  add(name: string, reason: string, by?: number): void
  /** The sum over all reasons of a name. */
  total(name: string): number
  entries(): readonly CounterEntry[]
}

export interface CounterEntry {
  readonly name: string
  readonly reason: string
  readonly value: number
}

export function createCounters(): Counters {
  const byName = new Map<string, Map<string, number>>()
  return {
    add(name, reason, by = 1) {
      const reasons = byName.get(name) ?? new Map<string, number>()
      byName.set(name, reasons)
      reasons.set(reason, (reasons.get(reason) ?? 0) + by)
    },
    total: (name) => [...(byName.get(name)?.values() ?? [])].reduce((sum, value) => sum + value, 0),
    entries: () =>
      [...byName].flatMap(([name, reasons]) => [...reasons].map(([reason, value]) => ({ name, reason, value }))),
  }
}
