// Can packages be checked with this key? Asked when a configuration is checked, so that one fault names the file instead of one for each package.
import { readFile } from 'node:fs/promises'
import { toAppError } from '../../broker/contract/app-error.ts'
import { createTrust } from '../../models/signature.ts'

/** Undefined where `file` holds an Ed25519 public key, PEM; else why not. */
export async function modelKey(file: string): Promise<string | undefined> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
  } catch {
    return `${file} cannot be read; musubi model sign --new-key makes a pair`
  }
  try {
    createTrust({ keys: [pem] })
    return undefined
  } catch (thrown) {
    return `${file} is no key for packages: ${toAppError(thrown, 'config.invalid').message}`
  }
}
