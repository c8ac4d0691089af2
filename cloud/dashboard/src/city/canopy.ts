// What drone flights told of a field: cover of each cell seen from above, north up, and how two flights lie over each other.
import type { FlightItem } from '../api/farm-api.ts'
import type { EventItem, SiteItem } from '../api/shapes.ts'

export interface Bounds {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

/** Shares from 0 to 1, rows from the north, columns from the west. */
export interface CoverGrid {
  readonly columns: number
  readonly rows: number
  readonly cells: Uint8Array
  readonly bounds: Bounds
}

export interface FieldFlight {
  /** `{tenant}/{flight}` */
  readonly id: string
  /** Of its last image, Unix ms. */
  readonly timeMs: number
  readonly images: number
  /** Mean of the field, 0 to 1; undefined: nothing was worked out of it. */
  readonly cover: number | undefined
  readonly grid: CoverGrid | undefined
  readonly model: string | undefined
}

/** The flights of a field, newest first. An event names its field by the site's own id, its flight by the flight's. */
export function fieldFlights(
  site: Pick<SiteItem, 'id' | 'gateway'>,
  flights: readonly FlightItem[],
  events: readonly EventItem[],
): readonly FieldFlight[] {
  const source = site.id.slice(site.gateway.length + 1)
  // Newest first: of a flight that was worked out again the newest holds.
  const found = new Map<string, EventItem>()
  for (const event of events) {
    const flight = event.detail?.['flight']
    if (event.source === source && typeof flight === 'string' && !found.has(flight)) found.set(flight, event)
  }
  return flights
    .map((flight): FieldFlight => {
      const event = found.get(flight.id.slice(flight.id.indexOf('/') + 1))
      return {
        id: flight.id,
        timeMs: flight.to,
        images: flight.sites.find((one) => one.site === site.id)?.images ?? flight.images,
        cover: event?.score ?? undefined,
        grid: event && gridOf(event),
        model: event && `${event.model.id} ${event.model.version}`,
      }
    })
    .toSorted((a, b) => b.timeMs - a.timeMs)
}

function gridOf({ heat, detail }: EventItem): CoverGrid | undefined {
  if (heat === null) return undefined
  const [west, south, east, north] = ['west', 'south', 'east', 'north'].map((side) => detail?.[side])
  if (typeof west !== 'number' || typeof south !== 'number' || typeof east !== 'number' || typeof north !== 'number')
    return undefined
  const cells = Uint8Array.from(atob(heat.cells), (letter) => letter.charCodeAt(0))
  if (cells.length !== heat.columns * heat.rows) return undefined
  return { columns: heat.columns, rows: heat.rows, cells, bounds: { west, south, east, north } }
}

/** The least bounds that hold all of them; undefined for none. */
export function unionOf(all: readonly Bounds[]): Bounds | undefined {
  if (all.length === 0) return undefined
  return {
    west: Math.min(...all.map(({ west }) => west)),
    south: Math.min(...all.map(({ south }) => south)),
    east: Math.max(...all.map(({ east }) => east)),
    north: Math.max(...all.map(({ north }) => north)),
  }
}

export function ringBounds(ring: readonly (readonly number[])[]): Bounds | undefined {
  return unionOf(ring.map(([lon = 0, lat = 0]) => ({ west: lon, east: lon, south: lat, north: lat })))
}

/** Width through height on the ground. */
export function aspectOf({ west, south, east, north }: Bounds): number {
  return ((east - west) * Math.cos((((north + south) / 2) * Math.PI) / 180)) / (north - south)
}

/** Where bounds lie in others, in per cent from the upper left. */
export function placeIn(inner: Bounds, outer: Bounds) {
  const [width, height] = [outer.east - outer.west, outer.north - outer.south]
  return {
    left: (100 * (inner.west - outer.west)) / width,
    top: (100 * (outer.north - inner.north)) / height,
    width: (100 * (inner.east - inner.west)) / width,
    height: (100 * (inner.north - inner.south)) / height,
  }
}

type Colour = readonly [red: number, green: number, blue: number]
/** Bare ground brown, thin cover straw, full cover a green that is told from the brown without telling red from green. */
const ramp: readonly Colour[] = [
  [140, 81, 10],
  [216, 179, 101],
  [246, 232, 195],
  [128, 205, 193],
  [1, 102, 94],
]

/** Of a share from 0 to 1. */
export function coverColour(share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1)
  const index = Math.min(ramp.length - 2, Math.floor(at))
  const [from, to] = [ramp[index] ?? [0, 0, 0], ramp[index + 1] ?? [0, 0, 0]]
  const mix = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (to[channel] - from[channel]) * (at - index))
  return [mix(0), mix(1), mix(2)]
}
