// From what is measured (devices on a wireless LAN, people that a camera sees) to people: fitted to what staff counted, with the error that it would have had on each count.

/** How many people were there when so many devices were connected, or people seen. */
export interface CountedMoment {
  readonly people: number
  readonly measured: number
}

/** people = base + perMeasured × measured. `error`: root mean square of the leave-one-out errors, people. */
export interface Calibration {
  readonly base: number
  readonly perMeasured: number
  readonly error: number
  readonly counts: number
}

/** Fewer say nothing about the error. */
export const leastCounts = 5

type Line = Pick<Calibration, 'base' | 'perMeasured'>
type Fit = (moments: readonly CountedMoment[]) => Line

/**
 * The better of a ratio and a line, by leave-one-out error. Undefined with too few counts, and where neither is better than
 * the mean of the counts: then what is measured says nothing of the people.
 */
export function calibrate(moments: readonly CountedMoment[]): Calibration | undefined {
  if (moments.length < leastCounts) return undefined
  const [best] = [ratio, line]
    .map((fit) => ({ ...fit(moments), error: leaveOneOutError(moments, fit), counts: moments.length }))
    .filter(({ perMeasured }) => perMeasured > 0)
    .toSorted((a, b) => a.error - b.error)
  return best !== undefined && best.error < leaveOneOutError(moments, mean) ? best : undefined
}

/** Never below 0. */
export function peopleOf(measured: number, { base, perMeasured }: Line): number {
  return Math.max(0, base + perMeasured * measured)
}

/** Each count is foretold from the others. People. */
function leaveOneOutError(moments: readonly CountedMoment[], fit: Fit): number {
  const squares = moments.map(({ people, measured }, index) => {
    const others = moments.filter((_, other) => other !== index)
    return (peopleOf(measured, fit(others)) - people) ** 2
  })
  return Math.sqrt(sumOf(squares) / squares.length)
}

/** Least squares through the origin. */
function ratio(moments: readonly CountedMoment[]): Line {
  const squares = sumOf(moments.map(({ measured }) => measured ** 2))
  const products = sumOf(moments.map(({ people, measured }) => people * measured))
  return { base: 0, perMeasured: squares === 0 ? 0 : products / squares }
}

/** Least squares. */
function line(moments: readonly CountedMoment[]): Line {
  const meanMeasured = sumOf(moments.map(({ measured }) => measured)) / moments.length
  const meanPeople = sumOf(moments.map(({ people }) => people)) / moments.length
  const spread = sumOf(moments.map(({ measured }) => (measured - meanMeasured) ** 2))
  const product = sumOf(moments.map(({ people, measured }) => (measured - meanMeasured) * (people - meanPeople)))
  const perMeasured = spread === 0 ? 0 : product / spread
  return { base: meanPeople - perMeasured * meanMeasured, perMeasured }
}

function mean(moments: readonly CountedMoment[]): Line {
  return { base: sumOf(moments.map(({ people }) => people)) / moments.length, perMeasured: 0 }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
