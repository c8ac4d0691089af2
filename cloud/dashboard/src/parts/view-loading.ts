// The views that this page has loaded so far: each is fetched when it is first wanted, and a failed fetch can be tried again.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import type { City } from '../city/city.ts'
import { routes, type View } from '../routes.ts'

/** Whatever an address may carry; each view takes what its line of the table says. */
type ViewScreen = FunctionComponent<{ readonly city: City } & Readonly<Record<string, unknown>>> & {
  /** What it asks the hub for first, and never rejects: the first screen is drawn with it. */
  readonly begin?: (city: City) => Promise<void>
}

type Loaded = ViewScreen | 'loading' | 'failed'

/** Bound: one entry per view; owned here. */
const known = signal<ReadonlyMap<View, Loaded>>(new Map())
export const loadedViews: ReadonlySignal<ReadonlyMap<View, Loaded>> = known

function note(view: View, loaded: Loaded): void {
  known.value = new Map(known.peek()).set(view, loaded)
}

/** Whoever reaches for a link has its page on the way before they press. One that failed is left for the press. */
export function expectView(view: View): void {
  if (!known.peek().has(view)) void loadView(view)
}

/** Begins to fetch a view unless it is here or on its way; one that failed is tried again. Never rejects. */
export async function loadView(view: View): Promise<void> {
  const before = known.peek().get(view)
  if (before !== undefined && before !== 'failed') return
  note(view, 'loading')
  try {
    note(view, (await routes[view].load()) as ViewScreen)
  } catch {
    note(view, 'failed')
  }
}

/** Resolves when a view that is here has what it asks the hub for first. Never rejects. */
export async function beginView(view: View, city: City): Promise<void> {
  const loaded = known.peek().get(view)
  if (typeof loaded === 'function') await loaded.begin?.(city)
}
