// The map that the hub makes of a canopy event lies where the gateway saw the cells.
import { describe, expect, it } from 'vitest'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import { canopyMap } from '../../cloud/events/canopy-map.ts'
import { canopyEvent } from '../../models/canopy/canopy-event.ts'
import { cellCorners, gridAt, gridPosition } from '../../models/canopy/ground-grid.ts'

const place = [139.9561, 35.2851] as const

/** The event of a field of so many cells, whose cover grows from west to east, with a hole in its first row. */
function eventOf(wide: number, high: number, cellM: number): GatewayEvent {
  const grid = gridAt(place[1], cellM)
  const [column, row] = gridPosition(grid, place).map(Math.floor) as [number, number]
  const cells = Array.from({ length: wide * high }, (_, at) => ({
    row: row + Math.floor(at / wide),
    column: column + (at % wide),
    pixels: 9,
    values: { canopy: ((at % wide) + 1) / wide } as Record<string, number>,
  })).filter((_, at) => at !== 1)
  const analysis = { grid, cells, means: { canopy: 0.5 }, images: 2, leftOut: {}, timeMs: 1_784_678_400_000 }
  const head = { source: 'field-1', model: { id: 'paddy-canopy', version: '1.0.0' }, latencyMs: 1, flight: 'f1' }
  return { v: 1, ...canopyEvent(analysis as unknown as Parameters<typeof canopyEvent>[0], head) }
}

describe('the map of a canopy event', () => {
  it('has a polygon for each cell that was seen, within a centimetre of where it is', () => {
    const map = canopyMap(eventOf(5, 3, 4))
    expect(map?.features).toHaveLength(14)
    const grid = gridAt(place[1], 4)
    const [column, row] = gridPosition(grid, place).map(Math.floor) as [number, number]
    const southWest = map?.features.find(({ properties, geometry }) => {
      const lowest = Math.min(...map.features.map((one) => one.geometry.coordinates[0]?.[0]?.[1] ?? 90))
      return properties.cover === 0.2 && geometry.coordinates[0]?.[0]?.[1] === lowest
    })
    const expected = cellCorners(grid, { row, column })
    southWest?.geometry.coordinates[0]?.slice(0, 4).forEach(([lon = 0, lat = 0], at) => {
      expect(lon).toBeCloseTo(expected[at]?.[0] ?? Number.NaN, 6)
      expect(lat).toBeCloseTo(expected[at]?.[1] ?? Number.NaN, 6)
    })
    expect(southWest?.properties).toEqual({ cover: 0.2, field: 'field-1', flight: 'f1', time: 1_784_678_400_000 })
    expect(map?.features.every(({ geometry }) => geometry.coordinates[0]?.length === 5)).toBe(true)
  })

  it('keeps joined cells of a large field in their place, and the last ones inside it', () => {
    const [wide, cellM] = [150, 2]
    const map = canopyMap(eventOf(wide, 40, cellM))
    const grid = gridAt(place[1], cellM)
    const [column] = gridPosition(grid, place).map(Math.floor) as [number]
    const wests = [...new Set(map?.features.map(({ geometry }) => geometry.coordinates[0]?.[0]?.[0] ?? 0))].toSorted(
      (a, b) => a - b,
    )
    // 150 cells, three of them joined.
    expect(wests).toHaveLength(50)
    wests.forEach((west, at) => {
      const [corner] = cellCorners(grid, { row: 0, column: column + 3 * at })
      expect(west).toBeCloseTo(corner?.[0] ?? Number.NaN, 6)
    })
    const east = Math.max(...(map?.features ?? []).map(({ geometry }) => geometry.coordinates[0]?.[1]?.[0] ?? 0))
    const [, end] = cellCorners(grid, { row: 0, column: column + wide - 1 })
    expect(east).toBeCloseTo(end?.[0] ?? Number.NaN, 6)
  })

  it('is none for an event of another kind, and for one whose box or cells are missing', () => {
    const event = eventOf(5, 3, 4)
    const { heat: _, ...without } = event
    expect(canopyMap(without)).toBeUndefined()
    expect(canopyMap({ ...event, kind: 'road-damage' })).toBeUndefined()
    expect(canopyMap({ ...event, detail: { ...event.detail, east: 0 } })).toBeUndefined()
    expect(canopyMap({ ...event, heat: { columns: 9, rows: 9, cells: 'AAAA' } })).toBeUndefined()
  })
})
