// Has a value stopped moving that never stood still so long? Exactly equal samples in a row, against the longest such run before.

/** A run counts as stopped from so many equal samples on, and from so many times the longest one before. */
const minRun = 10
const longerThanBefore = 3
/** How often the value must have moved before anything is said. */
const minMoves = 100
/** A long run is forgotten over so many later ones. */
const forgetting = 0.999

/** Plain numbers, so that it can be written to disk as it is. */
export interface StopState {
  last: number
  run: number
  longest: number
  moves: number
}

export function newStopState(): StopState {
  return { last: Number.NaN, run: 0, longest: 1, moves: 0 }
}

/** Takes a sample; true once for each run, at the sample that makes it too long. */
export function hasStopped(state: StopState, value: number): boolean {
  const limit = Math.ceil(Math.max(minRun, longerThanBefore * state.longest))
  if (value === state.last) {
    state.run += 1
    return state.moves >= minMoves && state.run === limit
  }
  state.longest = Math.max(state.longest * forgetting, state.run, 1)
  state.last = value
  state.run = 1
  state.moves += 1
  return false
}
