// The events of a hub, put together: thumbnails, live stream, retention; started and stopped with the cloud.
import { Registry } from 'prom-client'
import { toAppError } from '../../broker/contract/app-error.ts'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { EventSink } from '../ingest/group-commits.ts'
import { registerPlainCounters } from '../ingest/plain-counters.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { Store } from '../store/store.ts'
import { openEventPictures, type EventPictures, type PictureLimits } from './event-pictures.ts'
import type { EventItem } from './event-schemas.ts'
import { eventItem } from './event-view.ts'

export interface EventSettings {
  /** Where thumbnails are kept. */
  readonly folder: string
  readonly pictures: PictureLimits
  /** How long events are kept. */
  readonly days: number
}

export interface Events extends EventSink {
  readonly store: Pick<Store, 'events' | 'event'>
  readonly pictures: EventPictures
  readonly gateways: Pick<GatewayRegistry, 'get'>
  readonly metrics: Registry
  stop(): void
}

const dayMs = 86_400_000
const firstAfterMs = 90_000
const everyMs = 3_600_000

export function openEvents(
  settings: EventSettings,
  parts: {
    readonly store: Pick<Store, 'events' | 'event' | 'expireEvents'>
    readonly gateways: Pick<GatewayRegistry, 'get'>
    /** What people said of verdicts goes with them. */
    readonly corrections: { forget(beforeMs: number): Promise<void> }
    readonly publish: (event: { readonly type: 'event'; readonly payload: EventItem }) => void
    /** The rules that watch events. */
    readonly alarms: { observeEvent(observed: { readonly gateway: string; readonly event: GatewayEvent }): void }
    readonly clock: Clock
    readonly log: Log
  },
): Events {
  const { store, gateways, publish, alarms, clock, log } = parts
  const pictures = openEventPictures(settings.folder, settings.pictures)
  const counts = { pictures: 0, expiredEvents: 0, expiredPictureDays: 0 }
  let stopped = false
  let timer: Timer
  const expire = async (): Promise<void> => {
    try {
      const beforeMs = Math.floor(clock.now() - settings.days * dayMs)
      counts.expiredEvents += await store.expireEvents(beforeMs)
      await parts.corrections.forget(beforeMs)
      counts.expiredPictureDays += await pictures.expire(clock.now())
    } catch (thrown) {
      if (!stopped)
        log.warn({ err: toAppError(thrown, 'store.unavailable') }, 'events could not be expired; repeated in an hour')
    }
    if (!stopped) timer = clock.setTimer(() => void expire(), everyMs)
  }
  timer = clock.setTimer(() => void expire(), firstAfterMs)
  return {
    store,
    pictures,
    gateways,
    metrics: registryOf(counts),
    async keep(group) {
      await pictures.keep(group)
      counts.pictures += group.length
    },
    stored(events) {
      for (const event of events) {
        publish({ type: 'event', payload: eventItem(gateways, event) })
        // Checked when it came.
        alarms.observeEvent({ gateway: event.gateway, event: JSON.parse(event.body) as GatewayEvent })
      }
    },
    stop() {
      stopped = true
      timer.cancel()
    },
  }
}

function registryOf(counts: Readonly<Record<'pictures' | 'expiredEvents' | 'expiredPictureDays', number>>): Registry {
  const registry = new Registry()
  registerPlainCounters(registry, counts, [
    ['pictures', 'musubi_event_thumbnails_total', 'Thumbnails of events that were kept'],
    ['expiredEvents', 'musubi_events_expired_total', 'Events deleted because of their age'],
    ['expiredPictureDays', 'musubi_event_thumbnail_days_expired_total', 'Days of thumbnails deleted for age or room'],
  ])
  return registry
}
