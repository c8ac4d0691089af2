// Secrets that a hub makes for itself once and keeps beside its database, in files that only it may read.
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

/** The text of the file, made with mode 600 where there is none. Throws `config.invalid` where it cannot be read. */
export async function keepSecretFile(file: string, make: () => string): Promise<string> {
  const found = await read(file)
  if (found !== undefined) return found
  await mkdir(dirname(file), { recursive: true })
  const part = `${file}.${randomUUID()}`
  const handle = await open(part, 'wx', 0o600)
  try {
    await handle.writeFile(make())
    await handle.sync()
    await handle.close()
    // Whoever was first wins, so that two starts at once end with one secret.
    await link(part, file).catch((thrown: unknown) => {
      if (!isSystemFault(thrown, 'EEXIST')) throw thrown
    })
  } finally {
    await handle.close().catch(() => undefined)
    await rm(part, { force: true })
  }
  const kept = await read(file)
  if (kept === undefined) throw new AppError('config.invalid', `${file} was taken away while it was made`)
  return kept
}

async function read(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch((thrown: unknown) => {
    if (isSystemFault(thrown, 'ENOENT')) return undefined
    throw new AppError('config.invalid', `the secret in ${file} cannot be read`, { cause: thrown })
  })
}
