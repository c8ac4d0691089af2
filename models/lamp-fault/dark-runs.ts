// Runs of neighbouring lamps that are dark though they should burn: the sign of a broken cable.

interface CableLamp {
  readonly valid: boolean
  readonly dark: boolean
  /** When it last went on or off, Unix ms. */
  readonly changedMs: number
}

export interface DarkRun {
  /** Dark lamps in the run; 0 for a lamp that is not dark. */
  readonly count: number
  /** 1 where the run reaches the end of the cable. */
  readonly reachesEnd: number
  /** Share of the run's other lamps that went dark with this one. */
  readonly atOnce: number
}

/** One a lamp, in cable order. Lamps that say nothing are passed over. `togetherMs`: how far apart "at once" may be. */
export function darkRuns(lamps: readonly CableLamp[], togetherMs: number): readonly (DarkRun | undefined)[] {
  const runs: (DarkRun | undefined)[] = Array.from({ length: lamps.length })
  const read = lamps.flatMap((lamp, index) => (lamp.valid ? [index] : []))
  let start = 0
  while (start < read.length) {
    const end = endOfRun(lamps, read, start)
    for (const index of read.slice(start, end)) {
      runs[index] = runOf(lamps, read.slice(start, end), index, end === read.length, togetherMs)
    }
    start = Math.max(end, start + 1)
  }
  return runs
}

function endOfRun(lamps: readonly CableLamp[], read: readonly number[], start: number): number {
  let end = start
  while (end < read.length && lamps[read[end] ?? -1]?.dark === true) end += 1
  return end
}

function runOf(
  lamps: readonly CableLamp[],
  run: readonly number[],
  index: number,
  reachesEnd: boolean,
  togetherMs: number,
): DarkRun {
  const own = lamps[index]?.changedMs ?? 0
  const near = run.filter((other) => Math.abs((lamps[other]?.changedMs ?? 0) - own) <= togetherMs).length
  return { count: run.length, reachesEnd: reachesEnd ? 1 : 0, atOnce: (near - 1) / Math.max(run.length - 1, 1) }
}
