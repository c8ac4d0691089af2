// The pages that this person needs most: in the head of a wide screen, below the thumb on a phone.
import { groupAlarms } from '../city/alarm-groups.ts'
import type { City } from '../city/city.ts'
import { route } from '../router.ts'
import { lineOf, type View } from '../routes.ts'
import { t } from '../text/language.ts'
import { NavIcon } from './nav-icon.tsx'
import { isShownAt, mostOnPhone, pageHash, pagesAt } from './navigation.ts'
import { expectView } from './view-loading.ts'

export function MainNav({ city }: { readonly city: City }) {
  return (
    <nav class="nav" aria-label={t('nav.label')}>
      {pagesAt('bar', city).map((view, index) => (
        <NavLink key={view} view={view} city={city} isBeyondPhone={index >= mostOnPhone} />
      ))}
    </nav>
  )
}

interface NavLinkProps {
  readonly view: View
  readonly city: City
  readonly isBeyondPhone: boolean
}

function NavLink({ view, city, isBeyondPhone }: NavLinkProps) {
  const waiting = view === 'alarms' ? groupAlarms(city.openAlarms.value).todo.length : 0
  return (
    <a
      class={isBeyondPhone ? 'nav-beyond-phone' : undefined}
      href={pageHash(view)}
      aria-current={isShownAt(view, route.value)}
      onPointerEnter={() => expectView(view)}
      onFocus={() => expectView(view)}
    >
      <NavIcon view={view} />
      <span class="nav-text">{t(lineOf(view).text)}</span>
      {waiting > 0 && <span class="nav-count">{waiting}</span>}
    </a>
  )
}
