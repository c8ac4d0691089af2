import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from './app-error.ts'

describe('error codes', () => {
  it('all stand in docs/errors.md with their meaning', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const missing = Object.entries(errorCodes).filter(
      ([code, { title, retryable }]) => !page.includes(`| \`${code}\` | ${title} | ${retryable ? 'yes' : 'no'} |`),
    )
    expect(missing).toEqual([])
  })
})
