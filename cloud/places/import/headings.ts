// Finds the headings of a file and which column of the list each is, in the old edition, the current one or that of 国土地理院.
import type { ColumnDefinition, ListDefinition } from '../list-definition.ts'
import type { Finding } from './finding.ts'

interface HeadedColumn {
  readonly definition: ColumnDefinition
  /** Of the cell in a row. */
  readonly index: number
}

export interface Headings {
  readonly columns: readonly HeadedColumn[]
  /** Cells in a row. */
  readonly width: number
  /** Columns that are not taken, by index: what the file calls them. */
  readonly others: ReadonlyMap<number, string>
}

/** A heading is the same in every width, and with or without spaces. */
function plain(heading: string): string {
  return heading
    .normalize('NFKC')
    .replaceAll(/[\s\u200B\uFEFF]/g, '')
    .toLowerCase()
}

/** How many columns of the list a row names; headings are the row that names most of them. */
export function headingsIn(cells: readonly string[], { columns }: ListDefinition): number {
  const names = new Set(cells.map(plain))
  return columns.filter((column) => [column.name, ...(column.aliases ?? [])].some((name) => names.has(plain(name))))
    .length
}

export function readHeadings(
  cells: readonly string[],
  line: number,
  { columns }: ListDefinition,
  add: (finding: Finding) => void,
): Headings {
  const places = new Map<string, number>()
  cells.forEach((cell, index) => {
    if (!places.has(plain(cell))) places.set(plain(cell), index)
  })
  const taken = new Map<number, ColumnDefinition>()
  for (const definition of columns) {
    const { name, aliases = [], mandatory } = definition
    const [index, ...more] = [name, ...aliases]
      .map((heading) => places.get(plain(heading)))
      .filter((place) => place !== undefined && !taken.has(place)) as number[]
    if (index !== undefined) {
      taken.set(index, definition)
      const was = cells[index] ?? ''
      const isAlias = aliases.some((alias) => alias === was)
      if (was !== name && !isAlias)
        add({ line, column: name, code: 'header.form', outcome: 'repaired', was, became: name })
    } else if (mandatory === true) {
      add({ line, column: name, code: 'column.missing', outcome: 'kept', was: '', became: '' })
    }
    for (const other of new Set(more)) {
      if (other === index) continue
      add({ line, column: name, code: 'column.twice', outcome: 'left-out', was: cells[other] ?? '', became: '' })
    }
  }
  const others = new Map<number, string>()
  cells.forEach((cell, index) => {
    if (!taken.has(index)) others.set(index, cell)
  })
  const headed = Array.from(taken, ([index, definition]) => ({ index, definition }))
  return { columns: headed, width: cells.length, others }
}
