import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { citizenTexts } from './dictionary.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.endsWith('text/dictionary.ts'))
  .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
  .join('\n')
const entries = Object.entries(citizenTexts)
const placeholders = (text: string): readonly string[] => [...text.matchAll(/\{(\w+)\}/g)].map(String).toSorted()
/** Keys that are put together from a name. */
const composed = /^(refusal|kind|about|state|place|spot|level|leftOut)\./

describe('the texts of the page of citizens', () => {
  it.each(entries)('%s says something in both languages, with the same parameters', (_key, text) => {
    expect(text.ja.trim()).not.toBe('')
    expect(text.en.trim()).not.toBe('')
    expect(placeholders(text.en)).toEqual(placeholders(text.ja))
  })

  it('hold no key that nothing uses', () => {
    const unused = entries.map(([key]) => key).filter((key) => !composed.test(key) && !code.includes(`'${key}'`))
    expect(unused).toEqual([])
  })
})
