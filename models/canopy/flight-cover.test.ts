import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Point, Ring } from '../../broker/contract/plane-geometry.ts'
import { withNdvi } from './band-index.ts'
import { coverChange } from './cover-change.ts'
import { coverMap } from './cover-map.ts'
import { createFlightCover, type CoveredCell, type Layer } from './flight-cover.ts'
import { cellCentre, cellCorners, gridAt, gridPosition } from './ground-grid.ts'
import { type Corners, imageProjection } from './image-projection.ts'

const here = { lon: 139.9027, lat: 35.3304 }
const grid = gridAt(here.lat, 2)
const [homeX, homeY] = gridPosition(grid, [here.lon, here.lat]).map(Math.floor) as [number, number]

/** A place `x` cells east and `y` cells north of the first cell's south-west corner. */
function at(x: number, y: number): Point {
  const [lon, lat] = cellCorners(grid, { row: homeY, column: homeX })[0] as Point
  return [lon + (x * grid.cellM) / grid.degreeM.lon, lat + (y * grid.cellM) / grid.degreeM.lat]
}

/** An image over the cells from (x, y) on, `side` cells wide and high, its top to the north. */
function over(x: number, y: number, side: number): Ring {
  return [at(x, y + side), at(x + side, y + side), at(x + side, y), at(x, y)]
}

function layer(name: string, side: number, value: (x: number, y: number) => number, threshold?: number): Layer {
  const values = Float32Array.from({ length: side * side }, (_, index) => value(index % side, Math.floor(index / side)))
  return { name, width: side, height: side, values, ...(threshold === undefined ? {} : { threshold }) }
}

const byPlace = (cells: readonly CoveredCell[]) =>
  Object.fromEntries(cells.map(({ row, column, values }) => [`${column - homeX},${row - homeY}`, values]))

describe('the projection of an image', () => {
  it('takes each corner of the image to its corner on the ground, whatever the quadrangle', () => {
    const off = fc.double({ min: -0.2, max: 0.2, noNaN: true })
    fc.assert(
      fc.property(fc.tuple(off, off, off, off, off, off, off, off), ([a, b, c, d, e, f, g, h]) => {
        const corners: Corners = [
          [a, 1 + b],
          [1 + c, 1 + d],
          [1 + e, f],
          [g, h],
        ]
        const place = imageProjection(corners)
        const found = [place(0, 0), place(1, 0), place(1, 1), place(0, 1)]
        found.forEach((point, index) => {
          expect(point[0]).toBeCloseTo(corners[index]![0], 9)
          expect(point[1]).toBeCloseTo(corners[index]![1], 9)
        })
      }),
    )
  })

  it('keeps straight lines straight: the middle of the image is where the diagonals cross', () => {
    const place = imageProjection([
      [-2, 4],
      [2, 4],
      [1, 0],
      [-1, 0],
    ])
    expect(place(0.5, 0.5)[0]).toBeCloseTo(0, 12)
    expect(place(0.5, 0.5)[1]).toBeCloseTo(4 / 3, 12)
  })

  it('refuses corners that cross over', () => {
    const crossed: Corners = [
      [0, 1],
      [1, 0],
      [1, 1],
      [0, 0],
    ]
    expect(() => imageProjection(crossed)).toThrow(RangeError)
  })
})

describe('the ground grid', () => {
  it('gives each place a cell whose corners surround it, the same whichever flight asks', () => {
    const place = fc.record({
      lon: fc.double({ min: 139, max: 140, noNaN: true }),
      lat: fc.double({ min: 35.301, max: 35.399, noNaN: true }),
    })
    fc.assert(
      fc.property(place, ({ lon, lat }) => {
        const [x, y] = gridPosition(gridAt(lat, 1), [lon, lat])
        const cell = { row: Math.floor(y), column: Math.floor(x) }
        const [southWest, , northEast] = cellCorners(gridAt(35.35, 1), cell) as [Point, Point, Point]
        expect(lon).toBeGreaterThanOrEqual(southWest[0] - 1e-9)
        expect(lon).toBeLessThanOrEqual(northEast[0] + 1e-9)
        expect(lat).toBeGreaterThanOrEqual(southWest[1] - 1e-9)
        expect(lat).toBeLessThanOrEqual(northEast[1] + 1e-9)
      }),
    )
  })

  it('has cells of the size asked for, within a thousandth of what the sphere of this latitude gives', () => {
    const [southWest, , northEast] = cellCorners(grid, { row: homeY, column: homeX }) as [Point, Point, Point]
    const eastM = (northEast[0] - southWest[0]) * 111_412.84 * Math.cos((here.lat * Math.PI) / 180)
    const northM = (northEast[1] - southWest[1]) * 110_950
    expect(eastM).toBeCloseTo(2, 2)
    expect(northM).toBeCloseTo(2, 2)
  })

  it('refuses cells too small to be numbered', () => {
    expect(() => gridAt(35, 0.1)).toThrow(RangeError)
  })
})

describe('the cover of a flight', () => {
  it('puts the left half of an image into the western cells and the upper half into the northern ones', () => {
    const cover = createFlightCover({ grid })
    cover.add(
      [layer('canopy', 40, (x) => (x < 20 ? 1 : 0), 0.5), layer('exg', 40, (_, y) => (y < 20 ? 0.4 : 0.1))],
      over(0, 0, 2),
    )
    const cells = byPlace(cover.cells())
    expect(Object.keys(cells).toSorted()).toEqual(['0,0', '0,1', '1,0', '1,1'])
    expect(cells['0,0']).toEqual({ canopy: 1, exg: expect.closeTo(0.1, 6) })
    expect(cells['1,1']).toEqual({ canopy: 0, exg: expect.closeTo(0.4, 6) })
  })

  it('takes the mean of all pixels that two overlapping images have in a cell', () => {
    const cover = createFlightCover({ grid })
    cover.add([layer('canopy', 20, () => 1, 0.5)], over(0, 0, 2))
    cover.add([layer('canopy', 20, () => 0, 0.5)], over(1, 0, 2))
    const cells = byPlace(cover.cells())
    expect([cells['0,0']?.['canopy'], cells['1,0']?.['canopy'], cells['2,0']?.['canopy']]).toEqual([1, 0.5, 0])
  })

  it('turns with the image: a view whose top looks east has its left half in the north', () => {
    const cover = createFlightCover({ grid })
    const eastward: Ring = [at(2, 2), at(2, 0), at(0, 0), at(0, 2)]
    cover.add(
      [layer('canopy', 40, (x) => (x < 20 ? 1 : 0), 0.5)],
      [eastward[3]!, eastward[0]!, eastward[1]!, eastward[2]!],
    )
    const north = createFlightCover({ grid })
    north.add([layer('canopy', 40, (x) => (x < 20 ? 1 : 0), 0.5)], eastward)
    expect(byPlace(cover.cells())['0,1']?.['canopy']).toBe(1)
    expect(byPlace(north.cells())['0,1']?.['canopy']).toBe(1)
    expect(byPlace(north.cells())['1,1']?.['canopy']).toBe(1)
    expect(byPlace(north.cells())['1,0']?.['canopy']).toBe(0)
  })

  it('leaves out cells whose centre lies outside the field', () => {
    const cover = createFlightCover({ grid, area: [[at(0, 0), at(1.4, 0), at(1.4, 2), at(0, 2)]] })
    cover.add([layer('canopy', 20, () => 1, 0.5)], over(0, 0, 2))
    expect(Object.keys(byPlace(cover.cells())).toSorted()).toEqual(['0,0', '0,1'])
  })

  it('says so when an image cannot be placed, and gives nothing from a cell that hardly a pixel hit', () => {
    const cover = createFlightCover({ grid })
    expect(cover.add([layer('canopy', 4, () => 1)], [at(0, 0), at(1, 1), at(1, 0), at(0, 1)])).toBe(false)
    cover.add([layer('canopy', 2, () => 1)], over(0, 0, 2))
    expect(cover.cells(4)).toEqual([])
    expect(cover.cells(1)).toHaveLength(4)
  })
})

describe('change since the last flight', () => {
  const cell = (column: number, canopy: number): CoveredCell => ({ row: 0, column, values: { canopy }, pixels: 9 })

  it('compares cell by cell what both flights saw, and nothing else', () => {
    const { cells, summary } = coverChange(
      [cell(0, 0.9), cell(1, 0.5), cell(2, 0.1)],
      [cell(1, 0.3), cell(0, 0.3), cell(9, 1)],
    )
    expect(cells.map(({ change }) => change?.['canopy'])).toEqual([
      expect.closeTo(0.6, 9),
      expect.closeTo(0.2, 9),
      undefined,
    ])
    expect(summary).toEqual({ cells: 2, mean: { canopy: expect.closeTo(0.4, 9) } })
  })

  it('stands in the GeoJSON beside the values, each polygon closed', () => {
    const { cells } = coverChange([cell(0, 0.9)], [cell(0, 0.3)])
    const [feature] = coverMap(grid, cells).features
    expect(feature?.properties).toEqual({ cell: '0:0', canopy: 0.9, 'change-canopy': 0.6, pixels: 9 })
    const [ring] = feature?.geometry.coordinates ?? []
    expect(ring).toHaveLength(5)
    expect(ring?.[0]).toEqual(ring?.[4])
  })
})

describe('NDVI of a cell', () => {
  it('is the difference of near infrared and red over their sum, and takes their place', () => {
    const cell: CoveredCell = { row: 0, column: 0, values: { red: 10, nir: 30, exg: 0.1 }, pixels: 9 }
    expect(withNdvi(cell).values).toEqual({ ndvi: 0.5, exg: 0.1 })
  })

  it('is not made up where a band is missing', () => {
    const cell: CoveredCell = { row: 0, column: 0, values: { red: 10 }, pixels: 9 }
    expect(withNdvi(cell).values).toEqual({})
  })
})

it('a cell knows its centre', () => {
  const [x, y] = gridPosition(grid, cellCentre(grid, { row: homeY, column: homeX }))
  expect(x).toBeCloseTo(homeX + 0.5, 6)
  expect(y).toBeCloseTo(homeY + 0.5, 6)
})
