// A stored event as the API shows it, with what the registry knows of its device.
import type { GatewayEvent } from '../../broker/contract/event.ts'
import { splitSeriesName } from '../../broker/contract/sample.ts'
import type { GatewayRegistry } from '../registry/gateway-registry.ts'
import type { StoredEvent } from '../store/store.ts'
import { eventId } from './event-id.ts'
import type { EventItem } from './event-schemas.ts'

export function eventItem(gateways: Pick<GatewayRegistry, 'get'>, stored: StoredEvent): EventItem {
  // Checked when it came; the store gives back what it was given.
  const event = JSON.parse(stored.body) as GatewayEvent
  const id = eventId(stored)
  const ofSeries = event.source.includes(':')
  const device = ofSeries ? splitSeriesName(event.source).device : event.source
  const described = gateways.get(stored.gateway)?.devices.get(device)
  return {
    id,
    gateway: stored.gateway,
    device,
    deviceLabel: described?.label ?? { ja: device, en: device },
    site: described?.site === undefined ? null : `${stored.gateway}/${described.site}`,
    series: ofSeries ? `${stored.gateway}/${event.source}` : null,
    kind: event.kind,
    source: event.source,
    time: stored.timeMs,
    received: stored.receivedMs,
    model: event.model,
    score: event.score,
    class: event.class,
    state: event.state ?? null,
    boxes: event.boxes ?? [],
    mask: event.mask ?? [],
    heat: event.heat ?? null,
    latencyMs: event.latencyMs,
    thumbnail: event.thumbnail === undefined ? null : `/api/v1/events/${encodeURIComponent(id)}/thumbnail`,
    detail: event.detail ?? {},
  }
}
