// Makes a gateway as it came out of its box: what proves who it is goes first, then what it knows, last how it was configured.
import { randomBytes } from 'node:crypto'
import { access, lstat, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

export interface ResetPlan {
  /** Private keys and passwords, absolute paths; those that are not there are no fault. */
  readonly secretFiles: readonly string[]
  readonly otherFiles: readonly string[]
  /** Outbox, taught models, sets, pictures: everything below goes. */
  readonly dataFolder: string
  /** Goes last: a reset that lost its power is begun again by it. */
  readonly configFile: string
}

/** Larger files (outbox, pictures) hold no keys: they are deleted without being overwritten. */
const overwrittenUpTo = 1_048_576
const outboxFile = 'outbox.sqlite'

/**
 * Resolves with how many files are gone. Secrets are overwritten before they are deleted; flash storage may keep old copies
 * of a block all the same, so the certificate is to be revoked too. Throws `store.unavailable` where a file stays, and
 * `config.invalid`, with nothing touched, where the data folder is none of an agent.
 */
export async function factoryReset({ secretFiles, otherFiles, dataFolder, configFile }: ResetPlan): Promise<number> {
  await mustBeOfAgent(dataFolder)
  let gone = 0
  try {
    for (const file of secretFiles) gone += await destroyed(file)
    // The outbox tells that the folder is an agent's, so it stays until nothing else does.
    const outbox = join(dataFolder, outboxFile)
    const others = (await filesBelow(dataFolder)).filter((file) => file !== outbox)
    for (const file of [...others, outbox]) gone += await destroyed(file)
    await rm(dataFolder, { recursive: true, force: true })
    for (const file of [...otherFiles, configFile]) gone += await destroyed(file)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('store.unavailable', `the reset is not whole, begin it again: ${why}`, { cause })
  }
  return gone
}

/** A slip in the configuration shall not cost a home folder. */
async function mustBeOfAgent(dataFolder: string): Promise<void> {
  const files = await filesBelow(dataFolder)
  if (files.length === 0 || files.includes(join(dataFolder, outboxFile))) return
  throw new AppError('config.invalid', `${dataFolder} holds no outbox of a gateway; nothing was deleted`)
}

async function destroyed(file: string): Promise<0 | 1> {
  const found = await lstat(file).catch(() => undefined)
  if (found === undefined || found.isDirectory()) return 0
  if (found.isFile() && found.size <= overwrittenUpTo) await overwrite(file, found.size)
  await rm(file, { force: true })
  return 1
}

async function overwrite(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.write(randomBytes(bytes), 0, bytes, 0)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  if (!isThere) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
}
