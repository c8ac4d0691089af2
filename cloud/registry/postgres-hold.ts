// One hub at a time holds a PostgreSQL database: an advisory lock on a connection of its own, which ends with its program.
import pg from 'pg'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Timer } from '../../broker/contract/ports.ts'
import type { PostgresOptions } from './postgres-database.ts'
import { databaseError } from './postgres-errors.ts'

export interface PostgresHold {
  /** Throws `store.unavailable` while the lock is away, `data.locked` once another hub has had it. */
  check(): void
  release(): Promise<void>
}

/** Any number: a hub has a database of its own, and advisory locks are counted by database. */
const lockKey = 1_836_413_282
/** A dead connection is found by both sides within half a minute. */
const beatMs = 5_000
const keepAlives = 'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3'
const firstRetryMs = 250
const maxRetryMs = 5_000

/**
 * Each taking of the lock by a new program counts one turn. A hub whose connection broke goes on when it gets the lock
 * again in the same turn; in a later one another hub has written meanwhile, and this one's memory is of no use any more.
 */
export async function holdPostgres(options: PostgresOptions): Promise<PostgresHold> {
  const held = await connectLocked(options, options.waitMs)
  try {
    return new Hold(options, held, await nextTurn(held))
  } catch (thrown) {
    await held.end()
    throw unavailable(thrown)
  }
}

class Hold implements PostgresHold {
  readonly #options: PostgresOptions
  readonly #turn: number
  #client: pg.Client | undefined
  #beat: Timer | undefined
  #state: 'held' | 'away' | 'overtaken' | 'released' = 'held'
  #regaining: Promise<void> = Promise.resolve()
  #endPause: () => void = () => undefined

  constructor(options: PostgresOptions, client: pg.Client, turn: number) {
    this.#options = options
    this.#turn = turn
    this.#use(client)
  }

  check(): void {
    if (this.#state === 'held') return
    if (this.#state === 'away') throw new AppError('store.unavailable', 'the connection to PostgreSQL is broken')
    if (this.#state === 'released') throw new AppError('store.unavailable', 'the database is closed')
    throw new AppError('data.locked', 'another hub has taken the database over')
  }

  async release(): Promise<void> {
    this.#state = 'released'
    this.#beat?.cancel()
    this.#endPause()
    await this.#client?.end()
    await this.#regaining
  }

  async #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#options.clock.setTimer(resolve, delayMs)
    this.#endPause = () => {
      timer.cancel()
      resolve()
    }
    await promise
  }

  #use(client: pg.Client): void {
    this.#client = client
    this.#state = 'held'
    const lost = (thrown?: Error) => this.#away(client, thrown)
    client.on('error', lost)
    client.on('end', () => lost())
    const beat = () => {
      client.query('SELECT 1').then(() => {
        if (this.#client === client && this.#state === 'held') this.#beat = this.#options.clock.setTimer(beat, beatMs)
      }, lost)
    }
    this.#beat = this.#options.clock.setTimer(beat, beatMs)
  }

  #away(client: pg.Client, thrown: unknown): void {
    if (this.#client !== client || this.#state !== 'held') return
    this.#state = 'away'
    this.#beat?.cancel()
    this.#options.log.error(
      { err: thrown },
      'the lock of the database is lost with its connection; it is asked for again',
    )
    void client.end().catch(() => undefined)
    this.#regaining = this.#regain()
  }

  async #regain(): Promise<void> {
    for (let retryMs = firstRetryMs; this.#state === 'away'; retryMs = Math.min(2 * retryMs, maxRetryMs)) {
      await this.#pause(retryMs * (0.5 + Math.random() / 2))
      if (this.#state !== 'away') return
      try {
        const client = await connectLocked(this.#options, 0)
        if (this.#state !== 'away') await client.end()
        else if ((await presentTurn(client)) === this.#turn) this.#goOn(client)
        else await this.#giveUp(client)
      } catch (thrown) {
        this.#options.log.warn({ err: thrown }, 'the lock of the database is not to be had yet')
      }
    }
  }

  #goOn(client: pg.Client): void {
    this.#options.log.info({ turn: this.#turn }, 'the database is held again; nobody else had it')
    this.#use(client)
  }

  async #giveUp(client: pg.Client): Promise<void> {
    this.#state = 'overtaken'
    this.#options.log.error({ turn: this.#turn }, 'another hub had the database meanwhile; this one must stop')
    this.#options.onLost()
    await client.end().catch(() => undefined)
  }
}

/** Throws `data.locked` where it is not free within `waitMs`. */
async function connectLocked({ url, log }: PostgresOptions, waitMs: number): Promise<pg.Client> {
  const client = clientOf(url)
  const ignore = () => undefined
  client.on('error', ignore)
  try {
    await client.connect()
    await client.query(keepAlives)
    const isFree = await tryLock(client)
    if (!isFree && waitMs > 0) {
      log.info({ waitMs }, 'another hub holds the database; this one waits for it')
      await waitForLock(client, waitMs)
    } else if (!isFree) throw new AppError('data.locked', lockedText)
    await client.query('SET lock_timeout = 0; SET statement_timeout = 10000')
    client.off('error', ignore)
    return client
  } catch (thrown) {
    await client.end().catch(() => undefined)
    throw unavailable(thrown)
  }
}

/** Throws `config.invalid`; the message never holds the URL, in which a password may stand. */
function clientOf(url: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: 'musubi-hub-lock',
    })
  } catch {
    const example = 'postgres://musubi@127.0.0.1:5432/musubi'
    throw new AppError('config.invalid', `the URL of the database cannot be read; an example is ${example}`)
  }
}

const lockedText =
  'the PostgreSQL database is in use by another hub; stop that one, or let this one wait (--database-wait)'

async function tryLock(client: pg.Client): Promise<boolean> {
  const text = 'SELECT pg_try_advisory_lock($1) AS free'
  const { rows } = await client.query<{ readonly free: boolean }>(text, [lockKey])
  return rows[0]?.free === true
}

async function waitForLock(client: pg.Client, waitMs: number): Promise<void> {
  await client.query(`SET lock_timeout = ${Math.ceil(waitMs)}`)
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
  } catch (thrown) {
    const isLate = thrown instanceof Error && 'code' in thrown && thrown.code === '55P03'
    throw isLate ? new AppError('data.locked', lockedText) : thrown
  }
}

/** Counts the turn that begins. Called with the lock. */
async function nextTurn(client: pg.Client): Promise<number> {
  await client.query('CREATE TABLE IF NOT EXISTS musubi_hold (only_row integer PRIMARY KEY, turn integer NOT NULL)')
  const { rows } = await client.query<{ readonly turn: number }>(
    `INSERT INTO musubi_hold VALUES (1, 1)
     ON CONFLICT (only_row) DO UPDATE SET turn = musubi_hold.turn + 1 RETURNING turn`,
  )
  return rows[0]?.turn ?? 0
}

async function presentTurn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ readonly turn: number }>('SELECT turn FROM musubi_hold')
  return rows[0]?.turn ?? 0
}

function unavailable(thrown: unknown): AppError {
  const known = databaseError(thrown)
  if (known instanceof AppError) return known
  const why = thrown instanceof Error ? `: ${thrown.message}` : ''
  return new AppError('store.unavailable', `the PostgreSQL database cannot be opened${why}`, { cause: thrown })
}
