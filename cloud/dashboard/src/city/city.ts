// What the screen knows of the city: signals that views read, filled from the hub's lists and its event stream.
import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { openEventSource } from '../api/event-source.ts'
import type { HubApi } from '../api/hub-api.ts'
import { openLive, type Live, type LiveState } from '../api/live.ts'
import type { AlarmItem, EventItem, GatewayItem, LatestItem, SiteItem, StreamReading } from '../api/shapes.ts'
import type { Clock, Timer } from '../../../../broker/contract/ports.ts'
import { mergeAlarm, mergeGateway, mergeLoaded, mergeReadings, sortAlarms, sortSites } from './merge.ts'
import type { LatestBySeries } from './merge.ts'
import { createCare, type Care } from './care.ts'
import { createCorrections, type Corrections } from './corrections.ts'
import { createRecentEvents, type RecentEvents } from './recent-events.ts'

export interface City {
  readonly connection: ReadonlySignal<LiveState>
  /** When something last arrived, by the browser's clock; undefined before the first answer. */
  readonly freshAtMs: ReadonlySignal<number | undefined>
  /** When the hub was last heard, by the browser's clock, while it cannot be; undefined while what is shown is true. */
  readonly lostSinceMs: ReadonlySignal<number | undefined>
  /** When a reading last arrived from each gateway, by the browser's clock; renewed once a second. */
  readonly heardMs: ReadonlySignal<ReadonlyMap<string, number>>
  readonly loaded: ReadonlySignal<boolean>
  /** Worst first. */
  readonly sites: ReadonlySignal<readonly SiteItem[]>
  readonly latest: ReadonlySignal<LatestBySeries>
  /** Lasting, or not yet acknowledged; what needs a person first. */
  readonly openAlarms: ReadonlySignal<readonly AlarmItem[]>
  readonly gateways: ReadonlySignal<readonly GatewayItem[]>
  /** Series of each site, in the order in which its gateway describes them. */
  readonly seriesBySite: ReadonlySignal<ReadonlyMap<string, readonly LatestItem[]>>
  readonly seriesByGateway: ReadonlySignal<ReadonlyMap<string, readonly LatestItem[]>>
  readonly events: RecentEvents
  readonly corrections: Corrections
  /** What is asked of a gateway from here on; anew for each visit of its page. */
  careOf(gateway: string): Care
  readonly api: HubApi
  /** What is shown now, to be kept for later. */
  lists(): CityLists
  /** Shows what was kept of an earlier visit, as old, unless something has arrived since. */
  showLastSeen(seen: CityLists & { readonly seenAtMs: number }): void
  /** Lets go of the hub for good. */
  close(): void
  /** Shows an alarm as the hub has just answered it, before the stream brings it. */
  noteAlarm(alarm: AlarmItem): void
}

/** What the hub's lists hold. */
export interface CityLists {
  readonly sites: readonly SiteItem[]
  readonly latest: readonly LatestItem[]
  readonly alarms: readonly AlarmItem[]
  readonly gateways: readonly GatewayItem[]
}

/** Readings are shown at most this often; within it the newest of each series counts. */
const showEveryMs = 200
/** Site states follow alarms and gateways; several changes within this time cost one request. */
const sitesAfterMs = 300
/** A series that no list describes yet is looked up, but not at the rate of its readings. */
const unknownAfterMs = 3000
const heardEveryMs = 1000

/** Connects to the hub and keeps itself up to date until the page is left. */
export function openCity(options: { readonly api: HubApi; readonly clock: Clock }): City {
  const { api, clock } = options
  const shown = nothingYet()
  const events = createRecentEvents(api)
  const lists = followLists(shown, { api, events, clock })
  const { connection, freshAtMs, lostSinceMs, heardMs, latest, openAlarms, gateways } = shown
  /** Bound: one entry per series, the newest wins; owned here, emptied whole every 200 ms. */
  const waiting = new Map<string, StreamReading>()
  const arrivals = noteArrivals(clock, heardMs)
  let showTimer: Timer | undefined

  function showReadings(): void {
    showTimer = undefined
    const { latest: merged, unknownSeries } = mergeReadings(latest.value, [...waiting.values()])
    waiting.clear()
    latest.value = merged
    arrivals.show()
    if (unknownSeries) lists.refreshSitesSoon(unknownAfterMs)
  }

  const handlers = {
    reading(news: readonly StreamReading[]) {
      for (const reading of news) {
        arrivals.note(reading.series)
        if (reading.time >= (waiting.get(reading.series)?.time ?? -Infinity)) waiting.set(reading.series, reading)
      }
      showTimer ??= clock.setTimer(showReadings, showEveryMs)
    },
    alarm(alarm: AlarmItem) {
      lists.alarmNews(alarm)
      openAlarms.value = mergeAlarm(openAlarms.value, alarm)
      lists.refreshSitesSoon(sitesAfterMs)
    },
    event(event: EventItem) {
      events.note(event)
    },
    gateway(gateway: GatewayItem) {
      const known = gateways.value.find((other) => other.id === gateway.id)
      lists.gatewayNews(gateway)
      gateways.value = mergeGateway(gateways.value, gateway)
      if (known?.state !== gateway.state || known.sites !== gateway.sites) lists.refreshSitesSoon(sitesAfterMs)
    },
  }

  const live = openLive({
    clock,
    random: Math.random,
    connect: (lastEventId, callbacks) => openEventSource(api.streamUrl(lastEventId), callbacks),
    reload: () => lists.reload(),
    probe: () => api.probe(),
    event(name, text) {
      freshAtMs.value = clock.now()
      handlers[name](JSON.parse(text))
    },
    state(state, silentMs) {
      connection.value = state
      lostSinceMs.value =
        state === 'lost' || state === 'reconnecting' ? (lostSinceMs.value ?? clock.now() - silentMs) : undefined
    },
  })
  followPage(live)

  return {
    ...shown,
    events,
    corrections: createCorrections(api),
    careOf: (gateway) => createCare(gateway, { api, clock }),
    api,
    ...keptLists(shown),
    close: () => live.close(),
    noteAlarm: (alarm) => handlers.alarm(alarm),
  }
}

/** Fills the signals from the hub's lists: all of them at each connection, the sites and their values soon after a change. */
function followLists(
  { sites, latest, openAlarms, gateways, loaded, freshAtMs, lostSinceMs }: ReturnType<typeof nothingYet>,
  ports: { readonly api: HubApi; readonly events: RecentEvents; readonly clock: Clock },
) {
  const { api, events, clock } = ports
  let sitesTimer: Timer | undefined
  /** What the stream brought while lists are loaded, which may be older. Bound: what comes in the time limit of a request; owned here. */
  const reloads = new Set<{ readonly alarms: AlarmItem[]; readonly gateways: GatewayItem[] }>()

  async function refreshSites(): Promise<void> {
    sitesTimer = undefined
    // A failed request is repaired by the next event, or by the reload after the connection's return.
    const [allSites, allLatest] = await Promise.all([api.sites(), api.latest()]).catch(() => [undefined, undefined])
    if (allSites === undefined || allLatest === undefined) return
    sites.value = sortSites(allSites)
    latest.value = mergeLoaded(latest.value, allLatest)
  }

  return {
    /** Resolves with the event of the stream up to which the lists are true. Rejects when the hub does not answer. */
    async reload(): Promise<string> {
      const news = { alarms: [], gateways: [] }
      reloads.add(news)
      try {
        const [now] = await Promise.all([api.now(), events.reload()])
        batch(() => {
          sites.value = sortSites(now.sites)
          latest.value = mergeLoaded(latest.value, now.latest)
          openAlarms.value = news.alarms.reduce(mergeAlarm, sortAlarms(now.alarms))
          gateways.value = news.gateways.reduce(mergeGateway, now.gateways)
          loaded.value = true
          freshAtMs.value = clock.now()
          lostSinceMs.value = undefined
        })
        return now.at
      } finally {
        reloads.delete(news)
      }
    },
    alarmNews(alarm: AlarmItem): void {
      for (const { alarms } of reloads) alarms.push(alarm)
    },
    gatewayNews(gateway: GatewayItem): void {
      for (const { gateways: changed } of reloads) changed.push(gateway)
    },
    refreshSitesSoon(delayMs: number): void {
      sitesTimer ??= clock.setTimer(() => void refreshSites(), delayMs)
    },
  }
}

function keptLists(shown: ReturnType<typeof nothingYet>): Pick<City, 'lists' | 'showLastSeen'> {
  const { sites, latest, openAlarms, gateways, loaded, freshAtMs, lostSinceMs } = shown
  return {
    lists: () => ({
      sites: sites.peek(),
      latest: [...latest.peek().values()],
      alarms: openAlarms.peek(),
      gateways: gateways.peek(),
    }),
    showLastSeen(seen) {
      if (loaded.peek()) return
      sites.value = seen.sites
      latest.value = mergeLoaded(latest.value, seen.latest)
      openAlarms.value = seen.alarms
      gateways.value = seen.gateways
      freshAtMs.value = seen.seenAtMs
      lostSinceMs.value = seen.seenAtMs
      loaded.value = true
    },
  }
}

/** Network lost or found, page seen again: the connection is looked at. Page left: it is closed. */
function followPage(live: Live): void {
  for (const name of ['online', 'offline']) window.addEventListener(name, () => live.check())
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) live.check()
  })
  window.addEventListener('pagehide', (event) => {
    if (!event.persisted) live.close()
  })
}

/** Notes of which gateway a reading came; shows it once a second. */
function noteArrivals(clock: Clock, shown: Signal<ReadonlyMap<string, number>>) {
  /** Bound: one entry per gateway; owned here. */
  const arrivals = new Map<string, number>()
  let shownMs = 0
  return {
    /** A series id begins with its gateway's: {tenant}/{gateway}/{name}. */
    note: (series: string) => void arrivals.set(series.split('/', 2).join('/'), clock.now()),
    show() {
      if (clock.now() - shownMs < heardEveryMs) return
      shownMs = clock.now()
      shown.value = new Map(arrivals)
    },
  }
}

function nothingYet() {
  const latest = signal<LatestBySeries>(new Map())
  return {
    connection: signal<LiveState>('connecting'),
    freshAtMs: signal<number | undefined>(undefined),
    lostSinceMs: signal<number | undefined>(undefined),
    heardMs: signal<ReadonlyMap<string, number>>(new Map()),
    loaded: signal(false),
    sites: signal<readonly SiteItem[]>([]),
    latest,
    openAlarms: signal<readonly AlarmItem[]>([]),
    gateways: signal<readonly GatewayItem[]>([]),
    seriesBySite: computed(() => Map.groupBy(latest.value.values(), (item) => item.site ?? '')),
    seriesByGateway: computed(() => Map.groupBy(latest.value.values(), (item) => item.gateway)),
  }
}
