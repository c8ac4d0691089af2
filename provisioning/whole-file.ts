// Files of an identity: each appears whole or not at all, with its mode from the first byte on, and survives a power cut.
import { createPublicKey, X509Certificate } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { isSystemFault } from '../broker/contract/system-fault.ts'

/** Only the owner may read it. */
export const secretMode = 0o600
export const publicMode = 0o644

/** Files of a private key and of a certificate for it. */
export interface PairFiles {
  readonly keyFile: string
  readonly certificateFile: string
}

export async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await writeBeside(file, text, mode)
  await rename(`${file}.new`, file)
}

/** Replaces both. After a power cut in the middle, `finishPair` makes them a pair again. */
export async function writePair(files: PairFiles, keyPem: string, certificatePem: string): Promise<void> {
  await writeBeside(files.certificateFile, certificatePem, publicMode)
  await writeWhole(files.keyFile, keyPem, secretMode)
  await rename(`${files.certificateFile}.new`, files.certificateFile)
}

/** Ends a `writePair` that got no further than the key. Does nothing where there is none to end. */
export async function finishPair(files: PairFiles): Promise<void> {
  const [keyPem, waiting] = await Promise.all([
    readIfPresent(files.keyFile),
    readIfPresent(`${files.certificateFile}.new`),
  ])
  if (keyPem === undefined || waiting === undefined || !isPair(keyPem, waiting)) return
  await rename(`${files.certificateFile}.new`, files.certificateFile)
}

/** Whether the first certificate of the text was made for the key; false for what is neither. */
export function isPair(keyPem: string, certificatePem: string): boolean {
  try {
    return createPublicKey(keyPem).equals(new X509Certificate(certificatePem).publicKey)
  } catch {
    return false
  }
}

async function writeBeside(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(`${file}.new`, 'w', mode)
  try {
    await handle.chmod(mode)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Undefined where there is no such file. */
export async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if (isSystemFault(thrown, 'ENOENT')) return undefined
    throw thrown
  }
}
