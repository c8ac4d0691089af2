// The street lights of the city.
import type { City } from '../city/city.ts'
import { t } from '../text/language.ts'

export function Streetlights(_: { readonly city: City; readonly at: string | undefined }) {
  return <h1>{t('nav.streetlights')}</h1>
}
