// The mark that parts readings already rolled up from those that are not.
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectNumber } from './transaction.ts'

/**
 * All batches through this one are counted in `hourly` and `latest`. Must be read in the snapshot that reads them beside
 * `hot`, or a reading could count twice. As a literal in the next statement it prunes row groups.
 */
export function settledBatch(connection: DuckDBConnection): Promise<number> {
  return selectNumber(connection, `SELECT coalesce(max(value), 0)::DOUBLE FROM meta WHERE name = 'settled'`)
}
