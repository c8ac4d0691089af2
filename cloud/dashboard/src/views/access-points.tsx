// The access points of the city.
import type { City } from '../city/city.ts'
import { t } from '../text/language.ts'

export function AccessPoints(_: { readonly city: City }) {
  return <h1>{t('nav.accessPoints')}</h1>
}
