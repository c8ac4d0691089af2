// Typed arrays into and out of DuckDB's vectors without a call per value.
import {
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  INTEGER,
  UTINYINT,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBVector,
} from '@duckdb/node-api'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { ReadingColumns } from '../store.ts'
import type { ResultColumns } from './worker-messages.ts'

/** Rows of one DuckDB vector. */
const chunkRows = 2048

/** The range of an ECMAScript Date: a time outside of it is a mistake of the caller. */
const maxTimeMs = 8.64e15

/** What each numeric vector of @duckdb/node-api holds inside; setItem costs a check and a BigInt per value. */
interface VectorInside<Items> {
  readonly items: Items
  readonly validity: { readonly data: BigUint64Array | null }
}

function inside<Items>(vector: DuckDBVector): VectorInside<Items> {
  return vector as unknown as VectorInside<Items>
}

/** Appends readings to `hot` in chunks of 2,048 rows. The columns may be longer than `rows`. Throws store.query on a time that is none. */
export function createReadingAppender(appender: DuckDBAppender): (columns: ReadingColumns, batch: number) => void {
  const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, DOUBLE, UTINYINT, VARCHAR, BIGINT])
  return (columns, batch) => {
    for (let start = 0; start < columns.rows; start += chunkRows) {
      chunk.reset()
      chunk.rowCount = Math.min(chunkRows, columns.rows - start)
      fillChunk(chunk, { columns, batch, start, end: start + chunk.rowCount })
      appender.appendDataChunk(chunk)
    }
  }
}

interface Slice {
  readonly columns: ReadingColumns
  readonly batch: number
  readonly start: number
  readonly end: number
}

function fillChunk(chunk: DuckDBDataChunk, { columns, batch, start, end }: Slice): void {
  const vector = (index: number) => chunk.getColumnVector(index)
  inside<Int32Array>(vector(0)).items.set(columns.series.subarray(start, end))
  writeTimes(inside<BigInt64Array>(vector(1)).items, columns.timeMs.subarray(start, end))
  writeValues(vector(2), columns.value.subarray(start, end))
  inside<Uint8Array>(vector(3)).items.set(columns.quality.subarray(start, end))
  writeTexts(vector(4), { text: columns.text, start, end })
  inside<BigInt64Array>(vector(5)).items.fill(BigInt(batch))
  for (let index = 0; index < 6; index++) vector(index).flush()
}

/** Float64 milliseconds as little-endian int64 halves: eight times faster than a BigInt per value. */
function writeTimes(target: BigInt64Array, timeMs: Float64Array): void {
  const halves = new Int32Array(target.buffer, target.byteOffset, target.length * 2)
  for (let row = 0; row < timeMs.length; row++) {
    const time = Math.floor(timeMs[row] ?? Number.NaN)
    if (!(Math.abs(time) <= maxTimeMs)) throw new AppError('store.query', `reading with the time ${String(time)} ms`)
    const high = Math.floor(time / 4_294_967_296)
    halves[2 * row] = time - high * 4_294_967_296
    halves[2 * row + 1] = high
  }
}

function writeValues(vector: DuckDBVector, values: Float64Array): void {
  inside<Float64Array>(vector).items.set(values)
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) vector.setItem(row, null)
  }
}

function writeTexts(
  vector: DuckDBVector,
  { text, start, end }: { readonly text: ReadonlyMap<number, string>; readonly start: number; readonly end: number },
): void {
  vector.setItem(0, null)
  inside<never>(vector).validity.data?.fill(0n)
  if (text.size === 0) return
  for (let row = start; row < end; row++) {
    const value = text.get(row)
    if (value !== undefined) vector.setItem(row - start, value)
  }
}

/**
 * Runs one SELECT whose columns are all DOUBLE without NULL, but for an optional VARCHAR at the end, and gives its columns.
 */
export async function selectColumns(connection: DuckDBConnection, sql: string): Promise<ResultColumns> {
  const result = await connection.run(sql)
  const chunks = await result.fetchAllChunks()
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  const numeric = result.columnTypes().filter((type) => type === DOUBLE).length
  const numbers = Array.from({ length: numeric }, () => new Float64Array(rows))
  const texts = new Map<number, string>()
  let offset = 0
  for (const chunk of chunks) {
    for (const [index, column] of numbers.entries()) {
      column.set(inside<Float64Array>(chunk.getColumnVector(index)).items, offset)
    }
    if (result.columnCount > numeric) readTexts(chunk.getColumnVector(numeric), { offset, texts })
    offset += chunk.rowCount
  }
  return { rows, numbers, texts }
}

function readTexts(
  vector: DuckDBVector,
  { offset, texts }: { readonly offset: number; readonly texts: Map<number, string> },
): void {
  for (let row = 0; row < vector.itemCount; row++) {
    const text = vector.getItem(row)
    if (typeof text === 'string') texts.set(offset + row, text)
  }
}
