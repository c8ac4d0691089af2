// How well the heading model fits sowings of which the dates were seen: fitted to all but one, asked of that one, for each.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { developmentRate, type CultivarParameters } from '../../cloud/insights/rice/development.ts'

/** One date of sowing of one variety, with the mean day of heading of its plants; days since 1970. */
interface Sowing {
  readonly variety: string
  readonly sown: number
  readonly headed: number
}

interface Climate {
  readonly firstDay: number
  readonly meanC: readonly number[]
  readonly dayLengthH: readonly number[]
}

const dayMs = 86_400_000
const longestDays = 330
/** Sowings that did not head in time say nothing about a date. */
const leastSowings = 5

/** Lines to print. Reads DIR/heading-date of qikushu/DVIEst (GPL-3). Throws `not-found` where it is not there. */
export async function evaluateHeading(folder: string): Promise<readonly string[]> {
  const climate = readClimate(await textOf(join(folder, 'heading-date', 'climate.txt')))
  const sowings = readSowings(await textOf(join(folder, 'heading-date', 'dates.txt')))
  const lines = [
    `Heading dates of ${sowings.length} sowings; errors are of sowings left out of the fit, days (root of the mean square).`,
    '',
    'variety  sowings  model  degree-days  mean days',
  ]
  const all: number[][] = [[], [], []]
  for (const [variety, own] of Map.groupBy(sowings, (sowing) => sowing.variety)) {
    if (own.length < leastSowings) {
      lines.push(`${variety.padEnd(8)} ${String(own.length).padStart(7)}  too few`)
      continue
    }
    const errors = leaveOneOut(own, climate)
    errors.forEach((list, index) => all[index]?.push(...list))
    lines.push(row(variety, own.length, errors))
  }
  return [...lines, row('all', all[0]?.length ?? 0, all)]
}

function row(name: string, count: number, errors: readonly (readonly number[])[]): string {
  const [model = '', sum = '', mean = ''] = errors.map((list) => rootMeanSquare(list).toFixed(1))
  return `${name.padEnd(8)} ${String(count).padStart(7)}  ${model.padStart(5)}  ${sum.padStart(11)}  ${mean.padStart(9)}`
}

/** Errors of the model, of a sum of degree-days above 10 °C and of the mean number of days, each without the sowing asked. */
function leaveOneOut(sowings: readonly Sowing[], climate: Climate): readonly [number[], number[], number[]] {
  const errors: [number[], number[], number[]] = [[], [], []]
  for (const left of sowings) {
    const others = sowings.filter((one) => one !== left)
    const parameters = fit(others, climate)
    errors[0].push(daysToHeading(parameters, left.sown, climate) - (left.headed - left.sown))
    const sum = mean(others.map((one) => degreeDays(one.sown, one.headed, climate)))
    errors[1].push(daysToSum(left.sown, sum, climate) - (left.headed - left.sown))
    errors[2].push(mean(others.map((one) => one.headed - one.sown)) - (left.headed - left.sown))
  }
  return errors
}

/** A search by coordinates from several starts, each step halved when it brings nothing. From sowing on, DVI begins at 0. */
function fit(sowings: readonly Sowing[], climate: Climate): CultivarParameters {
  const cost = (one: CultivarParameters) =>
    rootMeanSquare(sowings.map(({ sown, headed }) => daysToHeading(one, sown, climate) - (headed - sown)))
  let best: CultivarParameters | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const start of starts) {
    let current = start
    let currentCost = cost(start)
    let scale = 1
    while (scale > 0.05) {
      let moved = false
      for (const [name, step] of steps) {
        for (const sign of [1, -1]) {
          const tried = clamp({ ...current, [name]: current[name] + sign * step * scale })
          const triedCost = cost(tried)
          if (triedCost >= currentCost - 1e-6) continue
          current = tried
          currentCost = triedCost
          moved = true
        }
      }
      if (!moved) scale /= 2
    }
    if (currentCost < bestCost) [best, bestCost] = [current, currentCost]
  }
  return best ?? firstStart
}

/** Of each way to be sensitive to day length; the climate of the data has 10.9 to 13.4 hours. */
const starts: readonly CultivarParameters[] = [12.2, 12.6, 13, 13.6, 15].flatMap((lc) =>
  [0.6, 3].flatMap((bdl) => [25, 50, 90].map((gv) => ({ gv, alf: 0.36, th: 18, bdl, lc, dviA: 0.3 }))),
)
const firstStart: CultivarParameters = { gv: 50, alf: 0.36, th: 18, bdl: 0.6, lc: 15, dviA: 0.3 }
const steps = [
  ['gv', 8],
  ['th', 2],
  ['bdl', 0.4],
  ['lc', 0.6],
  ['dviA', 0.1],
] as const

function clamp({ gv, alf, th, bdl, lc, dviA }: CultivarParameters): CultivarParameters {
  const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
  return {
    gv: within(gv, 15, 150),
    alf,
    th: within(th, 8, 28),
    bdl: within(bdl, 0.02, 10),
    lc: within(lc, 10, 24),
    dviA: within(dviA, 0, 1),
  }
}

function daysToHeading(parameters: CultivarParameters, sown: number, climate: Climate): number {
  let dvi = 0
  for (let day = 0; day < longestDays; day += 1) {
    const place = sown + day - climate.firstDay
    const meanC = climate.meanC[place]
    const dayLengthH = climate.dayLengthH[place]
    if (meanC === undefined || dayLengthH === undefined) return longestDays
    const before = dvi
    dvi += developmentRate(parameters, Math.min(1, dvi), { meanC, dayLengthH })
    // The fraction of the day makes the cost smooth.
    if (dvi >= 1) return day + (1 - before) / (dvi - before)
  }
  return longestDays
}

const baseC = 10

function degreeDays(from: number, to: number, { firstDay, meanC }: Climate): number {
  let sum = 0
  for (let day = from; day < to; day += 1) sum += Math.max(0, (meanC[day - firstDay] ?? 0) - baseC)
  return sum
}

function daysToSum(sown: number, wanted: number, climate: Climate): number {
  let sum = 0
  for (let day = 0; day < longestDays; day += 1) {
    sum += Math.max(0, (climate.meanC[sown + day - climate.firstDay] ?? 0) - baseC)
    if (sum >= wanted) return day
  }
  return longestDays
}

function readClimate(text: string): Climate {
  const rows = rowsOf(text)
  const firstDay = dayOf(rows[0]?.[0] ?? '')
  return {
    firstDay,
    dayLengthH: rows.map(([, hours]) => Number(hours)),
    meanC: rows.map(([, , celsius]) => Number(celsius)),
  }
}

/** The mean of the plants of one sowing; plants that never headed are left out. */
function readSowings(text: string): readonly Sowing[] {
  const plants = rowsOf(text).flatMap(([, variety = '', , , sown = '', headed = '']) =>
    headed === 'NA' ? [] : [{ variety, sown: dayOf(sown), headed: dayOf(headed) }],
  )
  return [...Map.groupBy(plants, ({ variety, sown }) => `${variety} ${sown}`).values()].flatMap((own) => {
    const [first] = own
    return first === undefined ? [] : [{ ...first, headed: mean(own.map(({ headed }) => headed)) }]
  })
}

function rowsOf(text: string): string[][] {
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split('\t'))
}

function dayOf(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / dayMs)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function rootMeanSquare(errors: readonly number[]): number {
  return Math.sqrt(mean(errors.map((error) => error ** 2)))
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `${file} cannot be read`, { cause })
  })
}
