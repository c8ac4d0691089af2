// Builds the service worker of the dashboard, which shows notices: one plain script beside the page.
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { unknownNotice } from './src/text/notice-texts.ts'

const workerFile = fileURLToPath(new URL('src/notices/service-worker.ts', import.meta.url))

/** Writes `sw.js`. A browser takes a new one when its bytes differ. */
export function noticeWorker(): Plugin {
  return {
    name: 'musubi-notice-worker',
    apply: 'build',
    async generateBundle() {
      const head = `const unknownNotice = ${JSON.stringify(unknownNotice)}\n`
      const code = stripTypeScriptTypes(await readFile(workerFile, 'utf8'))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: head + code })
    },
  }
}
