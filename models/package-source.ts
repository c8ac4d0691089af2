// Where the files of a package come from: a folder, or a .tgz that is unpacked into memory.
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { readArchive } from './package-archive.ts'
import { refusal } from './refusal.ts'

export interface PackageSource {
  /** Every file in it, as paths with `/`. */
  readonly paths: ReadonlySet<string>
  /** Throws `model.invalid` with `missing-file`, or `bad-schema` for a longer file. */
  read(path: string, maxBytes: number): Promise<Uint8Array>
}

/** Throws `model.invalid` with `missing-file` or `bad-archive`. */
export async function openPackageSource(place: string): Promise<PackageSource> {
  const found = await stat(place).catch((cause: unknown) => {
    throw refusal('missing-file', `there is no ${place}`, cause)
  })
  return found.isDirectory() ? openFolder(place) : openArchive(place)
}

async function openArchive(place: string): Promise<PackageSource> {
  const files = await readArchive(createReadStream(place))
  return {
    paths: new Set(files.keys()),
    async read(path, maxBytes) {
      const bytes = files.get(path)
      if (bytes === undefined) throw missing(path, place)
      checkSize(path, bytes.length, maxBytes)
      return bytes
    },
  }
}

/** Links are not followed: what a package is made of lies in it. */
async function openFolder(folder: string): Promise<PackageSource> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  const paths = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
  return {
    paths: new Set(paths),
    async read(path, maxBytes) {
      const full = join(folder, path)
      const found = await lstat(full).catch((cause: unknown) => {
        throw missing(path, folder, cause)
      })
      if (!found.isFile()) throw refusal('missing-file', `${path} is not a file`)
      checkSize(path, found.size, maxBytes)
      return readFile(full)
    },
  }
}

function missing(path: string, place: string, cause?: unknown): Error {
  return refusal('missing-file', `${path} is not in ${place}`, cause)
}

function checkSize(path: string, bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw refusal('bad-schema', `${path} has ${bytes} bytes, at most ${maxBytes} are read`)
}
