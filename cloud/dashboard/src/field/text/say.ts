// The one function through which every text of the field page passes.
import { filled, language } from '../../phone/language.ts'
import { fieldTexts, type FieldTextKey } from './dictionary.ts'

/** The text of a key in the current language; `{name}` is replaced by the parameter of that name. */
export function say(key: FieldTextKey, parameters: Readonly<Record<string, string | number>> = {}): string {
  return filled(fieldTexts[key][language.value], parameters)
}

/** Why the hub refused, by the code of its problem document. */
export function refusalText(code: string): string {
  const key = `refusal.${code}`
  return key in fieldTexts ? say(key as FieldTextKey) : say('refusal.other', { code })
}
