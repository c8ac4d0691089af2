// The worker's side of the store: keeps one engine open, and replaces it after a failure that leaves it in doubt.
import { statSync } from 'node:fs'
import { AppError, toAppError } from '../../../broker/contract/app-error.ts'
import type { Commit, StoreCopy } from '../store.ts'
import { openEngine, type Engine } from './engine.ts'
import { maintain } from './maintenance.ts'
import { deleteEvents, selectEvent, selectEvents } from './event-queries.ts'
import { selectBuckets, selectDeadLetters, selectFlaws, selectHourly, selectReadings } from './queries.ts'
import { copyFrozen, freeze, thaw } from './store-copy.ts'
import type { StoreCall, StoreCalls, WorkerOptions, WorkerReply } from './worker-messages.ts'

export type StoreHandlers = {
  readonly [C in StoreCall]: (input: StoreCalls[C]['input']) => Promise<StoreCalls[C]['output']>
}

type WriteLog = (entry: Omit<Extract<WorkerReply, { kind: 'log' }>, 'kind'>) => void

/** One handler per call. Commits and maintenance runs are done one after the other, queries beside them. */
export function createStoreSession(writeLog: WriteLog): StoreHandlers {
  const host = createEngineHost(writeLog)
  const commits = createQueue()
  const maintenance = createQueue()
  return {
    open: async (options) => {
      host.configure(options)
      return host.use((engine) => engine.state())
    },
    commit: (commit) => commits(() => applyCommit(host, commit)),
    readings: (query) => host.use(({ readers }) => readers.lend((connection) => selectReadings(connection, query))),
    buckets: (query) =>
      host.use(({ readers, memory }) =>
        readers.snapshot((connection) =>
          selectBuckets(connection, {
            ...query,
            floorMs: memory.rawFloorMs.get(query.series) ?? Number.MIN_SAFE_INTEGER,
          }),
        ),
      ),
    flaws: (query) => host.use(({ readers }) => readers.lend((connection) => selectFlaws(connection, query))),
    hourly: (query) => host.use(({ readers }) => readers.snapshot((connection) => selectHourly(connection, query))),
    deadLetters: ({ limit }) =>
      host.use(({ readers }) => readers.lend((connection) => selectDeadLetters(connection, limit))),
    events: (query) => host.use(({ readers }) => readers.lend((connection) => selectEvents(connection, query))),
    event: (key) =>
      host.use(({ readers }) => readers.lend(async (connection) => ({ found: await selectEvent(connection, key) }))),
    expireEvents: ({ beforeMs }) =>
      maintenance(() => host.use(async ({ maintainer }) => ({ expired: await deleteEvents(maintainer, beforeMs) }))),
    maintain: ({ nowMs, retention }) =>
      maintenance(async () => {
        const { droppedDeadLetters, ...report } = await host.use(async (engine) => {
          const stopped = () => !host.isCurrent(engine)
          const outcome = await maintain({ engine, nowMs, retention, stopped })
          if (stopped()) throw new AppError('store.unavailable', 'maintenance was cut off')
          return outcome
        })
        if (droppedDeadLetters > 0) {
          writeLog({ level: 'warn', fields: { droppedDeadLetters }, message: 'the oldest dead letters were dropped' })
        }
        return report
      }),
    copyTo: ({ file }) => maintenance(() => copyTo({ host, commits, file })),
    close: () => commits(() => host.close()),
  }
}

/** Commits wait for the checkpoint alone. An engine that is replaced meanwhile ends it. */
async function copyTo({
  host,
  commits,
  file,
}: {
  readonly host: EngineHost
  readonly commits: Queue
  readonly file: string
}): Promise<StoreCopy> {
  const frozen = await commits(() => host.use(freeze))
  return await host.use(async (engine) => {
    if (engine !== frozen.engine) throw new AppError('store.unavailable', 'the store was opened anew meanwhile')
    try {
      return await copyFrozen(frozen, file)
    } finally {
      await thaw(engine)
    }
  })
}

/**
 * After a failure it is unknown whether the transaction became durable, and a full disk leaves DuckDB unusable: the engine
 * is opened anew, which reads the truth from the file. When the commit is there, it succeeded.
 */
async function applyCommit(host: EngineHost, commit: Commit): Promise<undefined> {
  let attempted = Number.POSITIVE_INFINITY
  try {
    await host.use(async (engine) => {
      attempted = engine.memory.batch + 1
      await engine.writer.commit(commit)
    })
  } catch (error) {
    if (attempted === Number.POSITIVE_INFINITY) throw asUnavailable(error)
    const stored = await wasStored(host, commit, attempted).catch((thrown: unknown) => {
      throw asUnavailable(thrown)
    })
    if (!stored) throw toAppError(error, 'store.unavailable')
  }
  return undefined
}

async function wasStored(host: EngineHost, { readings }: Commit, attempted: number): Promise<boolean> {
  await host.replace()
  return host.use(({ memory }) => Promise.resolve(readings.rows > 0 && memory.batch >= attempted))
}

/**
 * Only the very first opening may fail for good with data.locked. Later, when another program reads the file at the wrong
 * moment, the commit may be stored already and must be tried again as it is: given up, its readings would come twice.
 */
function asUnavailable(thrown: unknown): AppError {
  const error = toAppError(thrown, 'store.unavailable')
  return error.retryable ? error : new AppError('store.unavailable', error.message, { cause: error })
}

type Queue = <T>(work: () => Promise<T>) => Promise<T>

interface EngineHost {
  configure(options: WorkerOptions): void
  /** Opens the engine when it is not. Throws store.unavailable or data.locked. */
  use<T>(work: (engine: Engine) => Promise<T>): Promise<T>
  isCurrent(engine: Engine): boolean
  /** Ends the engine after interrupting what runs on it; the next use opens it again. */
  replace(): Promise<void>
  close(): Promise<undefined>
}

function createEngineHost(writeLog: WriteLog): EngineHost {
  let options: WorkerOptions | undefined
  let current: Engine | undefined
  let opening: Promise<Engine> | undefined
  const active = new Set<Promise<unknown>>()

  async function open(): Promise<Engine> {
    if (options === undefined) throw new AppError('store.unavailable', 'the store is not open')
    const startedMs = performance.now()
    const engine = await openEngine(options)
    const fields = { file: options.file, tookMs: Math.round(performance.now() - startedMs) }
    writeLog({ level: 'info', fields: { ...fields, bytes: statSync(options.file).size }, message: 'store opened' })
    current = engine
    return engine
  }

  function opened(): Promise<Engine> {
    if (current !== undefined) return Promise.resolve(current)
    opening ??= open().finally(() => (opening = undefined))
    return opening
  }

  async function use<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    let engine = await opened()
    // One that was retired while this waited is about to be closed, and nobody would wait for what is begun on it.
    while (engine !== current) engine = await opened()
    const running = work(engine)
    active.add(running)
    try {
      return await running
    } finally {
      active.delete(running)
    }
  }

  async function retire(atEnd: (engine: Engine) => Promise<void>): Promise<void> {
    const engine = current
    if (engine === undefined) return
    current = undefined
    // Whoever comes now waits for `opening`, so that the file is not opened twice.
    const retired = (async () => {
      engine.readers.interrupt()
      engine.maintainer.interrupt()
      engine.ending.abort()
      await Promise.allSettled(active)
      await atEnd(engine)
      engine.close()
    })()
    opening = retired.then(open).finally(() => (opening = undefined))
    opening.catch(() => undefined)
    await retired
  }

  return {
    configure: (given) => void (options = given),
    use,
    isCurrent: (engine) => engine === current,
    replace: () => retire(() => Promise.resolve()),
    async close() {
      const engine = current
      options = undefined
      await retire(async () => void (await engine?.maintainer.run('CHECKPOINT').catch(() => undefined)))
      return undefined
    },
  }
}

/** Runs work one after the other. Unbounded here: its only caller, the main-thread side, bounds its calls. */
function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
