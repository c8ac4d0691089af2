// The one function through which every text of the citizen's page passes.
import { filled, language } from '../../phone/language.ts'
import { citizenTexts, type CitizenTextKey } from './dictionary.ts'

/** The text of a key in the current language; `{name}` is replaced by the parameter of that name. */
export function say(key: CitizenTextKey, parameters: Readonly<Record<string, string | number>> = {}): string {
  return filled(citizenTexts[key][language.value], parameters)
}

/** Why the hub refused, by the code of its problem document. */
export function refusalText(code: string): string {
  const key = `refusal.${code}`
  return key in citizenTexts ? say(key as CitizenTextKey) : say('refusal.other', { code })
}

/** How long ago. */
export function ageText(ageS: number): string {
  const minutes = Math.floor(ageS / 60)
  if (minutes < 1) return say('age.now')
  if (minutes < 60) return say('age.minutes', { n: minutes })
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? say('age.hours', { n: hours }) : say('age.days', { n: Math.floor(hours / 24) })
}
