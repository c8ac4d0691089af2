// Where a model package is, by the id or path that configuration names.
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of a package: a path when it holds a separator or begins with a dot, else an id under models/packages. */
export function packageFolder(idOrPath: string): string {
  const isPath = idOrPath.startsWith('.') || idOrPath.includes('/') || idOrPath.includes(sep)
  return isPath ? resolve(idOrPath) : join(fileURLToPath(new URL('packages', import.meta.url)), idOrPath)
}
