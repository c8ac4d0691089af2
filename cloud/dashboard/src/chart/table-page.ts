// A long table in pages: which rows are on one, and which pages there are.

export interface TablePage<Row> {
  readonly rows: readonly Row[]
  /** From 1; 0 where there is no row. */
  readonly first: number
  readonly last: number
  readonly total: number
  /** From 0. */
  readonly page: number
  readonly pages: number
}

/** A page beyond the last is the last: rows may go while somebody reads. */
export function tablePage<Row>(rows: readonly Row[], page: number, size: number): TablePage<Row> {
  const pages = Math.max(1, Math.ceil(rows.length / size))
  const shown = Math.min(Math.max(0, page), pages - 1)
  const part = rows.slice(shown * size, (shown + 1) * size)
  const first = part.length === 0 ? 0 : shown * size + 1
  return { rows: part, first, last: shown * size + part.length, total: rows.length, page: shown, pages }
}
