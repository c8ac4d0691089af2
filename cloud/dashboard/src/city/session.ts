// Who is signed in at this screen, where the hub asks for that, and what they may do.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { Me } from '../api/shapes.ts'
import { person } from './person.ts'

/** `open`: the hub knows nobody and asks nobody. */
export type Access = { readonly state: 'asking' | 'open' | 'out' } | { readonly state: 'in'; readonly me: Me }

const known = signal<Access>({ state: 'asking' })
export const access: ReadonlySignal<Access> = known

/** Asks the hub. One that cannot be reached asks later by itself: the screen says then that it is lost. */
export async function openSession(api: HubApi): Promise<void> {
  try {
    const { access: asked } = await api.settings()
    if (asked === 'open') known.value = { state: 'open' }
    else signedIn(await api.session.me())
  } catch (thrown) {
    known.value = { state: thrown instanceof HubError && thrown.status === 401 ? 'out' : 'open' }
  }
}

export function signedIn(me: Me): void {
  person.value = me.name
  known.value = { state: 'in', me }
}

/** The session is over, or was ended from elsewhere. */
export function signedOut(): void {
  if (known.value.state !== 'asking') known.value = { state: 'out' }
}

/** In one tenant at least. */
export function mayAnywhere(right: string): boolean {
  const now = known.value
  return now.state !== 'in' || now.me.rights.some(({ rights }) => rights.includes(right))
}

/** In the tenant of a gateway or site, by their ids: `{tenant}/…`. */
export function may(right: string, id: string): boolean {
  const now = known.value
  if (now.state !== 'in') return true
  const [tenant = ''] = id.split('/', 1)
  return now.me.rights.some((one) => (one.tenant === tenant || one.tenant === '*') && one.rights.includes(right))
}
