import { describe, expect, it } from 'vitest'
import type { FlightItem } from '../api/farm-api.ts'
import type { EventItem } from '../api/shapes.ts'
import { aspectOf, coverColour, fieldFlights, placeIn, ringBounds, unionOf } from './canopy.ts'

const site = { id: 'kimitsu/koito/koito-1', gateway: 'kimitsu/koito' }
const box = { west: 139.9, south: 35.28, east: 139.901, north: 35.281 }

function flight(name: string, to: number): FlightItem {
  return {
    id: `kimitsu/${name}`,
    gateway: 'kimitsu/koito',
    camera: 'M3M',
    from: to - 60_000,
    to,
    images: 9,
    bytes: 1,
    sites: [{ site: site.id, images: 4 }],
    footprint: null,
  }
}

function canopy(name: string, score: number, over: Partial<EventItem> = {}): EventItem {
  return {
    id: name,
    gateway: 'kimitsu/koito',
    device: 'koito-1',
    deviceLabel: { ja: '', en: '' },
    site: null,
    series: null,
    kind: 'canopy',
    source: 'koito-1',
    time: 1,
    received: 1,
    model: { id: 'paddy-canopy', version: '0.2.0' },
    score,
    class: null,
    state: 'reading',
    boxes: [],
    mask: [],
    heat: { columns: 2, rows: 1, cells: btoa('\u0000\u00ff') },
    latencyMs: 1,
    thumbnail: null,
    detail: { flight: name, ...box },
    ...over,
  }
}

describe('the flights of a field', () => {
  it('are joined with what was worked out of each, newest first', () => {
    const events = [canopy('b', 0.8), canopy('a', 0.3), canopy('b', 0.1)]
    const found = fieldFlights(site, [flight('a', 1000), flight('b', 2000), flight('c', 3000)], events)
    expect(found.map(({ id, cover, images }) => [id, cover, images])).toEqual([
      ['kimitsu/c', undefined, 4],
      ['kimitsu/b', 0.8, 4],
      ['kimitsu/a', 0.3, 4],
    ])
    expect(found[1]?.grid).toMatchObject({ columns: 2, rows: 1, bounds: box })
    expect([...(found[1]?.grid?.cells ?? [])]).toEqual([0, 255])
  })

  it('take nothing from another field, nor a picture that does not fit its size', () => {
    const strange = [canopy('a', 0.3, { source: 'koito-2' })]
    expect(fieldFlights(site, [flight('a', 1)], strange)[0]).toMatchObject({ cover: undefined, grid: undefined })
    const short = [canopy('a', 0.3, { heat: { columns: 3, rows: 3, cells: btoa('x') } })]
    expect(fieldFlights(site, [flight('a', 1)], short)[0]).toMatchObject({ cover: 0.3, grid: undefined })
  })

  it('lie over each other by where they are on the ground', () => {
    const all = unionOf([box, { west: 139.899, south: 35.28, east: 139.9, north: 35.2805 }])
    expect(all).toEqual({ west: 139.899, south: 35.28, east: 139.901, north: 35.281 })
    const { left, top, width, height } = placeIn(box, all ?? box)
    expect([left, top, width, height].map(Math.round)).toEqual([50, 0, 50, 100])
    expect(aspectOf(box)).toBeCloseTo(Math.cos((35.2805 * Math.PI) / 180), 5)
    expect(
      ringBounds([
        [1, 4],
        [3, 2],
      ]),
    ).toEqual({ west: 1, east: 3, south: 2, north: 4 })
    expect(unionOf([])).toBeUndefined()
  })

  it('are coloured from brown to green, and never beyond', () => {
    expect(coverColour(0)).toEqual([140, 81, 10])
    expect(coverColour(1)).toEqual([1, 102, 94])
    expect(coverColour(7)).toEqual(coverColour(1))
    expect(coverColour(0.5)).toEqual([246, 232, 195])
  })
})
