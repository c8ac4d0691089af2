// One open DuckDB instance with its connections, and what the worker remembers of it: everything that a reopening rebuilds.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { AppError, toAppError } from '../../../broker/contract/app-error.ts'
import { selectColumns } from './column-chunks.ts'
import { createCommitWriter, type CommitWriter } from './commit-writer.ts'
import { createReaderPool, type ReaderPool } from './reader-pool.ts'
import { newestInHot, schemaStatements } from './schema.ts'
import { settledBatch } from './settled-batch.ts'
import { recall, type StoreMemory } from './store-memory.ts'
import type { OpenedState, WorkerOptions } from './worker-messages.ts'

export interface Engine {
  readonly memory: StoreMemory
  readonly writer: CommitWriter
  readonly readers: ReaderPool
  /** Roll-up, compaction and expiry run here, beside commits and queries. */
  readonly maintainer: DuckDBConnection
  readonly file: string
  /** How large the log may grow before a commit writes it into the file. */
  readonly checkpointThreshold: string
  /** Aborted when the engine is about to be closed: whatever takes long ends then. */
  readonly ending: AbortController
  state(): Promise<OpenedState>
  /** Ends all connections; the caller has waited for what runs on them. */
  close(): void
}

export async function openEngine(options: WorkerOptions): Promise<Engine> {
  const instance = await openInstance(options)
  try {
    return await connectEngine(instance, options)
  } catch (error) {
    instance.closeSync()
    throw toAppError(error, 'store.unavailable')
  }
}

/**
 * Rows that are pruned together. A series has about 1,440 readings on a day of minutes, and a question about it reads whole
 * row groups: with DuckDB's own 122,880 it reads 85 other series along with it.
 */
const rowGroupRows = 16_384

/** Only an attached file can be given the size of its row groups, so the instance itself is an empty one in memory. */
async function openInstance({ file, memoryLimit, checkpointThreshold }: WorkerOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: memoryLimit,
    checkpoint_threshold: checkpointThreshold,
    temp_directory: `${file}.tmp`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  try {
    const connection = await instance.connect()
    await connection.run(`ATTACH '${file.replaceAll("'", "''")}' AS store (ROW_GROUP_SIZE ${String(rowGroupRows)})`)
    connection.closeSync()
    return instance
  } catch (error) {
    instance.closeSync()
    const message = error instanceof Error ? error.message : String(error)
    if (/could not set lock|conflicting lock/i.test(message)) {
      throw new AppError('data.locked', `another program uses ${file}: ${message}`, { cause: error })
    }
    throw new AppError('store.unavailable', `cannot open ${file}: ${message}`, { cause: error })
  }
}

async function connectTo(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run('USE store')
  return connection
}

async function connectEngine(instance: DuckDBInstance, { file, checkpointThreshold }: WorkerOptions): Promise<Engine> {
  const connection = await connectTo(instance)
  for (const statement of schemaStatements) await connection.run(statement)
  const memory = await recall(connection)
  const maintainer = await connectTo(instance)
  const readers = createReaderPool([await connectTo(instance), await connectTo(instance)])
  const writer = await createCommitWriter({ connection, memory })
  return {
    memory,
    writer,
    readers,
    maintainer,
    file,
    checkpointThreshold,
    ending: new AbortController(),
    state: async () => ({
      series: [...memory.series.values()].sort((a, b) => a.id - b.id),
      cursors: memory.cursors.all(),
      latest: await readers.snapshot(readLatest),
    }),
    close() {
      readers.close()
      maintainer.closeSync()
      writer.close()
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Merges what is settled with what came since; at the same time, what came later wins. */
async function readLatest(connection: DuckDBConnection): Promise<OpenedState['latest']> {
  const unsettled = `batch > ${String(await settledBatch(connection))}`
  return selectColumns(
    connection,
    `SELECT series::DOUBLE, time_ms::DOUBLE, coalesce(value, 'nan'::DOUBLE), quality::DOUBLE, text FROM (
       SELECT *, row_number() OVER (PARTITION BY series ORDER BY time_ms DESC, recent DESC) AS place FROM (
         SELECT *, 0 AS recent FROM latest UNION ALL SELECT *, 1 AS recent FROM (${newestInHot(unsettled)})))
     WHERE place = 1 ORDER BY series`,
  )
}
