// The newest events of the sites that are looked at: loaded when a page asks for them, kept true by the stream.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { HubApi } from '../api/hub-api.ts'
import type { EventItem } from '../api/shapes.ts'

/** Bound of what is kept of one kind of a site; the oldest leave. Owner: RecentEvents. */
export const mostEvents = 60

export interface RecentEvents {
  /** By site, newest first. A site that nobody asked for has only what came since. */
  readonly bySite: ReadonlySignal<ReadonlyMap<string, readonly EventItem[]>>
  /** Loads what came before; once is enough for a site. */
  ask(wanted: WantedEvents): void
  /** Loads everything that was asked for again. Rejects when the hub does not answer. */
  reload(): Promise<void>
  note(event: EventItem): void
}

interface WantedEvents {
  readonly site: string
  readonly gateway: string
  readonly kind: EventItem['kind']
}

export function createRecentEvents(api: Pick<HubApi, 'events'>): RecentEvents {
  const bySite = signal<ReadonlyMap<string, readonly EventItem[]>>(new Map())
  const asked = new Map<string, WantedEvents>()
  const take = (events: readonly EventItem[]): void => {
    const next = new Map(bySite.value)
    for (const [site, news] of Map.groupBy(events, (event) => event.site ?? '')) {
      next.set(site, mergeEvents(next.get(site) ?? [], news))
    }
    bySite.value = next
  }
  const load = async ({ gateway, kind }: WantedEvents): Promise<void> =>
    take(await api.events({ gateway, kind, limit: mostEvents }))
  return {
    bySite,
    ask(wanted) {
      const key = `${wanted.site} ${wanted.kind}`
      if (asked.has(key)) return
      asked.set(key, wanted)
      // Asked again with the next reload where it fails now.
      load(wanted).catch(() => undefined)
    },
    async reload() {
      await Promise.all([...asked.values()].map(load))
    },
    note: (event) => take([event]),
  }
}

/** Each once, newest first, at most as many of a kind as are kept. */
export function mergeEvents(known: readonly EventItem[], news: readonly EventItem[]): readonly EventItem[] {
  const all = new Map([...known, ...news].map((event) => [event.id, event]))
  const kept = [...Map.groupBy(all.values(), ({ kind }) => kind).values()].flatMap((ofKind) =>
    ofKind.sort((a, b) => b.time - a.time).slice(0, mostEvents),
  )
  return kept.sort((a, b) => b.time - a.time)
}

export interface Yield {
  readonly judged: number
  readonly passed: number
  /** Classes of what was rejected with their number, the most frequent first. */
  readonly rejects: readonly (readonly [className: string, count: number])[]
}

export function yieldOf(events: readonly EventItem[]): Yield {
  const judged = events.filter(({ state }) => state === 'pass' || state === 'reject')
  const rejected = judged.filter(({ state }) => state === 'reject')
  const byClass = Map.groupBy(rejected, (event) => event.class ?? '')
  const rejects = [...byClass].map(([name, list]) => [name, list.length] as const)
  return {
    judged: judged.length,
    passed: judged.length - rejected.length,
    rejects: rejects.sort(([, a], [, b]) => b - a),
  }
}
