// The middle of what the other lamps of a circuit show.

/** The median, the two middle ones averaged; 0 of nothing. */
export function medianOfOthers(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b)
  const upper = Math.floor(ordered.length / 2)
  const lower = Math.floor(Math.max(ordered.length - 1, 0) / 2)
  return ((ordered[lower] ?? 0) + (ordered[upper] ?? 0)) / 2
}
