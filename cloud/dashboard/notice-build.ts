// Builds the service worker of the dashboard: one plain script beside the page, which shows notices and keeps the page's own files.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { chunkWith, filesOf } from './page-files.ts'
import { unknownNotice } from './src/text/notice-texts.ts'

const noticeFile = fileURLToPath(new URL('src/notices/service-worker.ts', import.meta.url))
const shellFile = fileURLToPath(new URL('src/offline/shell-worker.ts', import.meta.url))
const pageName = 'index.html'
/** Larger files, those of the map, are kept by who has looked at them. */
const mostKeptBytes = 200_000

/** Writes `sw.js`. A browser takes a new one when its bytes differ, and they do when a file of the page does. */
export function noticeWorker(): Plugin {
  return {
    name: 'musubi-dashboard-worker',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const page = bundle[pageName]
      const entry = chunkWith(bundle, '/dashboard/src/main.tsx')
      if (entry === undefined || page?.type !== 'asset') throw new Error(`the build has no ${pageName}`)
      const files = filesOf(bundle, entry).filter((file) => sizeOf(bundle[file]) <= mostKeptBytes)
      const version = createHash('sha256').update(files.join('\n')).update(String(page.source)).digest('hex')
      const known = { unknownNotice, keptFiles: files, entryFile: entry.fileName, version: version.slice(0, 12) }
      const head = Object.entries(known).map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
      // Each in a block of its own: they share the worker, and no names.
      const parts = await Promise.all([noticeFile, shellFile].map(async (file) => `{\n${await plainScript(file)}\n}\n`))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: [...head, ...parts].join('') })
    },
  }
}

async function plainScript(file: string): Promise<string> {
  return stripTypeScriptTypes(await readFile(file, 'utf8'))
}

function sizeOf(part: Parameters<typeof filesOf>[0][string] | undefined): number {
  if (part === undefined) return 0
  return part.type === 'chunk' ? part.code.length : part.source.length
}
