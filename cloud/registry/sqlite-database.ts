// The hub's database in one SQLite file, held by one program: what of it is SQLite's own.
import { backup, DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'
import { AppError } from '../../broker/contract/app-error.ts'

/** Pages of 4 KiB that one step copies while the hub waits: some milliseconds. */
const pagesPerStep = 1_000

export interface SqliteHubDialect {
  readonly dialect: Dialect
  /** Writes the database as it is when this ends into a new file, in steps between which the hub goes on. */
  copyTo(file: string): Promise<void>
}

/** Opens or creates the file. Throws `data.locked` where another program holds it, `store.unavailable`. */
export function sqliteDialect(path: string): SqliteHubDialect {
  const sqlite = openExclusively(path)
  return {
    dialect: new SqliteDialect({ database: sqliteFor(sqlite) }),
    copyTo: async (file) => void (await backup(sqlite, file, { rate: pagesPerStep })),
  }
}

function openExclusively(path: string): DatabaseSync {
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(path, { timeout: 0 })
    sqlite.exec('PRAGMA locking_mode = EXCLUSIVE')
    sqlite.exec('PRAGMA journal_mode = WAL')
    sqlite.exec('PRAGMA synchronous = NORMAL')
    sqlite.exec('BEGIN EXCLUSIVE; COMMIT')
    return sqlite
  } catch (thrown) {
    sqlite?.close()
    const locked = thrown instanceof Error && /locked|busy/i.test(thrown.message)
    if (locked)
      throw new AppError('data.locked', `${path} is in use by another hub; stop that one or choose another --data`)
    throw new AppError('store.unavailable', `${path} cannot be opened`, { cause: thrown })
  }
}

/** The part of better-sqlite3's shape that Kysely asks for, on node:sqlite. */
function sqliteFor(sqlite: DatabaseSync) {
  return {
    close: () => sqlite.close(),
    prepare(text: string) {
      const statement = sqlite.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}
