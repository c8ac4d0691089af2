// The files of the local page: few, small, and beside this module, so that a gateway needs nothing from outside.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'page')
const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
} as const
const namePattern = /^\/([a-z][a-z-]{0,40})\.(html|css|js|svg)$/

/** Undefined for what is none of them. */
export async function pageFile(path: string): Promise<{ readonly type: string; readonly bytes: Buffer } | undefined> {
  const [, name, kind] = namePattern.exec(path === '/' ? '/index.html' : path) ?? []
  if (name === undefined || kind === undefined) return undefined
  const bytes = await readFile(join(folder, `${name}.${kind}`)).catch(() => undefined)
  return bytes === undefined ? undefined : { type: types[kind as keyof typeof types], bytes }
}
