// A copy of the file of one instant, made from a store that goes on taking commits.
import { statSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { AppError, toAppError } from '../../../broker/contract/app-error.ts'
import type { StoreCopy } from '../store.ts'
import type { Engine } from './engine.ts'
import { copyOutside } from './outside-copy.ts'
import { recall } from './store-memory.ts'
import { selectNumber } from './transaction.ts'

/** An engine whose file holds everything that was committed, and does not change until `thaw`. */
export interface FrozenStore {
  readonly engine: Engine
  readonly batch: number
  readonly cursorRows: number
}

/** No log grows so large. */
const never = '1000TB'

/**
 * Writes the log into the file and has no more checkpoint follow. Between two checkpoints DuckDB only appends to its log, and
 * writes nothing but free blocks of the file, since after a crash file and log must give the same again. Nothing may be
 * committed meanwhile. Throws `store.unavailable`.
 */
export async function freeze(engine: Engine): Promise<FrozenStore> {
  try {
    await engine.maintainer.run(`SET GLOBAL checkpoint_threshold = '${never}'`)
    await engine.maintainer.run('CHECKPOINT')
    const logged = statSync(`${engine.file}.wal`, { throwIfNoEntry: false })?.size ?? 0
    if (logged > 0) throw new AppError('store.unavailable', 'the log of the store could not be written into its file')
  } catch (thrown) {
    await thaw(engine)
    throw toAppError(thrown, 'store.unavailable')
  }
  const { batch, cursorRows } = engine.memory
  return { engine, batch, cursorRows }
}

/** An engine that is about to be closed may refuse, and the next one begins with the setting of its own. */
export async function thaw({ maintainer, checkpointThreshold }: Engine): Promise<void> {
  await maintainer.run(`SET GLOBAL checkpoint_threshold = '${checkpointThreshold}'`).catch(() => undefined)
}

/** Copies the file of a frozen store, and opens the copy to see that it is what was frozen. Throws `backup.*`, `store.unavailable`. */
export async function copyFrozen({ engine, batch, cursorRows }: FrozenStore, file: string): Promise<StoreCopy> {
  await copyOutside(engine.file, file, engine.ending.signal)
  const found = await inspectCopy(file)
  if (found.batch === batch && found.cursorRows === cursorRows) return found
  const said = `${String(found.batch)} commits instead of ${String(batch)}`
  throw new AppError('backup.damaged', `${file} is not what was copied: ${said}`)
}

/** What a copy holds. It is read, and not changed. Throws `backup.damaged` where it is no store. */
export async function inspectCopy(file: string): Promise<StoreCopy & { readonly cursorRows: number }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '512MB' })
  try {
    const connection = await instance.connect()
    await connection.run(`ATTACH '${file.replaceAll("'", "''")}' AS copy (READ_ONLY)`)
    await connection.run('USE copy')
    const { batch, cursorRows, cursors } = await recall(connection)
    const readings = await selectNumber(
      connection,
      'SELECT ((SELECT count(*) FROM hot) + (SELECT count(*) FROM closed_days))::DOUBLE',
    )
    connection.closeSync()
    return { batch, cursorRows, cursors: cursors.size, readings }
  } catch (thrown) {
    const { message } = toAppError(thrown, 'backup.damaged')
    throw new AppError('backup.damaged', `${file} cannot be read as a store: ${message}`, { cause: thrown })
  } finally {
    instance.closeSync()
  }
}
