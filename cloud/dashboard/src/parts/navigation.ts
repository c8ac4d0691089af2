// Which pages the navigation shows to whoever looks: what the hub has, and what the person may.
import type { City } from '../city/city.ts'
import { access, mayAnywhere } from '../city/session.ts'
import { lineOf, type Place, type Route, type View, views } from '../routes.ts'

/** So many stand below the thumb on a phone; the rest of the bar is in the menu there. */
export const mostOnPhone = 5

export function pagesAt(place: Place, city: City): readonly View[] {
  return views.filter((view) => {
    const { place: its, right, fits, signedIn } = lineOf(view)
    if (its !== place || !mayAnywhere(right)) return false
    if (signedIn === true && access.value.state !== 'in') return false
    return fits === undefined || fits(city)
  })
}

/** For `aria-current`: the page itself, or the one that the shown view belongs to. */
export function isShownAt(view: View, shown: Route): 'page' | undefined {
  return view === shown.view || view === lineOf(shown.view).under ? 'page' : undefined
}

/** The address of a page of the navigation: none of them needs more than its name. */
export function pageHash(view: View): string {
  return view === 'overview' ? '#/' : `#/${view}`
}
