// Drone images on a card, a gateway that analyses their canopy, a hub: two flights become events with their change, and maps.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CanopyMap } from '../../cloud/events/canopy-map.ts'
import type { EventItem, EventPage } from '../../cloud/events/event-schemas.ts'
import type { FlightItem } from '../../cloud/images/image-schemas.ts'
import { createEdge, type EdgeUnderTest } from '../faults/edge-under-test.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { droneJpeg, plainShot } from '../images/drone-image.ts'
import { until } from '../programs/until.ts'

const limitMs = 120_000
const day = 24 * 3_600_000

let folder: string
let card: string
let hub: HubUnderTest
let edge: EdgeUnderTest

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-canopy-'))
  card = join(folder, 'card')
  await mkdir(card)
  const data = join(folder, 'hub')
  hub = await createHub(data)
  edge = await createEdge({
    folder: join(folder, 'gateway'),
    hub: { data, mqttsPort: hub.mqttsPort },
    tenant: 'test',
    gateway: 'drone',
    config: {
      sites: [field],
      connections: [],
      devices: [],
      images: {
        import: [{ folder: card, settleS: 0 }],
        scanIntervalS: 0.5,
        upload: { url: `https://localhost:${hub.httpsPort}`, retryBaseMs: 50, retryCapMs: 500 },
        canopy: { model: 'paddy-canopy', cellM: 4, settleS: 2 },
      },
    },
  })
  await edge.start()
}, limitMs)
afterEach(async () => {
  await edge.close()
  await hub.end('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Some 36 m by 44 m around where the drone hangs. */
const field = (() => {
  const { lat, lon } = plainShot
  const [south, north, west, east] = [lat - 2e-4, lat + 2e-4, lon - 2e-4, lon + 2e-4]
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ]
  const area = { type: 'Polygon', coordinates: [ring] }
  return { id: 'field-1', kind: 'paddy', name: { ja: '1号田', en: 'Field 1' }, position: { lat, lon }, area }
})()

/** Two images of one flight, a few metres apart; `colour`: green in the upper byte, red in the lower. */
async function fly(dayOfJuly: number, colour: number): Promise<void> {
  for (const [index, metresNorth] of [0, 8].entries()) {
    const taken = `2026:07:${dayOfJuly} 09:12:${String(5 + 2 * index).padStart(2, '0')}`
    const shot = {
      ...plainShot,
      taken,
      seed: colour,
      lat: plainShot.lat + metresNorth / 111_000,
      bytes: 20_000 + index,
    }
    await writeFile(join(card, `DJI_${dayOfJuly}_${index}.JPG`), await droneJpeg(shot))
  }
}

const stored = async (): Promise<readonly EventItem[]> => {
  const answer = await hub.get(
    `/api/v1/events?kind=canopy&from=${Date.UTC(2026, 6, 1)}&to=${Date.UTC(2026, 6, 1) + 60 * day}`,
  )
  return ((await answer.json()) as EventPage).items
}
const eventsReach = (count: number) =>
  until(`${count} canopy events at the hub`, limitMs, async () => {
    const found = await stored()
    return found.length >= count ? found : undefined
  })

it(
  'tells the cover of each flight over a field, its change since the last, and maps for a GIS',
  { timeout: 3 * limitMs },
  async () => {
    // Reddish soil, then green.
    await fly(22, 0x50_8c)
    const [first] = await eventsReach(1)
    expect(first).toMatchObject({
      gateway: 'test/drone',
      source: 'field-1',
      state: 'reading',
      model: { id: 'paddy-canopy' },
      time: Date.UTC(2026, 6, 22, 0, 12, 7),
      detail: { images: 2, leftOut: 0, cellM: 4 },
    })
    expect(first?.detail).not.toHaveProperty('changedCells')
    expect(first?.heat?.cells.length).toBeGreaterThan(50)

    await fly(29, 0xb4_28)
    const [second] = await eventsReach(2)
    expect(second?.detail?.['changedCells']).toBeGreaterThan(50)
    expect(second?.detail?.['change-exg']).toBeGreaterThan(0.1)

    const maps = (await readdir(join(edge.dataFolder, 'canopy')))
      .filter((name) => name.endsWith('.cover.geojson'))
      .toSorted()
    expect(maps).toHaveLength(2)
    const map = JSON.parse(await readFile(join(edge.dataFolder, 'canopy', maps[1] ?? ''), 'utf8')) as {
      readonly features: readonly { readonly properties: Readonly<Record<string, number>> }[]
    }
    expect(map.features.some(({ properties }) => (properties['change-exg'] ?? 0) > 0.1)).toBe(true)

    const shown = await hub.get(`/api/v1/events/${encodeURIComponent(second?.id ?? '')}/cover`)
    expect(shown.headers.get('content-type')).toContain('application/geo+json')
    const atHub = (await shown.json()) as CanopyMap
    expect(atHub.features.length).toBeGreaterThan(50)
    const [west = 0, south = 0] = atHub.features[0]?.geometry.coordinates[0]?.[0] ?? []
    expect([west, south].map((degrees, at) => Math.abs(degrees - [plainShot.lon, plainShot.lat][at]!) < 0.01)).toEqual([
      true,
      true,
    ])

    const flight = await until('the flight with both images at the hub', limitMs, async () => {
      const { items } = (await (await hub.get('/api/v1/flights')).json()) as { readonly items: readonly FlightItem[] }
      return items.find(({ id, images }) => id.endsWith(String(second?.detail?.['flight'])) && images === 2)
    })
    const footprint = await hub.get(`/api/v1/flights/${encodeURIComponent(flight.id)}/footprint`)
    expect(((await footprint.json()) as { features: readonly unknown[] }).features).toHaveLength(3)
    expect(await edge.metric('musubi_edge_canopy_flights_total{reason="told"}')).toBe(2)
    expect(await edge.end('SIGTERM')).toBe(0)
  },
)
