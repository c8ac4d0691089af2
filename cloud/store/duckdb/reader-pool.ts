// Lends the few query connections to queries, so that a query never waits behind a commit and seldom behind another query.
import type { DuckDBConnection } from '@duckdb/node-api'
import { AppError } from '../../../broker/contract/app-error.ts'

/** Waiting queries. Bound 256; overflow: the newest is refused with store.unavailable; owner: this pool. */
const maxWaiting = 256
/** A query that runs longer is interrupted. */
const queryLimitMs = 30_000

export interface ReaderPool {
  /** Runs `work` on a connection of its own. Throws store.unavailable when 256 others already wait. */
  lend<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  /** Like `lend`, with everything that `work` reads coming from one instant. */
  snapshot<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>
  interrupt(): void
  close(): void
}

export function createReaderPool(connections: readonly DuckDBConnection[]): ReaderPool {
  const idle = [...connections]
  const waiting: ((connection: DuckDBConnection) => void)[] = []

  async function take(): Promise<DuckDBConnection> {
    const connection = idle.pop()
    if (connection !== undefined) return connection
    if (waiting.length >= maxWaiting)
      throw new AppError('store.unavailable', `${String(maxWaiting)} queries already wait`)
    return new Promise((resolve) => waiting.push(resolve))
  }

  function giveBack(connection: DuckDBConnection): void {
    const next = waiting.shift()
    if (next === undefined) idle.push(connection)
    else next(connection)
  }

  async function lend<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await take()
    const limit = setTimeout(() => connection.interrupt(), queryLimitMs)
    try {
      return await work(connection)
    } finally {
      clearTimeout(limit)
      giveBack(connection)
    }
  }

  return {
    lend,
    snapshot: (work) =>
      lend(async (connection) => {
        await connection.run('BEGIN')
        try {
          return await work(connection)
        } finally {
          await connection.run('ROLLBACK')
        }
      }),
    interrupt: () => {
      for (const connection of connections) connection.interrupt()
    },
    close: () => {
      for (const connection of connections) connection.closeSync()
    },
  }
}
