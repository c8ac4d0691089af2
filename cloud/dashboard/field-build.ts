// Builds what the pages for phones need beside their bundles: the list of device profiles, and the service worker with the files it keeps.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin, Rolldown } from 'vite'
import { parse } from 'yaml'
import { filesOf } from './page-files.ts'

const profilesName = 'virtual:profiles'
const profilesResolved = `\0${profilesName}`
const profileFolder = fileURLToPath(new URL('../../firmware-bridge/profiles/', import.meta.url))
const workerFile = fileURLToPath(new URL('src/phone/service-worker.ts', import.meta.url))
/** Recordings are no device of a field. */
const leftOut = 'replay'

interface ProfileText {
  readonly id: string
  readonly driver: string
  readonly label: { readonly ja: string; readonly en: string }
}

/** `virtual:profiles`: `{ id, label }` of every device profile, read while building. */
export function profilesModule(): Plugin {
  return {
    name: 'musubi-profiles',
    resolveId: (id) => (id === profilesName ? profilesResolved : undefined),
    async load(id) {
      if (id !== profilesResolved) return undefined
      const names = (await readdir(profileFolder)).filter((name) => name.endsWith('.yaml')).toSorted()
      const texts = await Promise.all(names.map(async (name) => await readFile(`${profileFolder}${name}`, 'utf8')))
      const profiles = texts.map((text) => parse(text) as ProfileText).filter(({ driver }) => driver !== leftOut)
      return `export const profiles = ${JSON.stringify(profiles.map(({ id: profile, label }) => ({ id: profile, label })))}`
    },
  }
}

/** Writes `{folder}/sw.js`, which keeps a page and all that it loads, under a name that changes with them. */
export function pageWorker(folder: 'field' | 'citizen'): Plugin {
  const index = `${folder}/index.html`
  return {
    name: `musubi-${folder}-worker`,
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const files = [index, ...filesOfPage(bundle, index)]
      const version = createHash('sha256')
        .update(files.join('\n'))
        .update(htmlOf(bundle, index))
        .digest('hex')
        .slice(0, 12)
      const names = files.map((file) => (file === index ? './' : `../${file}`))
      const kept = [...names, './manifest.webmanifest', '../field/icon-192.png', '../field/icon-512.png']
      const head = `const pageName = ${JSON.stringify(folder)}\nconst keptFiles = ${JSON.stringify(kept)}\nconst version = ${JSON.stringify(version)}\n`
      const code = stripTypeScriptTypes(await readFile(workerFile, 'utf8'))
      this.emitFile({ type: 'asset', fileName: `${folder}/sw.js`, source: head + code })
    },
  }
}

function htmlOf(bundle: Rolldown.OutputBundle, index: string): string {
  const page = bundle[index]
  return page?.type === 'asset' ? String(page.source) : ''
}

/** Every file that the page can load. */
function filesOfPage(bundle: Rolldown.OutputBundle, index: string): readonly string[] {
  const entry = Object.values(bundle).find(
    (part): part is Rolldown.OutputChunk =>
      part.type === 'chunk' && part.facadeModuleId?.endsWith(`/${index}`) === true,
  )
  return entry === undefined ? [] : filesOf(bundle, entry)
}
