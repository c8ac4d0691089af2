// Which files of the bundle a page can load: what its service worker keeps.
import type { Rolldown } from 'vite'

/** The chunk that holds a module, which `module` names by the end of its path. */
export function chunkWith(bundle: Rolldown.OutputBundle, module: string): Rolldown.OutputChunk | undefined {
  return Object.values(bundle).find(
    (part): part is Rolldown.OutputChunk => part.type === 'chunk' && part.moduleIds.some((id) => id.endsWith(module)),
  )
}

/** Every chunk that an entry can load, with its styles and pictures; `static`: those without which it does not run. */
export function filesOf(
  bundle: Rolldown.OutputBundle,
  entry: Rolldown.OutputChunk,
  which: 'all' | 'static' = 'all',
): readonly string[] {
  const found = new Set<string>()
  const visit = (name: string): void => {
    const part = bundle[name]
    if (part?.type !== 'chunk' || found.has(name)) return
    found.add(name)
    for (const file of [...(part.viteMetadata?.importedCss ?? []), ...(part.viteMetadata?.importedAssets ?? [])]) {
      found.add(file)
    }
    for (const next of which === 'all' ? [...part.imports, ...part.dynamicImports] : part.imports) visit(next)
  }
  visit(entry.fileName)
  return [...found]
}
