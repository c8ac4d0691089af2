// Puts each text beside the code that says it: a page loads the texts of the files that it loads, and not those of every view.
import { fileURLToPath } from 'node:url'
import type { Plugin, Rolldown } from 'vite'
import { dictionary } from './src/text/dictionary.ts'

const dictionaryFile = fileURLToPath(new URL('src/text/dictionary.ts', import.meta.url))
const sourceFile = /\/cloud\/dashboard\/src\/(?!text\/)[^?]+\.tsx?$/
const keys = Object.keys(dictionary)
/** Stands in a module for its texts until it is known which file the module is in. */
const place = (said: readonly string[]): string => JSON.stringify(`texts of this file: ${said.join(' ')}`)
const places = /"texts of this file: ([^"]+)"/g

/**
 * In the bundle the dictionary begins empty, and each module adds what it says. A key exists at run time only where the module that
 * writes it has run, so that `t()` finds every one at once, in both languages.
 */
export function pageTexts(): Plugin {
  const saidBy = new Map<string, readonly string[]>()
  return {
    name: 'musubi-page-texts',
    apply: 'build',
    transform(code, id) {
      if (id === dictionaryFile) return { code: 'export const dictionary = {}', map: null }
      const said = sourceFile.test(id) ? keysIn(code) : []
      if (said.length === 0) return undefined
      saidBy.set(id, said)
      const from = JSON.stringify(dictionaryFile)
      const lines = [`import { dictionary as ownTexts } from ${from}`, `Object.assign(ownTexts, ${place(said)})`, code]
      return { code: lines.join('\n'), map: null }
    },
    renderChunk(code, chunk, _options, { chunks }) {
      const known = new Set(importedBy(chunk, chunks).flatMap((part) => keysOf(part, saidBy)))
      return code.replaceAll(places, (_whole, said: string) => {
        const own = said.split(' ').filter((key) => !known.has(key))
        for (const key of own) known.add(key)
        return textsOf(own)
      })
    },
  }
}

/** The keys that a module writes; where it puts one together (`alarm.${severity}`) all that begin so. */
export function keysIn(code: string): readonly string[] {
  const words = new Set([...code.matchAll(/(['"`])([\w.-]+)\1/g)].map((found) => found[2]))
  const beginnings = [...code.matchAll(/`(\w+\.)\$\{/g)].flatMap((found) => found[1] ?? [])
  return keys.filter((key) => words.has(key) || beginnings.some((beginning) => key.startsWith(beginning)))
}

function textsOf(said: readonly string[]): string {
  const texts: Readonly<Record<string, unknown>> = dictionary
  return JSON.stringify(Object.fromEntries(said.map((key) => [key, texts[key]])))
}

function keysOf(part: Rolldown.RenderedChunk, saidBy: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return part.moduleIds.flatMap((id) => saidBy.get(id) ?? [])
}

/** The files that have run before this one does. */
function importedBy(
  chunk: Rolldown.RenderedChunk,
  chunks: Readonly<Record<string, Rolldown.RenderedChunk>>,
): readonly Rolldown.RenderedChunk[] {
  const found = new Set<Rolldown.RenderedChunk>()
  const visit = (part: Rolldown.RenderedChunk): void => {
    for (const name of part.imports) {
      const next = chunks[name]
      if (next === undefined || next === chunk || found.has(next)) continue
      found.add(next)
      visit(next)
    }
  }
  visit(chunk)
  return [...found]
}
