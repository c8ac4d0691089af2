// Writes .br and .gz beside each text file of the bundle, so that the hub serves them without compressing at run time.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)
const text = /\.(js|mjs|css|html|json|svg)$/
const worthwhileBytes = 1024
/** Quality 9 of brotli: within some percent of 11, in a tenth of the time. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }

async function compress(path: string): Promise<void> {
  const source = await readFile(path)
  if (source.length < worthwhileBytes) return
  await Promise.all([
    writeFile(`${path}.br`, await brotli(source, { params })),
    writeFile(`${path}.gz`, await zip(source, { level: 9 })),
  ])
}

/** Works on the written files: only they are what browsers get, after every other plugin. */
export function compressedCopies(): Plugin {
  return {
    name: 'musubi-compressed-copies',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return
      const names = Object.keys(bundle).filter((name) => text.test(name))
      await Promise.all(names.map((name) => compress(join(dir, name))))
    },
  }
}
