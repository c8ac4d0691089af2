// Reads a CSV file of public places, repairs what municipal files commonly have wrong, and lists what it repaired and what it could not.
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { ListDefinition, Publisher } from '../list-definition.ts'
import type { Place } from '../place.ts'
import type { Cell } from './cell-text.ts'
import { repairCell } from './cell-repairs.ts'
import { repairCoordinates } from './coordinates.ts'
import { Findings, type FindingOutcome, type ImportCode } from './finding.ts'
import { type Headings, headingsIn, readHeadings } from './headings.ts'
import { decodeTable, type TableRow, tableRows } from './table-text.ts'

export interface ImportRequest {
  readonly tenant: string
  readonly list: ListDefinition
  readonly publisher: Publisher
}

export interface ImportResult {
  readonly places: readonly Place[]
  /** Rows below the headings that are not empty. */
  readonly rows: number
  readonly findings: Findings
}

const mostBytes = 32 * 1024 * 1024
const mostFindings = 5_000
/** Headings are looked for in the first lines, below titles. */
const headingRows = 10
/** A table that names fewer columns of the list is another list. */
const leastHeadings = 2
/** The hub does other things in between. */
const breathEveryRows = 100

/**
 * Throws `payload.malformed` where no headings of the list are found or the file is no CSV, `limit.exceeded` where it is
 * too large.
 */
export async function importPlaces(bytes: Uint8Array, request: ImportRequest): Promise<ImportResult> {
  if (bytes.length > mostBytes) throw new AppError('limit.exceeded', `the file is larger than ${mostBytes} bytes`)
  const findings = new Findings(mostFindings)
  const table = new PlaceTable(request, findings)
  const head: TableRow[] = []
  let headings: Headings | undefined
  let read = 0
  for await (const row of tableRows(decodeTable(bytes, findings))) {
    read += 1
    if (read % breathEveryRows === 0) await setImmediate()
    if (headings !== undefined) {
      table.take(row, headings)
      continue
    }
    head.push(row)
    if (head.length === headingRows) headings = begin(head, request.list, findings, table)
  }
  headings ??= begin(head, request.list, findings, table)
  table.close(headings)
  return { places: table.places, rows: table.rows, findings }
}

/** Finds the headings among the first rows and takes those below them. */
function begin(head: readonly TableRow[], list: ListDefinition, findings: Findings, table: PlaceTable): Headings {
  const counts = head.map(({ cells }) => headingsIn(cells, list))
  const most = Math.max(0, ...counts)
  const at = counts.indexOf(most)
  const row = head[at]
  if (row === undefined || most < leastHeadings) {
    const names = list.columns.slice(0, 6).map(({ name }) => name)
    throw new AppError('payload.malformed', `no headings of ${list.title.ja} are found, such as ${names.join(', ')}`)
  }
  if (at > 0) {
    const was = head.slice(0, at).map(({ cells }) => cells.join(' ').trim())
    findings.add({
      line: row.line,
      column: '',
      code: 'header.lower',
      outcome: 'left-out',
      was: was.join(' / '),
      became: '',
    })
  }
  const headings = readHeadings(row.cells, row.line, list, (finding) => findings.add(finding))
  for (const below of head.slice(at + 1)) table.take(below, headings)
  return headings
}

/** Rows become places. Bound: the rows of one file. Owner: one import. */
class PlaceTable {
  rows = 0
  readonly #places = new Map<string, Place>()
  readonly #request: ImportRequest
  readonly #findings: Findings
  /** Values in columns that are not taken, by index. */
  readonly #untaken = new Map<number, number>()

  constructor(request: ImportRequest, findings: Findings) {
    this.#request = request
    this.#findings = findings
  }

  get places(): readonly Place[] {
    return [...this.#places.values()]
  }

  take({ line, cells }: TableRow, headings: Headings): void {
    const note = noteAt(line, this.#findings)
    if (cells.every((cell) => /^[\s\u3000]*$/.test(cell))) {
      note('', 'row.empty', 'left-out')
      return
    }
    this.rows += 1
    const extra = cells.slice(headings.width).filter((cell) => cell !== '')
    if (extra.length > 0) note('', 'row.cells', 'left-out', extra.join(','))
    for (const index of headings.others.keys()) {
      if ((cells[index] ?? '').trim() !== '') this.#untaken.set(index, (this.#untaken.get(index) ?? 0) + 1)
    }
    const place = this.#placeOf(this.#repaired(cells, headings, note), note)
    if (place !== undefined) this.#keep(place, note)
  }

  /** Tells which columns were not taken. */
  close({ others }: Headings): void {
    for (const [index, heading] of others) {
      const values = this.#untaken.get(index) ?? 0
      const code = heading.trim() === '' ? 'column.nameless' : 'column.unknown'
      const was = `${heading === '' ? `column ${index + 1}` : heading}: ${values} values`
      this.#findings.add({ line: 0, column: '', code, outcome: 'left-out', was, became: '' })
    }
  }

  #repaired(cells: readonly string[], { columns }: Headings, note: Noter): Record<string, string> {
    const { list, publisher } = this.#request
    const found: Record<string, string> = {}
    const accept = (name: string, was: string, { value, notes }: Cell) => {
      for (const { code, outcome } of notes) note(name, code, outcome, was, outcome === 'left-out' ? '' : value)
      if (value !== '') found[name] = value
    }
    const raw = new Map(columns.map(({ definition, index }) => [definition.name, cells[index] ?? '']))
    const { latitude, longitude } = pairOf(list)
    for (const { name, type } of list.columns) {
      const was = raw.get(name)
      if (was === undefined || type === 'latitude' || type === 'longitude') continue
      accept(name, was, repairCell(type, was, publisher.code))
    }
    const [lat = '', lon = ''] = [raw.get(latitude), raw.get(longitude)]
    const pair = repairCoordinates(lat, lon)
    accept(latitude, lat, pair.latitude)
    accept(longitude, lon, pair.longitude)
    return found
  }

  #placeOf(columns: Record<string, string>, note: Noter): Place | undefined {
    const { tenant, list, publisher } = this.#request
    const idColumn = columnOf(list, 'id')
    if (columns[list.nameColumn] === undefined && mandatory(list, list.nameColumn)) {
      note(list.nameColumn, 'name.missing', 'left-out')
      return undefined
    }
    const id = columns[idColumn] ?? madeId(columns, list)
    if (columns[idColumn] === undefined) note(idColumn, 'id.missing', 'repaired', '', id)
    columns[idColumn] = id
    for (const { name, fill, mandatory: isMandatory } of list.columns) {
      if (columns[name] !== undefined) continue
      if (fill !== undefined) {
        columns[name] = fill === 'code' ? publisher.code : publisher.name.ja
        note(name, 'value.filled', 'repaired', '', columns[name])
      } else if (isMandatory === true) note(name, 'value.missing', 'kept')
    }
    const { latitude, longitude } = pairOf(list)
    const [lat, lon] = [columns[latitude], columns[longitude]]
    const position = lat === undefined || lon === undefined ? undefined : { lat: Number(lat), lon: Number(lon) }
    const ordered = list.columns.flatMap(({ name }) => (columns[name] === undefined ? [] : [[name, columns[name]]]))
    const name = columns[list.nameColumn] ?? id
    return { tenant, kind: list.kind, id, name, position, columns: Object.fromEntries(ordered) as Place['columns'] }
  }

  #keep(place: Place, note: Noter): void {
    const other = this.#places.get(place.id)
    if (other === undefined) {
      this.#places.set(place.id, place)
      return
    }
    const isSame = JSON.stringify(other.columns) === JSON.stringify(place.columns)
    note(columnOf(this.#request.list, 'id'), isSame ? 'row.duplicate' : 'id.duplicate', 'left-out', place.id)
  }
}

type Noter = (column: string, code: ImportCode, outcome: FindingOutcome, was?: string, became?: string) => void

function noteAt(line: number, findings: Findings): Noter {
  return (column, code, outcome, was = '', became = '') => findings.add({ line, column, code, outcome, was, became })
}

/** The same row gets the same ID in every import. */
function madeId(columns: Readonly<Record<string, string>>, list: ListDefinition): string {
  const told = Object.entries(columns).filter(([name]) =>
    list.columns.some((column) => column.name === name && !column.fill),
  )
  return `x${createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 12)}`
}

function columnOf({ columns }: ListDefinition, type: 'id' | 'latitude' | 'longitude'): string {
  return columns.find((column) => column.type === type)?.name ?? ''
}

function pairOf(list: ListDefinition): { readonly latitude: string; readonly longitude: string } {
  return { latitude: columnOf(list, 'latitude'), longitude: columnOf(list, 'longitude') }
}

function mandatory({ columns }: ListDefinition, name: string): boolean {
  return columns.some((column) => column.name === name && column.mandatory === true)
}
