// Which language the screen speaks, and the one function through which every text passes.
import { signal } from '@preact/signals'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import { dictionary, type TextKey } from './dictionary.ts'
import { keepLanguage, keptLanguage, type Language } from './kept-language.ts'

export type { Language }

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

export function restoreLanguage(): void {
  show(keptLanguage())
}

export function chooseLanguage(chosen: Language): void {
  show(chosen)
  keepLanguage(chosen)
}

function show(shown: Language): void {
  language.value = shown
  document.documentElement.lang = shown
}
