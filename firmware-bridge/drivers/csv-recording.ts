// Reads a recorded series: CSV with a time column, or one row a fixed step; what is not a number is a gap.
import { AppError } from '../../broker/contract/app-error.ts'

export interface RecordingSettings {
  readonly delimiter: string
  /** A column's name in the head line or its number; undefined for rows at a fixed step. */
  readonly timeColumn: string | number | undefined
  readonly stepS: number | undefined
  /** Unix ms of the first row where there is no time column. */
  readonly startMs: number
}

/** Rows in the file's order; `columns` are the names of the head line, or the numbers from 0. */
export interface Recording {
  readonly rows: readonly RecordedRow[]
  readonly columns: readonly string[]
}

export interface RecordedRow {
  /** The recorded time, Unix ms; it goes backwards where the recorder's clock was set back. */
  readonly timeMs: number
  /** Milliseconds from the first row to this one as it is played; never goes backwards. */
  readonly playMs: number
  readonly cells: readonly (number | undefined)[]
}

/** Where a column is: its number, or its name in the head line. Throws AppError `config.invalid` naming the columns. */
export function columnIndex(columns: readonly string[], column: string | number): number {
  const index = typeof column === 'number' ? column : columns.indexOf(column)
  if (index >= 0 && index < columns.length) return index
  throw new AppError('config.invalid', `the recording has no column ${column}; it has ${columns.join(', ')}`)
}

/**
 * Throws AppError `config.invalid` with the row's number when its time cannot be read. Where time goes backwards (a clock
 * set back, as at the end of summer time) the row is played one step after the row before it.
 */
export function parseRecording(text: string, settings: RecordingSettings): Recording {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const first = lines[0]?.split(settings.delimiter).map(unquoted)
  if (first === undefined) throw new AppError('config.invalid', 'the recording is empty')
  const hasHead = first.some((cell) => numberOf(cell) === undefined && !isGap(cell) && readTime(cell) === undefined)
  const columns = hasHead ? first : first.map((_, index) => String(index))
  const timeIndex = settings.timeColumn === undefined ? undefined : columnIndex(columns, settings.timeColumn)
  if (timeIndex === undefined && settings.stepS === undefined) {
    throw new AppError(
      'config.invalid',
      `a recording needs timeColumn (one of ${columns.join(', ')}) or stepS, e.g. 60`,
    )
  }
  let last: { timeMs: number; playMs: number } | undefined
  let stepMs = 0
  const rows = lines.slice(hasHead ? 1 : 0).map((line, index) => {
    const cells = line.split(settings.delimiter).map(unquoted)
    const timeMs =
      timeIndex === undefined
        ? settings.startMs + index * (settings.stepS ?? 0) * 1000
        : readTime(cells[timeIndex] ?? '')
    if (timeMs === undefined) {
      const cell = JSON.stringify(cells[timeIndex ?? 0])
      throw new AppError('config.invalid', `row ${index + 1} of the recording has no readable time: ${cell}`)
    }
    if (last !== undefined && timeMs >= last.timeMs) stepMs = timeMs - last.timeMs
    const playMs = last === undefined ? 0 : last.playMs + stepMs
    last = { timeMs, playMs }
    return { timeMs, playMs, cells: cells.map(numberOf) }
  })
  if (rows.length === 0) throw new AppError('config.invalid', 'the recording has a head line and no rows')
  return { rows, columns }
}

function unquoted(cell: string): string {
  return cell.trim().replace(/^"(.*)"$/, '$1')
}

function isGap(cell: string): boolean {
  return cell === '' || /^(nan|na|null|-)$/i.test(cell)
}

function numberOf(cell: string): number | undefined {
  if (isGap(cell)) return undefined
  const value = Number(cell)
  return Number.isFinite(value) ? value : undefined
}

/** `2014-04-01 00:05:00` (taken as UTC) or any ISO 8601 time. */
function readTime(cell: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(cell)) return undefined
  const iso = cell.replace(' ', 'T')
  const timeMs = Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`)
  return Number.isNaN(timeMs) ? undefined : timeMs
}
