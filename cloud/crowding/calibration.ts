// From devices on a wireless LAN to people: fitted to what staff counted, with the error that it would have had on each count.

/** How many people were there when so many devices were connected. */
export interface CountedMoment {
  readonly people: number
  readonly clients: number
}

/** people = base + perClient × clients. `error`: root mean square of the leave-one-out errors, people. */
export interface Calibration {
  readonly base: number
  readonly perClient: number
  readonly error: number
  readonly counts: number
}

/** Fewer say nothing about the error. */
export const leastCounts = 5

type Line = Pick<Calibration, 'base' | 'perClient'>
type Fit = (moments: readonly CountedMoment[]) => Line

/**
 * The better of a ratio and a line, by leave-one-out error. Undefined with too few counts, and where neither is better than
 * the mean of the counts: then the devices say nothing of the people.
 */
export function calibrate(moments: readonly CountedMoment[]): Calibration | undefined {
  if (moments.length < leastCounts) return undefined
  const [best] = [ratio, line]
    .map((fit) => ({ ...fit(moments), error: leaveOneOutError(moments, fit), counts: moments.length }))
    .filter(({ perClient }) => perClient > 0)
    .toSorted((a, b) => a.error - b.error)
  return best !== undefined && best.error < leaveOneOutError(moments, mean) ? best : undefined
}

/** Never below 0. */
export function peopleOf(clients: number, { base, perClient }: Line): number {
  return Math.max(0, base + perClient * clients)
}

/** Each count is foretold from the others. People. */
function leaveOneOutError(moments: readonly CountedMoment[], fit: Fit): number {
  const squares = moments.map(({ people, clients }, index) => {
    const others = moments.filter((_, other) => other !== index)
    return (peopleOf(clients, fit(others)) - people) ** 2
  })
  return Math.sqrt(sumOf(squares) / squares.length)
}

/** Least squares through the origin. */
function ratio(moments: readonly CountedMoment[]): Line {
  const squares = sumOf(moments.map(({ clients }) => clients ** 2))
  const products = sumOf(moments.map(({ people, clients }) => people * clients))
  return { base: 0, perClient: squares === 0 ? 0 : products / squares }
}

/** Least squares. */
function line(moments: readonly CountedMoment[]): Line {
  const meanClients = sumOf(moments.map(({ clients }) => clients)) / moments.length
  const meanPeople = sumOf(moments.map(({ people }) => people)) / moments.length
  const spread = sumOf(moments.map(({ clients }) => (clients - meanClients) ** 2))
  const product = sumOf(moments.map(({ people, clients }) => (clients - meanClients) * (people - meanPeople)))
  const perClient = spread === 0 ? 0 : product / spread
  return { base: meanPeople - perClient * meanClients, perClient }
}

function mean(moments: readonly CountedMoment[]): Line {
  return { base: sumOf(moments.map(({ people }) => people)) / moments.length, perClient: 0 }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
