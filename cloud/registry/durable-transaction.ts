// Transactions that wait for the medium, in the words of each database.
import { type Kysely, PostgresAdapter, sql, type Transaction } from 'kysely'

type Work<Tables, T> = (transaction: Transaction<Tables>) => Promise<T>

/** Durable when it resolves. */
export async function durableTransaction<Tables, T>(database: Kysely<Tables>, work: Work<Tables, T>): Promise<T> {
  const isPostgres = database.getExecutor().adapter instanceof PostgresAdapter
  return await (isPostgres ? inPostgres(database, work) : inSqlite(database, work))
}

async function inSqlite<Tables, T>(database: Kysely<Tables>, work: Work<Tables, T>): Promise<T> {
  return await database.connection().execute(async (connection) => {
    await sql`PRAGMA synchronous = FULL`.execute(connection)
    try {
      return await connection.transaction().execute(work)
    } finally {
      await sql`PRAGMA synchronous = NORMAL`.execute(connection)
    }
  })
}

/** PostgreSQL waits by itself, but where its administrator has switched that off for speed. */
async function inPostgres<Tables, T>(database: Kysely<Tables>, work: Work<Tables, T>): Promise<T> {
  return await database.transaction().execute(async (transaction) => {
    await sql`SELECT CASE WHEN current_setting('synchronous_commit') = 'off'
      THEN set_config('synchronous_commit', 'on', true) END`.execute(transaction)
    return await work(transaction)
  })
}
