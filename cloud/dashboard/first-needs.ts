// What the first page needs beside the script that it begins with, asked for while that script is still on its way: on a line with
// 150 ms to and fro each thing that is asked for only when it is missed comes that much later.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Plugin, Rolldown } from 'vite'
import { chunkWith, filesOf } from './page-files.ts'
import type { View } from './src/routes.ts'

/** Answers of the hub that every view begins with. An address stands here exactly as the page asks for it, or it is asked twice. */
const answersOfEveryView = ['api/v1/now']
/** And those of single views. */
const answersOfViews: Partial<Record<View, readonly string[]>> = {
  farm: ['api/v1/advice', 'api/v1/field-settings'],
}

const viewFile = /\/src\/views\/([a-z-]+)\.tsx$/
const earlyFile = fileURLToPath(new URL('early.js', import.meta.url))
/** A script that stands in the page waits for the styles above it: it is put before them, and they are asked for before it. */
const styles = / *<link rel="stylesheet" crossorigin href="([^"]+)">/
const end = '  </head>'

/**
 * Writes into the page what is needed first: the hub's answers as preloads, and for each view its files and answers as data, from
 * which `early.js` takes those of the view that the address names. That script stands in the page itself, and the hub says its hash
 * in the content security policy. Beside it `door.html`, the same page for whoever is not signed in.
 */
export function firstNeeds(): Plugin {
  return {
    name: 'musubi-first-needs',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const page = bundle['index.html']
      if (page?.type !== 'asset') throw new Error('the build has no index.html')
      const bare = String(page.source)
      const early = await readFile(earlyFile, 'utf8')
      if (!styles.test(bare)) throw new Error('the page has no styles')
      page.source = bare.replace(styles, (link, address: string) => `${needsOfTheCity(bundle, address, early)}${link}`)
      const source = bare.replace(end, () => `${needsOfTheDoor(bundle)}${end}`)
      this.emitFile({ type: 'asset', fileName: 'door.html', source })
    },
  }
}

function needsOfTheCity(bundle: Rolldown.OutputBundle, stylesAddress: string, early: string): string {
  const data = JSON.stringify(needsOfViews(bundle)).replaceAll('<', '\\u003c')
  return [
    `<link rel="preload" as="style" href="${stylesAddress}" crossorigin>`,
    ...answersOfEveryView.map((address) => `<link rel="preload" as="fetch" href="./${address}" crossorigin>`),
    `<script type="application/json" id="views">${data}</script>`,
    `<script>${early}</script>`,
  ]
    .map((line) => `    ${line}\n`)
    .join('')
}

function needsOfTheDoor(bundle: Rolldown.OutputBundle): string {
  const door = chunkWith(bundle, '/dashboard/src/door.tsx')
  if (door === undefined) throw new Error('the build has no door')
  return filesBeyondStart(bundle, door)
    .map((file) =>
      file.endsWith('.css') ? `rel="preload" as="style" href="./${file}"` : `rel="modulepreload" href="./${file}"`,
    )
    .map((link) => `    <link ${link} crossorigin>\n`)
    .join('')
}

function needsOfViews(bundle: Rolldown.OutputBundle): Readonly<Record<string, readonly string[]>> {
  const views = Object.values(bundle).flatMap((part) => {
    const name = part.type === 'chunk' ? viewFile.exec(part.facadeModuleId ?? '')?.[1] : undefined
    if (part.type !== 'chunk' || name === undefined) return []
    return [[name, [...filesBeyondStart(bundle, part), ...(answersOfViews[name as View] ?? [])]] as const]
  })
  return Object.fromEntries(views)
}

/** Scripts and styles without which a chunk does not run, less those that the page begins with. */
function filesBeyondStart(bundle: Rolldown.OutputBundle, part: Rolldown.OutputChunk): readonly string[] {
  const start = chunkWith(bundle, '/dashboard/src/main.tsx')
  const known = new Set(start === undefined ? [] : filesOf(bundle, start, 'static'))
  return filesOf(bundle, part, 'static').filter((file) => !known.has(file) && /\.(js|css)$/.test(file))
}
