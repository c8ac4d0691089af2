// How good the short forecasts are: made once a day over months of real and simulated readings, each scored on what came after.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  forecastLookBackHours,
  hourlyProblem,
  minimumProblem,
} from '../../cloud/insights/forecasts/forecast-problems.ts'
import { isShown, rollingForecast, type RollingForecast } from '../../cloud/insights/forecasts/rolling-forecast.ts'
import { hourMs, type Hours } from '../../cloud/insights/insight.ts'
import { createPaddy } from '../../firmware-bridge/simulators/nature/paddy.ts'
import { createWeather } from '../../firmware-bridge/simulators/nature/weather.ts'
import { seasonWeather } from './season-plan.ts'

type Columns = Pick<Hours, 'min' | 'mean'>

interface Case {
  readonly name: string
  readonly unit: string
  readonly columns: Columns
  readonly make: (hours: Columns) => RollingForecast | undefined
  readonly problem: typeof hourlyProblem | typeof minimumProblem
}

/** Lines to print. Real data where DIR has them: NAB's ambient temperature (MIT) and Raingel's Taichung hours. */
export async function evaluateForecasts(folder: string): Promise<readonly string[]> {
  const lines = [
    'Forecasts of the next 24 hours, one made each day from the 36 days before it and compared with what came. Errors are means',
    'of absolute errors over all leads. skill: 1 - error / the smaller of the two. shown: days on which the forecast was shown.',
    'inside: share of what came inside the 80 % interval of the forecasts that were shown.',
    '',
    `${'series'.padEnd(44)} days  error  persist.  seasonal  skill  shown  inside`,
  ]
  for (const one of [...(await realCases(folder)), ...simulatedCases()]) lines.push(lineOf(one))
  return lines
}

function lineOf({ name, unit, columns, make, problem }: Case): string {
  const sums = { own: 0, persistence: 0, seasonal: 0, count: 0, shown: 0, inside: 0, ofShown: 0, days: 0 }
  const whole = problem(columns)
  const scratch = new Float64Array(whole.features)
  for (let end = forecastLookBackHours; end + 24 <= columns.mean.length; end += 24) {
    const cut = {
      min: columns.min.subarray(end - forecastLookBackHours, end),
      mean: columns.mean.subarray(end - forecastLookBackHours, end),
    }
    const found = make(cut)
    if (found === undefined) continue
    sums.days += 1
    const shown = isShown(found.score)
    if (shown) sums.shown += 1
    for (const { lead, value, low, high } of found.points) {
      const target = whole.target(end - 1, lead)
      const guesses = whole.sample(end - 1, lead, scratch)
      if (Number.isNaN(target) || guesses === undefined) continue
      sums.count += 1
      sums.own += Math.abs(target - value)
      sums.persistence += Math.abs(target - guesses.persistence)
      sums.seasonal += Math.abs(target - guesses.seasonal)
      if (!shown) continue
      sums.ofShown += 1
      if (target >= low && target <= high) sums.inside += 1
    }
  }
  if (sums.count === 0) return `${name.padEnd(44)}    0  too short: 36 days and one more are needed`
  const mean = (sum: number) => (sum / sums.count).toFixed(2)
  const skill = 1 - sums.own / Math.min(sums.persistence, sums.seasonal)
  const share = (part: number, of: number) => (of === 0 ? '  –' : `${((100 * part) / of).toFixed(0)}%`)
  return [
    `${name} (${unit})`.padEnd(44),
    String(sums.days).padStart(4),
    mean(sums.own).padStart(6),
    mean(sums.persistence).padStart(9),
    mean(sums.seasonal).padStart(9),
    skill.toFixed(2).padStart(6),
    share(sums.shown, sums.days).padStart(6),
    share(sums.inside, sums.ofShown).padStart(7),
  ].join(' ')
}

const minimum = { make: (hours: Columns) => rollingForecast(minimumProblem(hours)), problem: minimumProblem }
const hourly = { make: (hours: Columns) => rollingForecast(hourlyProblem(hours)), problem: hourlyProblem }

async function realCases(folder: string): Promise<readonly Case[]> {
  const cases: Case[] = []
  const nab = await textOrNothing(join(folder, 'nab/data/realKnownCause/ambient_temperature_system_failure.csv'))
  if (nab !== undefined) {
    const columns = hoursOfCsv(nab, (cells) => ({
      timeMs: Date.parse(`${cells[0]?.replace(' ', 'T')}Z`),
      value: ((Number(cells[1]) - 32) * 5) / 9,
    }))
    cases.push({ name: 'NAB ambient temperature, lowest', unit: '°C', columns, ...minimum })
    cases.push({ name: 'NAB ambient temperature, hours', unit: '°C', columns, ...hourly })
  }
  const taichung = await textOrNothing(join(folder, 'weather/hourly-467080-2014-05-17.csv'))
  if (taichung !== undefined) {
    const columns = hoursOfCsv(taichung, ([time = '', , , celsius]) => ({
      timeMs: Date.parse(`${time.slice(0, 10)}T00:00:00Z`) + Number(time.slice(11, 13)) * hourMs,
      value: Number(celsius),
    }))
    cases.push({ name: 'Taichung air temperature, lowest', unit: '°C', columns, ...minimum })
  }
  return cases
}

/** Hours without a line, or with one that holds no number, are NaN. */
function hoursOfCsv(
  text: string,
  read: (cells: readonly string[]) => { readonly timeMs: number; readonly value: number },
): Columns {
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => read(line.split(',')))
    .filter(({ timeMs }) => !Number.isNaN(timeMs))
  const fromMs = rows[0]?.timeMs ?? 0
  const mean = new Float32Array(Math.round(((rows.at(-1)?.timeMs ?? fromMs) - fromMs) / hourMs) + 1).fill(Number.NaN)
  for (const { timeMs, value } of rows) mean[Math.round((timeMs - fromMs) / hourMs)] = value
  return { mean, min: mean }
}

/** March to September at the simulated fields: the weather with its cold spell and heat wave, water that is filled each morning. */
function simulatedCases(): readonly Case[] {
  const year = 2026
  const startMs = Date.parse(`${year}-03-01T00:00:00+09:00`)
  const hours = 214 * 24
  const weather = seasonWeather(createWeather(7), year)
  const paddy = createPaddy(
    { seed: 7, id: 'evaluation', targetMm: 62, weirMm: 120, percolationMmDay: 11 },
    weather,
    startMs,
  )
  const column = () => new Float32Array(hours)
  const [air, airMin, level, water] = [column(), column(), column(), column()]
  for (let hour = 0; hour < hours; hour += 1) {
    const quarters = [0, 1, 2, 3].map((quarter) => startMs + hour * hourMs + (quarter + 0.5) * (hourMs / 4))
    const celsius = quarters.map((timeMs) => weather.at(timeMs).airTemperatureC)
    const readings = quarters.map((timeMs) => paddy.readings(timeMs))
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    air[hour] = mean(celsius)
    airMin[hour] = Math.min(...celsius)
    level[hour] = mean(readings.map(({ levelMm }) => levelMm)) / 10
    water[hour] = mean(readings.map(({ waterTemperatureC }) => waterTemperatureC))
  }
  return [
    { name: 'simulated air temperature, lowest', unit: '°C', columns: { mean: air, min: airMin }, ...minimum },
    { name: 'simulated water temperature, hours', unit: '°C', columns: { mean: water, min: water }, ...hourly },
    { name: 'simulated water level, hours', unit: 'cm', columns: { mean: level, min: level }, ...hourly },
  ]
}

async function textOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
