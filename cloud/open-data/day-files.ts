// The public readings of one series and one day in Japan, as CSV, JSON or Parquet with the same columns.
import { japanMs } from '../calendar/japan-days.ts'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { AppError } from '../../broker/contract/app-error.ts'
import { csvField } from '../exports/csv-export.ts'
import { licenceAddresses, type OpenDataSettings } from './open-data-file.ts'
import type { PublicReading, PublicSeries, PublicSeriesView } from './public-series.ts'

export const dayFormats = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const
export type DayFormat = keyof typeof dayFormats

const dayMs = 86_400_000
/** More than one reading a second. */
const mostReadings = 100_000

/** `2026-11-23`, as a clock in Japan shows it. */
export function dayInJapan(timeMs: number): string {
  return new Date(timeMs + japanMs).toISOString().slice(0, 10)
}

/** The days of which there are files, from the first to the last; undefined while there is none. */
export function publicDays(
  { settings }: PublicSeries,
  nowMs: number,
): { readonly first: string; readonly last: string } | undefined {
  const lastMs = nowMs - settings.delayMs
  return lastMs < settings.sinceMs ? undefined : { first: dayInJapan(settings.sinceMs), last: dayInJapan(lastMs) }
}

/** Throws `limit.exceeded` for more readings than a file may have. */
export async function dayFile(
  view: PublicSeriesView,
  series: PublicSeries,
  day: string,
  format: DayFormat,
  settings: OpenDataSettings,
): Promise<string | Buffer> {
  const fromMs = Date.parse(`${day}T00:00:00+09:00`)
  const readings = await view.readings(series, { fromMs, toMs: fromMs + dayMs, limit: mostReadings + 1 })
  if (readings.length > mostReadings)
    throw new AppError('limit.exceeded', `${day} has more than ${mostReadings} readings`)
  const rows = readings.map((reading) => rowOf(reading, series, settings))
  if (format === 'parquet') return parquetOf(rows)
  if (format === 'csv') return csvOf(rows)
  const { publisher, licence } = settings
  const head = {
    id: series.key,
    title: series.name,
    publisher: publisher.name,
    license: licenceAddresses[licence],
    day,
  }
  return JSON.stringify({ ...head, items: rows })
}

/** Headings as the common columns of 自治体標準オープンデータセット call them where they have them. */
interface DayRow {
  readonly 全国地方公共団体コード: string
  readonly ID: string
  readonly 名称: string
  readonly 緯度: number | null
  readonly 経度: number | null
  readonly 観測日時: string
  readonly 観測項目: string
  readonly 値: number
  readonly 単位: string
  readonly 品質フラグ: string
}

const headings = [
  '全国地方公共団体コード',
  'ID',
  '名称',
  '緯度',
  '経度',
  '観測日時',
  '観測項目',
  '値',
  '単位',
  '品質フラグ',
] as const satisfies readonly (keyof DayRow)[]

function rowOf(
  { timeMs, value, quality }: PublicReading,
  { key, name, position, facts }: PublicSeries,
  { publisher }: OpenDataSettings,
): DayRow {
  return {
    全国地方公共団体コード: publisher.code,
    ID: key,
    名称: name.ja,
    緯度: position?.lat ?? null,
    経度: position?.lon ?? null,
    観測日時: new Date(timeMs + japanMs).toISOString().replace(/(\.000)?Z$/, '+09:00'),
    観測項目: facts.label.ja,
    値: value,
    単位: facts.unit ?? '',
    品質フラグ: quality,
  }
}

function csvOf(rows: readonly DayRow[]): string {
  const lines = rows.map((row) =>
    headings.map((heading) => (typeof row[heading] === 'string' ? csvField(row[heading]) : String(row[heading] ?? ''))),
  )
  return `\uFEFF${[[...headings], ...lines].map((cells) => cells.join(',')).join('\r\n')}\r\n`
}

function parquetOf(rows: readonly DayRow[]): Buffer {
  const columnData = headings.map((name) => {
    const isNumber = name === '緯度' || name === '経度' || name === '値'
    const type = isNumber ? ('DOUBLE' as const) : ('STRING' as const)
    return { name, type, nullable: isNumber && name !== '値', data: rows.map((row) => row[name]) }
  })
  return Buffer.from(parquetWriteBuffer({ columnData }))
}
