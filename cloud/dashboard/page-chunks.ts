// How the dashboard is cut into files. On a thin line each request costs more than some kilobytes: what every page begins with is
// one file, what many views share is another, and the rest comes with its view.
import { fileURLToPath } from 'node:url'
import type { Rolldown } from 'vite'

const beginning = fileURLToPath(new URL('src/main.tsx', import.meta.url))

/** Groups for one build. */
export function pageChunks(): Rolldown.CodeSplittingOptions {
  let first: ReadonlySet<string> | undefined
  return {
    groups: [
      {
        name: (id, context) => ((first ??= reachedFrom(beginning, context)).has(id) ? 'start' : null),
        priority: 2,
      },
      { name: 'shared', test: /\/src\/(api|city|format|parts)\//, minShareCount: 4, priority: 1 },
    ],
  }
}

/** Everything that a module needs before it runs. */
function reachedFrom(id: string, context: Rolldown.ChunkingContext): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (module: string): void => {
    if (found.has(module)) return
    found.add(module)
    for (const next of context.getModuleInfo(module)?.importedIds ?? []) visit(next)
  }
  visit(id)
  return found
}
