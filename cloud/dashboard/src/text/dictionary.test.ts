import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { dictionary } from './dictionary.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'))
  .filter((file) => !/text\/(dictionary|[a-z]+-texts)\.ts$/.test(file))
  .map((file) => ({ file, code: readFileSync(`${root}/${file}`, 'utf8') }))
const entries = Object.entries(dictionary)
const placeholders = (text: string): readonly string[] => [...text.matchAll(/\{(\w+)\}/g)].map(String).toSorted()

describe('the dictionary', () => {
  it('is read against the sources, which are there', () => {
    expect(sources.length).toBeGreaterThan(20)
  })

  it.each(entries)('%s says something in both languages, with the same parameters', (_key, text) => {
    expect(text.ja.trim()).not.toBe('')
    expect(text.en.trim()).not.toBe('')
    expect(placeholders(text.en)).toEqual(placeholders(text.ja))
  })

  it('holds no key that nothing uses', () => {
    const unused = entries
      .map(([key]) => key)
      .filter((key) => !sources.some(({ code }) => new RegExp(`['"]${key}['"]`).test(code)))
    expect(unused).toEqual([])
  })

  it('has every key that a source asks for', () => {
    const asked = sources.flatMap(({ code }) => [...code.matchAll(/\bt\('([^']+)'/g)].map((match) => match[1]))
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter((key) => key === undefined || !(key in dictionary))).toEqual([])
  })

  it('holds all Japanese text: no source but the place names of the basemap has its own', () => {
    const speaking = sources
      .filter(({ file }) => !file.endsWith('places.ts'))
      .filter(({ code }) => /[぀-ヿ一-鿿]/.test(code))
    expect(speaking.map(({ file }) => file)).toEqual([])
  })
})
