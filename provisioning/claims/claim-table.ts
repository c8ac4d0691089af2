// A claim table as a city office writes it: CSV out of Excel in UTF-8 or Shift_JIS, read whole, every fault named at once.
import { CsvError, parse } from 'csv-parse/sync'
import { AppError } from '../../broker/contract/app-error.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import {
  CellFault,
  columnOf,
  type ColumnName,
  headings,
  readExpiry,
  readName,
  readProfile,
  readSite,
} from './claim-columns.ts'

/** What one row of a table asks for. */
export interface ClaimRow {
  /** Of the file, from 1, as an editor counts. */
  readonly line: number
  readonly identity: GatewayIdentity
  readonly site: string
  readonly profile: string
  /** Undefined where the row does not say. */
  readonly expiresMs: number | undefined
}

export interface TableFault {
  readonly line: number
  /** As the file calls it; empty where the whole line is wrong. */
  readonly column: string
  readonly message: string
}

interface TableRequest {
  /** For tables without a column for it. */
  readonly tenant: string | undefined
  readonly nowMs: number
}

const mostBytes = 8 * 1024 * 1024
const mostRows = 20_000

/**
 * The rows of a table. Throws `config.invalid` with one line for each fault (line, column, what a right value looks like); rows are
 * all right or none is returned.
 */
export function readClaimTable(bytes: Uint8Array, request: TableRequest): readonly ClaimRow[] {
  const [heading, ...records] = parseRecords(decodeText(bytes))
  if (heading === undefined) {
    throw new AppError('config.invalid', `the table is empty; its first line names the columns: ${knownColumns()}`)
  }
  const columns = readHeadings(heading, request)
  if (records.length > mostRows) {
    throw new AppError('config.invalid', `the table has ${records.length} rows, at most ${mostRows} are taken at once`)
  }
  if (records.length === 0) {
    throw new AppError('config.invalid', 'the table has no row below its headings; right: paddy-1,小糸 3号田,paddy')
  }
  const faults: TableFault[] = []
  const rows = records.flatMap((record) => readRow(record, { columns, request, faults }))
  faults.push(...duplicates(rows))
  if (faults.length > 0) throw tableError(faults)
  return rows
}

/** All faults in one message, in the order of the file. */
export function tableError(faults: readonly TableFault[]): AppError {
  const lines = faults
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, column, message }) => `  line ${line}${column === '' ? '' : `, ${column}`}: ${message}`)
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  return new AppError('config.invalid', `the table has ${count}; nothing was changed\n${lines.join('\n')}`)
}

/** UTF-8 with or without byte-order mark, UTF-16 ("Unicode text" of Excel), else Shift_JIS as Windows writes it (CP932). */
function decodeText(bytes: Uint8Array): string {
  if (bytes.length > mostBytes) {
    throw new AppError('config.invalid', `the table has ${bytes.length} bytes, at most ${mostBytes} are read`)
  }
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  for (const encoding of isUtf16 ? ['utf-16le'] : ['utf-8', 'shift_jis']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes)
    } catch {
      // The next one may fit.
    }
  }
  throw new AppError('config.invalid', 'the table is neither UTF-8 nor Shift_JIS: save it as "CSV UTF-8" or as "CSV"')
}

interface TextRecord {
  readonly line: number
  readonly cells: readonly string[]
}

/** Comma, semicolon or tab: whichever the first line has most of. Rows of empty cells, which Excel leaves behind, are left out. */
function parseRecords(text: string): readonly TextRecord[] {
  const [first = ''] = text.split(/\r?\n|\r/, 1)
  const counts = [',', '\t', ';'].map((mark) => ({ mark, count: first.split(mark).length }))
  const delimiter = counts.reduce((best, next) => (next.count > best.count ? next : best)).mark
  try {
    const relaxed = { relax_column_count: true, relax_quotes: true, skip_empty_lines: true, trim: true } as const
    const options = { delimiter, info: true, ...relaxed } as const
    const parsed = parse(text, options) as unknown as readonly {
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }[]
    return parsed
      .map(({ record, info }) => ({ line: info.lines, cells: record }))
      .filter(({ cells }) => cells.some((cell) => cell !== ''))
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown
    const { lines } = thrown as CsvError & { readonly lines?: number }
    throw tableError([{ line: lines ?? 1, column: '', message: `is no CSV: ${thrown.message}` }])
  }
}

type Columns = readonly { readonly name: ColumnName; readonly heading: string }[]

function readHeadings({ line, cells }: TextRecord, { tenant }: TableRequest): Columns {
  const columns = cells.map((heading) => ({ name: columnOf(heading), heading }))
  const faults: TableFault[] = []
  const fault = (column: string, message: string) => faults.push({ line, column, message })
  const seen = new Set<ColumnName>()
  for (const { name, heading } of columns) {
    if (name === undefined) fault(heading || '(empty)', `is no column that is known; known: ${knownColumns()}`)
    else if (seen.has(name)) fault(heading, 'is there twice')
    else seen.add(name)
  }
  for (const needed of ['gateway', 'site', 'profile'] as const) {
    if (!seen.has(needed)) fault('', `has no column ${headings[needed].slice(0, 2).join(' / ')}`)
  }
  if (!seen.has('tenant') && tenant === undefined) {
    fault('', `has no column ${headings.tenant.slice(0, 2).join(' / ')}; add one, or give --tenant`)
  }
  if (faults.length > 0) throw tableError(faults)
  return columns.flatMap(({ name, heading }) => (name === undefined ? [] : [{ name, heading }]))
}

/** The row, or none where it has faults, which are added to the list. */
function readRow(
  { line, cells }: TextRecord,
  given: { readonly columns: Columns; readonly request: TableRequest; readonly faults: TableFault[] },
): readonly ClaimRow[] {
  const { columns, request, faults } = given
  const before = faults.length
  if (cells.length > columns.length) {
    const message = `has ${cells.length} cells below ${columns.length} headings; a comma inside a cell needs quotes`
    faults.push({ line, column: '', message })
  }
  const read = <T>(name: ColumnName, take: (cell: string) => T, otherwise: T): T => {
    const at = columns.findIndex((column) => column.name === name)
    try {
      return at < 0 ? otherwise : take(cells[at] ?? '')
    } catch (thrown) {
      if (!(thrown instanceof CellFault)) throw thrown
      faults.push({ line, column: columns[at]?.heading ?? name, message: thrown.message })
      return otherwise
    }
  }
  const gateway = read('gateway', (cell) => readName(cell, 'paddy-1'), '')
  const tenant = read('tenant', (cell) => readName(cell || (request.tenant ?? ''), 'kimitsu'), request.tenant ?? '')
  const site = read('site', readSite, '')
  const profile = read('profile', readProfile, '')
  const expiresMs = read('expiry', (cell) => (cell === '' ? undefined : readExpiry(cell, request.nowMs)), undefined)
  return faults.length > before ? [] : [{ line, identity: { tenant, gateway }, site, profile, expiresMs }]
}

function duplicates(rows: readonly ClaimRow[]): readonly TableFault[] {
  const lineOf = new Map<string, number>()
  return rows.flatMap(({ line, identity }) => {
    const key = gatewayKey(identity)
    const earlier = lineOf.get(key)
    lineOf.set(key, earlier ?? line)
    if (earlier === undefined) return []
    return [{ line, column: '', message: `names ${key} again, which is in line ${earlier}; keep one of the two` }]
  })
}

function knownColumns(): string {
  return Object.values(headings)
    .map((names) => names.slice(0, 2).join(' / '))
    .join(', ')
}
