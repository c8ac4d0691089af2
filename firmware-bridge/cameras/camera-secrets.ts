// Reads what a camera's settings only name: the password's file and the certificate authority's.
import { readFile } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Credentials } from './http-digest.ts'

export interface SecretSettings {
  readonly username?: string
  readonly password?: string
  /** A file whose first line is the password. */
  readonly passwordFile?: string
  /** A file of PEM certificates. */
  readonly ca?: string
}

/** Read anew for each session, so that a changed password needs no restart. Throws `driver.connection` for a file that cannot be read. */
export async function readSecrets(settings: SecretSettings): Promise<{
  readonly credentials: Credentials | undefined
  readonly ca: string | undefined
}> {
  const { username, password, passwordFile } = settings
  const ca = settings.ca === undefined ? undefined : await read(settings.ca)
  if (username === undefined) return { credentials: undefined, ca }
  const secret = passwordFile === undefined ? password : (await read(passwordFile)).split(/\r?\n/)[0]
  return { credentials: { username, password: secret ?? '' }, ca }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new AppError('driver.connection', `${path} cannot be read`, { cause })
  }
}
