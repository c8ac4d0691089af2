// Where a model package is, by the id or path that configuration names.
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A path when it holds a separator, begins with a dot or ends as an archive does, else the folder of an id under models/packages. */
export function packageFolder(idOrPath: string): string {
  const isPath = /^\.|\/|\.tgz$|\.tar\.gz$/.test(idOrPath) || idOrPath.includes(sep)
  return isPath ? resolve(idOrPath) : join(fileURLToPath(new URL('packages', import.meta.url)), idOrPath)
}
