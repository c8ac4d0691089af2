// The files of a data folder, as they are met.
import { opendir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

export interface FoundFile {
  /** From the data folder, with slashes. */
  readonly path: string
  readonly bytes: number
  /** Whole ms. */
  readonly modifiedMs: number
  readonly mode: number
}

/** `exclude`: whole paths of files and folders; a folder also by any other path that leads to it. Links are followed, no folder twice; what goes away meanwhile is left out. */
export async function* walkData(dataFolder: string, exclude: ReadonlySet<string>): AsyncGenerator<FoundFile> {
  const seen = await foldersOf(exclude)
  const folders = [dataFolder]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await opendir(folder).catch(onlyGone)) {
      const path = join(folder, entry.name)
      if (exclude.has(path)) continue
      const found = await stat(path).catch(onlyGone)
      if (!('isFile' in found)) continue
      if (found.isDirectory() && isNew(seen, keyOf(found))) folders.push(path)
      if (!found.isFile()) continue
      yield {
        path: relative(dataFolder, path).replaceAll(sep, '/'),
        bytes: found.size,
        modifiedMs: Math.floor(found.mtimeMs),
        mode: found.mode & 0o777,
      }
    }
  }
}

/** A shelf that lies in the data folder, named by a link, would be copied into itself without end. */
async function foldersOf(paths: ReadonlySet<string>): Promise<Set<string>> {
  const found = await Promise.all([...paths].map((path) => stat(path).catch(() => undefined)))
  return new Set(found.flatMap((one) => (one?.isDirectory() === true ? [keyOf(one)] : [])))
}

function keyOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev} ${ino}`
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false
  seen.add(key)
  return true
}

/** Nothing, for what has gone away. Throws anything else: what cannot be read must not be left out. */
function onlyGone(thrown: unknown): readonly never[] {
  if (isSystemFault(thrown, 'ENOENT')) return []
  throw thrown
}
