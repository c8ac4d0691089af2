// Which language the pages for phones speak; the same as the dashboard's.
import { signal } from '@preact/signals'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

type Language = keyof LocalizedText

const storageKey = 'musubi.language'

export const language = signal<Language>('ja')

/** `{name}` is replaced by the parameter of that name. */
export function filled(template: string, parameters: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole))
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

export function timeText(timeMs: number): string {
  const options = { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(language.value === 'ja' ? 'ja-JP' : 'en-GB', options).format(timeMs)
}
