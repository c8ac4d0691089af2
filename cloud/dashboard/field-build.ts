// Builds what the field page needs beside its bundle: the list of device profiles, and the service worker with the files it keeps.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Plugin, Rolldown } from 'vite'
import { parse } from 'yaml'

const profilesName = 'virtual:profiles'
const profilesResolved = `\0${profilesName}`
const profileFolder = fileURLToPath(new URL('../../firmware-bridge/profiles/', import.meta.url))
const workerFile = fileURLToPath(new URL('src/field/service-worker.ts', import.meta.url))
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

/** Writes `field/sw.js`, which keeps the field page and all that it loads, under a name that changes with them. */
export function fieldWorker(): Plugin {
  return {
    name: 'musubi-field-worker',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_options, bundle) {
      const files = ['field/index.html', ...filesOf(bundle)]
      const version = createHash('sha256').update(files.join('\n')).update(htmlOf(bundle)).digest('hex').slice(0, 12)
      const names = files.map((file) => (file === 'field/index.html' ? './' : `../${file}`))
      const kept = [...names, './manifest.webmanifest', './icon-192.png', './icon-512.png']
      const head = `const keptFiles = ${JSON.stringify(kept)}\nconst version = ${JSON.stringify(version)}\n`
      const code = stripTypeScriptTypes(await readFile(workerFile, 'utf8'))
      this.emitFile({ type: 'asset', fileName: 'field/sw.js', source: head + code })
    },
  }
}

function htmlOf(bundle: Rolldown.OutputBundle): string {
  const page = bundle['field/index.html']
  return page?.type === 'asset' ? String(page.source) : ''
}

/** Every chunk that the page can load, with its styles and pictures. */
function filesOf(bundle: Rolldown.OutputBundle): readonly string[] {
  const entry = Object.values(bundle).find(
    (part) => part.type === 'chunk' && part.facadeModuleId?.endsWith('/field/index.html') === true,
  )
  const found = new Set<string>()
  const visit = (name: string): void => {
    const part = bundle[name]
    if (part?.type !== 'chunk' || found.has(name)) return
    found.add(name)
    for (const file of [...(part.viteMetadata?.importedCss ?? []), ...(part.viteMetadata?.importedAssets ?? [])]) {
      found.add(file)
    }
    for (const next of [...part.imports, ...part.dynamicImports]) visit(next)
  }
  if (entry !== undefined) visit(entry.fileName)
  return [...found]
}
