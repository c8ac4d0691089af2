// Reads a table of times and numbers for `musubi model run`: one series, or one column a lamp.
import { AppError } from '../../broker/contract/app-error.ts'

export interface Table {
  /** Of the columns after the time. */
  readonly names: readonly string[]
  readonly timesMs: readonly number[]
  /** One list a column; undefined: an empty cell or `NaN`. */
  readonly columns: readonly (readonly (number | undefined)[])[]
}

/**
 * The first line names the columns; the first column is the time: ISO 8601 (UTC where no zone is given), Unix seconds or
 * milliseconds. Throws `config.invalid` with the line of the fault.
 */
export function parseTable(text: string, file: string): Table {
  const lines = text.split(/\r?\n/).map((line) => line.split(',').map((cell) => cell.trim()))
  const [head = [], ...rows] = lines.filter((cells) => cells.some((cell) => cell !== ''))
  const names = head.slice(1)
  if (names.length === 0) throw new AppError('config.invalid', `${file} needs a first line such as time,value`)
  const fault = (row: number, what: string): AppError =>
    new AppError('config.invalid', `${file}, line ${row + 2}: ${what}`)
  const timesMs = rows.map(([time = ''], row) => {
    const timeMs = timeOf(time)
    if (timeMs === undefined) throw fault(row, `"${time}" is no time, e.g. 2026-05-01T12:00:00+09:00`)
    return timeMs
  })
  const columns = names.map((_, column) =>
    rows.map((cells, row) => {
      const cell = cells[column + 1] ?? ''
      if (cell === '' || cell.toLowerCase() === 'nan') return undefined
      const value = Number(cell)
      if (!Number.isFinite(value)) throw fault(row, `"${cell}" is no number`)
      return value
    }),
  )
  return { names, timesMs, columns }
}

const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/

function timeOf(text: string): number | undefined {
  if (/^\d{9,13}(\.\d+)?$/.test(text)) return Math.round(Number(text) * (Number(text) < 1e11 ? 1000 : 1))
  const [, day, clock = '00:00', zone = 'Z'] = isoTime.exec(text) ?? []
  const timeMs = day === undefined ? Number.NaN : Date.parse(`${day}T${clock}${zone}`)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
