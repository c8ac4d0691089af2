// Several statements as one transaction, for the maintenance connection.
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectColumns } from './column-chunks.ts'

/** Runs statements as one transaction; gives the rows that each changed. */
export async function transact(
  connection: DuckDBConnection,
  statements: readonly string[],
): Promise<readonly number[]> {
  await connection.run('BEGIN')
  try {
    const changed: number[] = []
    for (const statement of statements) changed.push((await connection.run(statement)).rowsChanged)
    await connection.run('COMMIT')
    return changed
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** The one number that a SELECT gives; 0 when it gives no row. */
export async function selectNumber(connection: DuckDBConnection, sql: string): Promise<number> {
  return (await selectColumns(connection, sql)).numbers[0]?.[0] ?? 0
}
