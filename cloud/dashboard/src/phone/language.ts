// Which language the pages for phones speak; the same as the dashboard's.
import { signal } from '@preact/signals'
import type { LocalizedText } from '../../../../broker/contract/documents.ts'
import { keepLanguage, keptLanguage, type Language } from '../text/kept-language.ts'

export const language = signal<Language>('ja')

/** `{name}` is replaced by the parameter of that name. */
export function filled(template: string, parameters: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole))
}

export function localized(text: LocalizedText): string {
  return text[language.value] || text.ja || text.en
}

export function restoreLanguage(): void {
  show(keptLanguage())
}

export function otherLanguage(): void {
  show(language.value === 'ja' ? 'en' : 'ja')
  keepLanguage(language.value)
}

function show(shown: Language): void {
  language.value = shown
  document.documentElement.lang = shown
}

export function timeText(timeMs: number): string {
  const options = { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(language.value === 'ja' ? 'ja-JP' : 'en-GB', options).format(timeMs)
}
