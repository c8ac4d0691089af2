// Every view of the dashboard, one line each: what its address carries, its name, who needs it, where it stands, and how it is loaded.
import type { FunctionComponent } from 'preact'
import type { City } from './city/city.ts'
import type { TextKey } from './text/dictionary.ts'

/** `at` may be absent; `site` and `gateway` are ids, without which the address names nothing. */
type Carries = 'nothing' | 'at' | 'site' | 'gateway'
type Held<C extends Carries> = C extends 'nothing'
  ? { readonly [none in never]: never }
  : C extends 'at'
    ? { readonly at: string | undefined }
    : Readonly<Record<C, string>>
type InAddress<C extends Carries> = C extends 'at' ? { readonly at?: string } : Held<C>

/** A view that is loaded when it is first shown. Its module imports its own styles. */
type Screen<C extends Carries = 'nothing'> = Promise<FunctionComponent<{ readonly city: City } & Held<C>>>

/**
 * `bar`: in the head, on a phone below the thumb, where the first five that fit stand and the others are in the menu.
 * `field`, `city`, `administration`, `own`: a group of the menu. `none`: reached from another page.
 */
export type Place = 'bar' | MenuGroup | 'none'
export const menuGroups = ['field', 'city', 'administration', 'own'] as const
export type MenuGroup = (typeof menuGroups)[number]

interface Line<C extends Carries> {
  readonly carries: C
  /** What the navigation calls it. */
  readonly text: TextKey
  /** Held in any tenant by whoever sees it in the navigation; the hub itself guards what it shows. */
  readonly right: string
  readonly place: Place
  /** Not in the navigation of a hub that has nothing for it. */
  readonly fits?: (city: City) => boolean
  /** Only where the hub knows who is there. */
  readonly signedIn?: true
  /** The page of the navigation that it belongs to. */
  readonly under?: string
  /** The return type stands there so that the views, which name routes, do not depend on themselves. */
  readonly load: () => Screen<C>
}

type AnyLine = { readonly [C in Carries]: Line<C> }[Carries]

/** In the order in which the navigation shows them. */
export const routes = {
  overview: {
    carries: 'nothing',
    text: 'nav.overview',
    right: 'see',
    place: 'bar',
    load: (): Screen => import('./views/overview.tsx').then((view) => view.Overview),
  },
  alarms: {
    carries: 'nothing',
    text: 'nav.alarms',
    right: 'see',
    place: 'bar',
    load: (): Screen => import('./views/alarms.tsx').then((view) => view.Alarms),
  },
  farm: {
    carries: 'at',
    text: 'nav.farm',
    right: 'see',
    place: 'bar',
    fits: (city) => city.sites.value.some(({ kind }) => kind === 'paddy'),
    load: (): Screen<'at'> => import('./views/farm.tsx').then((view) => view.FarmPage),
  },
  factory: {
    carries: 'at',
    text: 'nav.factory',
    right: 'see',
    place: 'bar',
    fits: (city) => city.sites.value.some(({ kind }) => kind === 'factory'),
    load: (): Screen<'at'> => import('./views/factory.tsx').then((view) => view.FactoryPage),
  },
  city: {
    carries: 'nothing',
    text: 'nav.city',
    right: 'see',
    place: 'bar',
    load: (): Screen => import('./views/city.tsx').then((view) => view.CityPage),
  },
  gateways: {
    carries: 'nothing',
    text: 'nav.gateways',
    right: 'see',
    place: 'bar',
    fits: (city) => city.gateways.value.length > 0,
    load: (): Screen => import('./views/gateways.tsx').then((view) => view.Gateways),
  },
  drone: {
    carries: 'site',
    text: 'nav.farm',
    right: 'see-pictures',
    place: 'none',
    under: 'farm',
    load: (): Screen<'site'> => import('./views/drone.tsx').then((view) => view.DronePage),
  },
  gallery: {
    carries: 'site',
    text: 'nav.gallery',
    right: 'see',
    place: 'none',
    under: 'factory',
    load: (): Screen<'site'> => import('./views/gallery.tsx').then((view) => view.GalleryPage),
  },
  teach: {
    carries: 'site',
    text: 'nav.teach',
    right: 'correct',
    place: 'none',
    under: 'factory',
    load: (): Screen<'site'> => import('./views/teach.tsx').then((view) => view.TeachPage),
  },
  streetlights: {
    carries: 'at',
    text: 'nav.streetlights',
    right: 'see',
    place: 'city',
    fits: (city) => city.sites.value.some(({ kind }) => kind === 'streetlight'),
    load: (): Screen<'at'> => import('./views/streetlights.tsx').then((view) => view.Streetlights),
  },
  'access-points': {
    carries: 'nothing',
    text: 'nav.accessPoints',
    right: 'see',
    place: 'city',
    fits: (city) => city.sites.value.some(({ kind }) => kind === 'wifi'),
    load: (): Screen => import('./views/access-points.tsx').then((view) => view.AccessPoints),
  },
  chart: {
    carries: 'at',
    text: 'chart.title',
    right: 'see',
    place: 'city',
    load: (): Screen<'at'> => import('./views/chart.tsx').then((view) => view.ChartPage),
  },
  site: {
    carries: 'site',
    text: 'nav.overview',
    right: 'see',
    place: 'none',
    under: 'overview',
    load: (): Screen<'site'> => import('./views/site.tsx').then((view) => view.SitePage),
  },
  gateway: {
    carries: 'gateway',
    text: 'nav.gateways',
    right: 'see',
    place: 'none',
    under: 'gateways',
    load: (): Screen<'gateway'> => import('./views/gateway.tsx').then((view) => view.GatewayPage),
  },
  maintenance: {
    carries: 'at',
    text: 'menu.maintenance',
    right: 'see',
    place: 'field',
    under: 'alarms',
    load: (): Screen<'at'> => import('./views/maintenance.tsx').then((view) => view.Maintenance),
  },
  rollouts: {
    carries: 'nothing',
    text: 'menu.rollouts',
    right: 'see-deployments',
    place: 'field',
    load: (): Screen => import('./views/rollouts.tsx').then((view) => view.Rollouts),
  },
  bulletins: {
    carries: 'nothing',
    text: 'nav.bulletins',
    right: 'see',
    place: 'city',
    load: (): Screen => import('./views/bulletins.tsx').then((view) => view.Bulletins),
  },
  reports: {
    carries: 'nothing',
    text: 'nav.reports',
    right: 'handle-alarms',
    place: 'city',
    load: (): Screen => import('./views/reports.tsx').then((view) => view.Reports),
  },
  places: {
    carries: 'nothing',
    text: 'nav.places',
    right: 'see',
    place: 'city',
    load: (): Screen => import('./views/places.tsx').then((view) => view.Places),
  },
  counter: {
    carries: 'at',
    text: 'nav.counter',
    right: 'handle-alarms',
    place: 'field',
    load: (): Screen<'at'> => import('./views/counter.tsx').then((view) => view.Counter),
  },
  publication: {
    carries: 'nothing',
    text: 'nav.publication',
    right: 'publish',
    place: 'administration',
    load: (): Screen => import('./views/publication.tsx').then((view) => view.Publication),
  },
  rules: {
    carries: 'at',
    text: 'menu.rules',
    right: 'edit-rules',
    place: 'administration',
    load: (): Screen<'at'> => import('./views/rules.tsx').then((view) => view.Rules),
  },
  duty: {
    carries: 'nothing',
    text: 'menu.duty',
    right: 'see',
    place: 'administration',
    load: (): Screen => import('./views/duty.tsx').then((view) => view.Duty),
  },
  deliveries: {
    carries: 'nothing',
    text: 'menu.deliveries',
    right: 'see-notification',
    place: 'administration',
    load: (): Screen => import('./views/deliveries.tsx').then((view) => view.Deliveries),
  },
  people: {
    carries: 'nothing',
    text: 'menu.people',
    right: 'see-people',
    place: 'administration',
    load: (): Screen => import('./views/people.tsx').then((view) => view.People),
  },
  audit: {
    carries: 'nothing',
    text: 'menu.audit',
    right: 'read-audit',
    place: 'administration',
    load: (): Screen => import('./views/audit.tsx').then((view) => view.Audit),
  },
  backups: {
    carries: 'nothing',
    text: 'menu.backups',
    right: 'back-up',
    place: 'administration',
    load: (): Screen => import('./views/backups.tsx').then((view) => view.Backups),
  },
  notices: {
    carries: 'nothing',
    text: 'menu.notices',
    right: 'see',
    place: 'own',
    load: (): Screen => import('./views/notices.tsx').then((view) => view.Notices),
  },
  account: {
    carries: 'nothing',
    text: 'menu.account',
    right: 'see',
    place: 'own',
    signedIn: true,
    load: (): Screen => import('./views/account.tsx').then((view) => view.Account),
  },
} as const satisfies Readonly<Record<string, AnyLine>>

type Routes = typeof routes
export type View = keyof Routes
export type Route = { readonly [V in View]: { readonly view: V } & InAddress<Routes[V]['carries']> }[View]

export const views = Object.keys(routes) as readonly View[]

/** The line of a view, with what only some lines have. */
export function lineOf(view: View): Omit<AnyLine, 'load' | 'under'> & { readonly under?: View } {
  return routes[view]
}
