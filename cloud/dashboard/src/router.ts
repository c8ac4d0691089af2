// Which view the address names. Addresses are hashes, so that the hub serves one file whatever the view.
import { signal } from '@preact/signals'

/** Views with nothing behind their name in the address. */
const plainViews = [
  'overview',
  'alarms',
  'gateways',
  'notices',
  'duty',
  'deliveries',
  'account',
  'people',
  'audit',
] as const
type PlainView = (typeof plainViews)[number]

export type Route =
  | { readonly view: PlainView }
  /** `at`: the site or gateway that somebody is about to work at. */
  | { readonly view: 'maintenance'; readonly at?: string }
  /** `at`: `{tenant}/{id}` of one rule, `{tenant}/new/{kind}` of a new one. */
  | { readonly view: 'rules'; readonly at?: string }
  | { readonly view: 'site'; readonly site: string }
  | { readonly view: 'gateway'; readonly gateway: string }

/** The route of a hash; whatever is not known is the overview. */
export function parseRoute(hash: string): Route {
  const [view, ...rest] = hash.replace(/^#?\/?/, '').split('/')
  const plain = plainViews.find((known) => known === view)
  if (plain !== undefined) return { view: plain }
  const id = decode(rest.join('/'))
  if (view === 'maintenance' || view === 'rules') return id === '' ? { view } : { view, at: id }
  if (view === 'site' && id !== '') return { view, site: id }
  if (view === 'gateway' && id !== '') return { view, gateway: id }
  return { view: 'overview' }
}

/** The hash of a route; parseRoute's inverse. An id keeps its slashes, so that people can read the address. */
export function routeHash(route: Route): string {
  if (route.view === 'overview') return '#/'
  if (route.view === 'site') return `#/site/${readable(route.site)}`
  if (route.view === 'gateway') return `#/gateway/${readable(route.gateway)}`
  if (route.view === 'maintenance' && route.at !== undefined) return `#/maintenance/${readable(route.at)}`
  if (route.view === 'rules' && route.at !== undefined) return `#/rules/${readable(route.at)}`
  return `#/${route.view}`
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
export function followAddress(changed: () => void): void {
  route.value = parseRoute(location.hash)
  window.addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash)
    changed()
  })
}
