// The key by which this gateway signs what it taught itself, made at the first start and never sent anywhere.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

/** Paths of an Ed25519 key pair, PEM; the private one has mode 600. */
export interface OwnKey {
  readonly privateFile: string
  readonly publicFile: string
}

/** Throws AppError `store.unavailable`. */
export async function ensureOwnKey(folder: string): Promise<OwnKey> {
  const privateFile = join(folder, 'teaching.key')
  const publicFile = `${privateFile}.pub`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const pem = (await readFile(privateFile, 'utf8').catch(() => undefined)) ?? (await writeNew(privateFile))
    // Always anew: where a power cut took it, the private one still says which it was.
    await writeFile(publicFile, createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }))
    return { privateFile, publicFile }
  } catch (cause) {
    throw new AppError('store.unavailable', `${privateFile} cannot be made or read`, { cause })
  }
}

/** Written beside and renamed: whole or absent. */
async function writeNew(file: string): Promise<string> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(`${file}.part`, pem, { mode: 0o600, flush: true })
  await rename(`${file}.part`, file)
  return pem
}
