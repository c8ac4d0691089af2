// Which view the address names. Addresses are hashes, so that the hub serves one file whatever the view.
import { signal } from '@preact/signals'
import type { Route, View } from './routes.ts'

/** What the router has to know of a view; the table itself loads the views, which name routes. */
type Addresses = Readonly<Record<View, { readonly carries: string }>>

/** The route of a hash; whatever is not known is the overview. */
export function parseRoute(addresses: Addresses, hash: string): Route {
  const [name = '', ...rest] = hash.replace(/^#?\/?/, '').split('/')
  if (!isView(addresses, name)) return { view: 'overview' }
  const { carries } = addresses[name]
  if (carries === 'nothing') return { view: name } as Route
  const id = decode(rest.join('/'))
  if (id !== '') return { view: name, [carries]: id } as unknown as Route
  return carries === 'at' ? ({ view: name } as Route) : { view: 'overview' }
}

function isView(addresses: Addresses, name: string): name is View {
  return Object.hasOwn(addresses, name)
}

/** The hash of a route; parseRoute's inverse. An id keeps its slashes, so that people can read the address. */
export function routeHash({ view, ...carried }: Route): string {
  const [id] = Object.values(carried) as readonly (string | undefined)[]
  if (id !== undefined) return `#/${view}/${readable(id)}`
  return view === 'overview' ? '#/' : `#/${view}`
}

function readable(id: string): string {
  return encodeURIComponent(id).replaceAll('%2F', '/')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export const route = signal<Route>({ view: 'overview' })

/** Follows the address bar from now on; calls back after each change of view. */
export function followAddress(addresses: Addresses, changed: () => void): void {
  route.value = parseRoute(addresses, location.hash)
  window.addEventListener('hashchange', () => {
    route.value = parseRoute(addresses, location.hash)
    changed()
  })
}
