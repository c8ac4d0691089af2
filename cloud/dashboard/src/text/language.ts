// Which language the screen speaks, and the one function through which every text passes.
import { signal } from '@preact/signals'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import { dictionary, type TextKey } from './dictionary.ts'

export type Language = keyof LocalizedText

const storageKey = 'musubi.language'

export const language = signal<Language>('ja')

/** The text of a key in the current language; `{name}` is replaced by the parameter of that name. */
export function t(key: TextKey, parameters: Readonly<Record<string, string | number>> = {}): string {
  const template: string = dictionary[key][language.value]
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole))
}

/** A name that came from a gateway, in the current language; the other language where this one is empty. */
export function localized(text: LocalizedText): string {
  return text[language.value] || text.ja || text.en
}

/** Takes the language of the last visit; Japanese at the first. Storage may be forbidden: then each visit is the first. */
export function restoreLanguage(): void {
  try {
    chooseLanguage(localStorage.getItem(storageKey) === 'en' ? 'en' : 'ja')
  } catch {
    chooseLanguage('ja')
  }
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen
  document.documentElement.lang = chosen
  try {
    localStorage.setItem(storageKey, chosen)
  } catch {
    // A browser that keeps nothing still shows the chosen language until it is closed.
  }
}
