// Reads the series, label windows and cost profiles of the Numenta Anomaly Benchmark (NAB) from a folder; none of it is part of the project.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

/** Rows `first` to `last`, both inside. */
interface NabWindow {
  readonly first: number
  readonly last: number
}

/** One labelled series. `name` is `category/file.csv`; times are the file's clock read as UTC. */
export interface NabSeries {
  readonly name: string
  readonly category: string
  readonly timesMs: Float64Array
  readonly values: Float64Array
  readonly windows: readonly NabWindow[]
}

/** What a found window, a missed window and an alarm outside are worth. */
export interface NabProfile {
  readonly tpWeight: number
  readonly fnWeight: number
  readonly fpWeight: number
}

export const nabProfileNames = ['standard', 'reward_low_FP_rate', 'reward_low_FN_rate'] as const
type NabProfileName = (typeof nabProfileNames)[number]

export interface NabCorpus {
  readonly series: readonly NabSeries[]
  readonly profiles: Readonly<Record<NabProfileName, NabProfile>>
}

/** Reads `windows.json`, `profiles.json` and `data/CATEGORY/FILE.csv` under the folder. Throws AppError `config.invalid`. */
export async function readNabCorpus(folder: string): Promise<NabCorpus> {
  const labels = await readJson<Readonly<Record<string, readonly (readonly [string, string])[]>>>(
    folder,
    'windows.json',
  )
  const costs = await readJson<Readonly<Record<NabProfileName, { CostMatrix: NabProfile }>>>(folder, 'profiles.json')
  const series: NabSeries[] = []
  for (const category of (await readdir(join(folder, 'data'))).toSorted()) {
    for (const file of (await readdir(join(folder, 'data', category))).toSorted()) {
      const name = `${category}/${file}`
      const text = await readFile(join(folder, 'data', category, file), 'utf8')
      series.push(parseNabSeries(name, text, labels[name] ?? []))
    }
  }
  const profile = (name: NabProfileName): NabProfile => costs[name].CostMatrix
  return {
    series,
    profiles: {
      standard: profile('standard'),
      reward_low_FP_rate: profile('reward_low_FP_rate'),
      reward_low_FN_rate: profile('reward_low_FN_rate'),
    },
  }
}

/** A series from `timestamp,value` lines and its label windows (first and last time). Throws AppError `config.invalid`. */
export function parseNabSeries(name: string, text: string, windows: readonly (readonly [string, string])[]): NabSeries {
  const rows = text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(','))
  const timesMs = Float64Array.from(rows, ([time]) => clockMs(time ?? ''))
  const values = Float64Array.from(rows, ([, value]) => Number(value))
  if ([...timesMs, ...values].some(Number.isNaN)) throw new AppError('config.invalid', `${name} has an unreadable row`)
  const row = (time: string): number => {
    const at = timesMs.indexOf(clockMs(time))
    if (at < 0) throw new AppError('config.invalid', `${name} has no row at ${time}, where a label window ends`)
    return at
  }
  return {
    name,
    category: name.split('/')[0] ?? '',
    timesMs,
    values,
    windows: windows.map(([first, last]) => ({ first: row(first), last: row(last) })),
  }
}

function clockMs(text: string): number {
  return Date.parse(`${text.trim().slice(0, 19).replace(' ', 'T')}Z`)
}

async function readJson<T>(folder: string, file: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as T
}
