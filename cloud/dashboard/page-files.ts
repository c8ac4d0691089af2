// Which files of the bundle a page can load: what its service worker keeps.
import type { Rolldown } from 'vite'

/** The chunk that a page begins with. */
export function entryOf(bundle: Rolldown.OutputBundle, page: string): Rolldown.OutputChunk | undefined {
  return Object.values(bundle).find(
    (part) => part.type === 'chunk' && part.facadeModuleId?.endsWith(`/dashboard/${page}`) === true,
  ) as Rolldown.OutputChunk | undefined
}

/** Every chunk that an entry can load, with its styles and pictures. */
export function filesOf(bundle: Rolldown.OutputBundle, entry: Rolldown.OutputChunk): readonly string[] {
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
  visit(entry.fileName)
  return [...found]
}
