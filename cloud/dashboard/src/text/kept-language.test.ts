import { afterEach, describe, expect, it, vi } from 'vitest'
import { keepLanguage, keptLanguage } from './kept-language.ts'

function browserOf(languages: readonly string[], storage: Pick<Storage, 'getItem' | 'setItem'>): void {
  vi.stubGlobal('navigator', { languages })
  vi.stubGlobal('localStorage', storage)
}

function storageOf(kept = new Map<string, string>()): Pick<Storage, 'getItem' | 'setItem'> {
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) }
}

const refuse = () => {
  throw new Error('storage is forbidden')
}

describe('the language of a visit', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it.each([
    [['ja-JP'], 'ja'],
    [['en-US', 'ja'], 'ja'],
    [['en-GB', 'en'], 'en'],
    [['vi-VN'], 'en'],
  ])('is for a browser that reads %j at first %s', (languages, first) => {
    browserOf(languages, storageOf())
    expect(keptLanguage()).toBe(first)
  })

  it('is what was chosen, whatever the browser reads', () => {
    browserOf(['en-US'], storageOf())
    keepLanguage('ja')
    expect(keptLanguage()).toBe('ja')
  })

  it('is that of a first visit each time where storage is forbidden', () => {
    browserOf(['ja'], { getItem: refuse, setItem: refuse })
    keepLanguage('en')
    expect(keptLanguage()).toBe('ja')
  })
})
