// How the dashboard is cut into files. On a thin line each request costs more than some kilobytes: what every page begins with is
// one file, what many views share is another, and the rest comes with its view.
import { fileURLToPath } from 'node:url'
import type { Plugin, Rolldown } from 'vite'
import { chunkWith, filesOf } from './page-files.ts'

const beginning = fileURLToPath(new URL('src/main.tsx', import.meta.url))
const viewFile = /\/src\/views\/([a-z-]+)\.tsx$/

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

/**
 * Writes into the page which files each view begins with, so that `early.js` can ask for those of the view that the address names
 * while the page's own script is still on its way.
 */
export function earlyViews(): Plugin {
  return {
    name: 'musubi-early-views',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (bundle === undefined) return html
        const text = JSON.stringify(filesOfViews(bundle)).replaceAll('<', '\\u003c')
        return html.replace('</title>', `</title>\n    <script type="application/json" id="views">${text}</script>`)
      },
    },
  }
}

function filesOfViews(bundle: Rolldown.OutputBundle): Readonly<Record<string, readonly string[]>> {
  const entry = chunkWith(bundle, '/dashboard/src/main.tsx')
  const known = new Set(entry === undefined ? [] : filesOf(bundle, entry, 'static'))
  const views = Object.values(bundle).flatMap((part) => {
    const name = part.type === 'chunk' ? viewFile.exec(part.facadeModuleId ?? '')?.[1] : undefined
    if (part.type !== 'chunk' || name === undefined) return []
    return [
      [name, filesOf(bundle, part, 'static').filter((file) => !known.has(file) && /\.(js|css)$/.test(file))] as const,
    ]
  })
  return Object.fromEntries(views)
}
