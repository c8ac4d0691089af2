// Tells an edge of a digital input from the bouncing of a contact.

/** Which change of the input is the trigger. */
export type TriggerEdge = 'rising' | 'falling'

export interface EdgeDetector {
  /**
   * The input's level at a time (monotonic ms, never falling). Returns when the edge happened, once the new level has
   * held for the debounce time; undefined otherwise.
   */
  sample(level: boolean, atMs: number): number | undefined
  /** After a gap the next level is where things stand, and no edge. */
  reset(): void
}

export function createEdgeDetector(options: { readonly edge: TriggerEdge; readonly debounceMs: number }): EdgeDetector {
  let settled: boolean | undefined
  let changedMs: number | undefined
  return {
    sample(level, atMs) {
      if (settled === undefined || level === settled) {
        settled = level
        changedMs = undefined
        return undefined
      }
      changedMs ??= atMs
      if (atMs - changedMs < options.debounceMs) return undefined
      const happenedMs = changedMs
      settled = level
      changedMs = undefined
      return level === (options.edge === 'rising') ? happenedMs : undefined
    },
    reset() {
      settled = undefined
      changedMs = undefined
    },
  }
}
