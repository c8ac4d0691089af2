// The language of the last visit, for the dashboard and the pages for phones.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export type Language = keyof LocalizedText

const storageKey = 'musubi.language'

/** At the first visit Japanese, but English for a browser that reads no Japanese. Storage may be forbidden: then each visit is the first. */
export function keptLanguage(): Language {
  const kept = stored()
  if (kept === 'ja' || kept === 'en') return kept
  return navigator.languages.some((tag) => tag.startsWith('ja')) ? 'ja' : 'en'
}

export function keepLanguage(chosen: Language): void {
  try {
    localStorage.setItem(storageKey, chosen)
  } catch {
    // A browser that keeps nothing still shows the chosen language until it is closed.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}
