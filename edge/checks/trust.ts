// Whom a gateway trusts, with the keys read: for the processes that load packages.
import { readFile } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import { createTrust, type Trust } from '../../models/signature.ts'
import type { PackageTrust } from './checked-package.ts'

/** Throws AppError `config.invalid`. */
export async function trustOf({ keyFiles, allowUnsigned }: PackageTrust): Promise<Trust> {
  const read = (file: string): Promise<string> =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw new AppError('config.invalid', `the key ${file} cannot be read`, { cause })
    })
  return createTrust({ keys: await Promise.all(keyFiles.map(read)), allowUnsigned })
}
