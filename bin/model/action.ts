// What every `musubi model …` action is, and the words that they share: which package, whose signature.
import { readFile } from 'node:fs/promises'
import { AppError } from '../../broker/contract/app-error.ts'
import { createTrust, type Trust } from '../../models/signature.ts'

export interface ModelAction {
  /** Lines for `--help`, without the head `Usage:`. */
  readonly usage: string
  /** Exit code: 0 done, 1 refused or failed. Throws UsageError for words that cannot be meant, AppError otherwise. */
  run(words: readonly string[]): Promise<number>
}

/** The words cannot be meant: the usage is shown. */
export class UsageError extends Error {}

/** parseArgs options of whose packages are taken. */
export const trustFlags = { trust: { type: 'string', multiple: true }, 'allow-unsigned': { type: 'boolean' } } as const

export const trustUsage = `      --trust FILE      takes packages signed by this public key (PEM) too; may be given again
      --allow-unsigned  takes a package without a signature`

/** Throws `config.invalid` for a file that is no Ed25519 public key. */
export async function trustOf(flags: {
  readonly trust?: string[]
  readonly 'allow-unsigned'?: boolean
}): Promise<Trust> {
  const keys = await Promise.all((flags.trust ?? []).map((file) => readKey(file)))
  return createTrust({ keys, allowUnsigned: flags['allow-unsigned'] ?? false })
}

/** The text of a key file. Throws `config.invalid`. */
export async function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('config.invalid', `the key ${file} cannot be read`, { cause })
  })
}

/** The one positional word, a package. Throws UsageError. */
export function onePackage(positionals: readonly string[]): string {
  const [place, ...more] = positionals
  if (place === undefined || more.length > 0) throw new UsageError('one package is needed: a folder, a .tgz or an id')
  return place
}
