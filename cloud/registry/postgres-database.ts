// The hub's database on a PostgreSQL server: a bounded pool, transactions one after the other, and one hub at a time.
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely'
import pg from 'pg'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { databaseError } from './postgres-errors.ts'
import { holdPostgres, type PostgresHold } from './postgres-hold.ts'

export interface PostgresOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; a socket's folder as `?host=/run/postgresql`. */
  readonly url: string
  /** How long this hub waits for another one to let go of the database. */
  readonly waitMs: number
  /** Called once, where another hub took the database over: this one writes nothing any more and should stop. */
  readonly onLost: () => void
  readonly clock: Clock
  readonly log: Log
}

/** Bound: more statements at once wait for a connection, up to the time limit below. Owner: this pool. */
const maxConnections = 8
const connectTimeoutMs = 10_000
const statementTimeoutMs = 60_000

/** Throws `data.locked` where another hub holds it, `store.unavailable` where there is no server. */
export async function postgresDialect(options: PostgresOptions): Promise<Dialect> {
  const hold = await holdPostgres(options)
  const pool = openPool(options)
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driverOf(pool, hold),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

function openPool({ url, log }: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    application_name: 'musubi-hub',
    types: numbersOf(),
  })
  // A connection that breaks while nobody uses it is replaced at the next statement.
  pool.on('error', (thrown) => log.warn({ err: thrown }, 'a connection to PostgreSQL broke'))
  return pool
}

/** Counts and sums come as numbers, as SQLite gives them. */
function numbersOf(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  types.setTypeParser(pg.types.builtins.NUMERIC, Number)
  return types
}

function driverOf(pool: pg.Pool, hold: PostgresHold): Driver {
  const driver = new PostgresDialect({ pool: checkedPool(pool, hold) }).createDriver()
  const turns = new TransactionTurns()
  return {
    init: (options) => driver.init(options),
    acquireConnection: (options) => driver.acquireConnection(options),
    async beginTransaction(connection, settings) {
      await turns.begin(connection)
      await driver.beginTransaction(connection, settings)
    },
    async commitTransaction(connection) {
      await driver.commitTransaction(connection)
      turns.end(connection)
    },
    async rollbackTransaction(connection) {
      try {
        await driver.rollbackTransaction(connection)
      } finally {
        turns.end(connection)
      }
    },
    async releaseConnection(connection) {
      turns.end(connection)
      await driver.releaseConnection(connection)
    },
    async destroy() {
      await driver.destroy()
      await hold.release()
    },
  }
}

/** Nothing is asked while another hub may hold the database, and what fails says whether it may pass. */
function checkedPool(pool: pg.Pool, hold: PostgresHold): PostgresPool {
  return {
    options: {},
    end: () => pool.end(),
    async connect() {
      hold.check()
      const client = await pool.connect().catch((thrown: unknown) => {
        throw databaseError(thrown)
      })
      let broken = false
      const query = async (text: string, parameters: readonly unknown[]) => {
        try {
          return await client.query(text, parameters.map(storable))
        } catch (thrown) {
          const error = databaseError(thrown)
          broken ||= error !== thrown
          throw error
        }
      }
      const release = (destroy = false) => client.release(destroy || broken)
      // Cursors, the other kind of query, are used nowhere.
      return { query, release } as unknown as PostgresPoolClient
    },
  }
}

/** PostgreSQL keeps no NUL inside text, SQLite does: it becomes what Unicode has for a character that cannot be shown. */
function storable(parameter: unknown): unknown {
  return typeof parameter === 'string' && parameter.includes('\0') ? parameter.replaceAll('\0', '\uFFFD') : parameter
}

/**
 * Lets transactions run one after the other, as SQLite does: code that reads and then writes in one needs no locks of its
 * own. Bound: the pool's connections. Overflow: none can come. Owner: the driver.
 */
class TransactionTurns {
  readonly #ends = new Map<DatabaseConnection, () => void>()
  #last: Promise<void> = Promise.resolve()

  async begin(connection: DatabaseConnection): Promise<void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    this.#ends.set(connection, resolve)
  }

  end(connection: DatabaseConnection): void {
    this.#ends.get(connection)?.()
    this.#ends.delete(connection)
  }
}
