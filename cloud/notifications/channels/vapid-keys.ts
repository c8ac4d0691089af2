// The key pair by which push services know this hub (RFC 8292): made once, then kept, for every subscription depends on it.
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import webPush from 'web-push'
import { AppError } from '../../../broker/contract/app-error.ts'

/** base64url, as browsers and push services write them. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

const VapidKeys = Type.Object({ publicKey: Type.String({ minLength: 80 }), privateKey: Type.String({ minLength: 40 }) })

/** Reads the file, or makes it with mode 600. Throws `config.invalid` where it holds something else: it is never replaced. */
export async function keepVapidKeys(file: string): Promise<VapidKeys> {
  const found = await readKeys(file)
  if (found !== undefined) return found
  await mkdir(dirname(file), { recursive: true })
  const part = `${file}.${randomUUID()}`
  const handle = await open(part, 'wx', 0o600)
  try {
    await handle.writeFile(JSON.stringify(webPush.generateVAPIDKeys()))
    await handle.sync()
    await handle.close()
    // Whoever was first wins, so that two starts at once end with one pair.
    await link(part, file).catch((thrown: unknown) => {
      if (!isCode(thrown, 'EEXIST')) throw thrown
    })
  } finally {
    await handle.close().catch(() => undefined)
    await rm(part, { force: true })
  }
  const kept = await readKeys(file)
  if (kept === undefined) throw new AppError('config.invalid', `${file} was taken away while it was made`)
  return kept
}

async function readKeys(file: string): Promise<VapidKeys | undefined> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    if (isCode(thrown, 'ENOENT')) return undefined
    throw new AppError('config.invalid', `the push keys ${file} cannot be read`, { cause: thrown })
  })
  if (text === undefined) return undefined
  let keys: unknown
  try {
    keys = JSON.parse(text)
  } catch {
    keys = undefined
  }
  if (Value.Check(VapidKeys, keys)) return keys
  throw new AppError(
    'config.invalid',
    `${file} holds no push keys; put the right file back (with new keys every browser must subscribe again)`,
  )
}

function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code
}
