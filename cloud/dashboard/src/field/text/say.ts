// Which language the field page speaks, and the one function through which every text of it passes.
import { signal } from '@preact/signals'
import type { LocalizedText } from '../../../../../broker/contract/documents.ts'
import { fieldTexts, type FieldTextKey } from './dictionary.ts'

type Language = keyof LocalizedText

/** The same as the dashboard's. */
const storageKey = 'musubi.language'

export const language = signal<Language>('ja')

/** The text of a key in the current language; `{name}` is replaced by the parameter of that name. */
export function say(key: FieldTextKey, parameters: Readonly<Record<string, string | number>> = {}): string {
  const template: string = fieldTexts[key][language.value]
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole))
}

/** Why the hub refused, by the code of its problem document. */
export function refusalText(code: string): string {
  const key = `refusal.${code}`
  return key in fieldTexts ? say(key as FieldTextKey) : say('refusal.other', { code })
}

export function localized(text: LocalizedText): string {
  return text[language.value] || text.ja || text.en
}

/** Japanese at the first visit; storage may be forbidden. */
export function restoreLanguage(): void {
  try {
    language.value = localStorage.getItem(storageKey) === 'en' ? 'en' : 'ja'
  } catch {
    language.value = 'ja'
  }
  document.documentElement.lang = language.value
}

export function otherLanguage(): void {
  language.value = language.value === 'ja' ? 'en' : 'ja'
  document.documentElement.lang = language.value
  try {
    localStorage.setItem(storageKey, language.value)
  } catch {
    // A browser that keeps nothing still shows the chosen language until it is closed.
  }
}
