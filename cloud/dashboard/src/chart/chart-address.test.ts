import { describe, expect, it } from 'vitest'
import { planAxes } from './axis-of.ts'
import { chartAddress, parseChartAddress, type ChartState } from './chart-address.ts'
import { chartFileName } from './file-name.ts'
import { jstMs } from './jst.ts'
import { tablePage } from './table-page.ts'

const zoom = { fromMs: jstMs(2026, 11, 1), toMs: jstMs(2026, 11, 3) }

describe('the address of a chart', () => {
  it.each<ChartState>([
    { series: ['k/g/d:c'], length: '24h', zoom: undefined, over: [] },
    { series: ['k/g/d:c', 'k/g/~s:x.sum'], length: 'season', zoom, over: ['year-1', 'year-2'] },
    { series: [], length: '7d', zoom: undefined, over: ['week'] },
  ])('is read back: %j', (state) => {
    expect(parseChartAddress(chartAddress(state))).toEqual(state)
  })

  it('leaves out what it does not understand, and what is too much', () => {
    const many = Array.from({ length: 6 }, (_, index) => `k/g/d:c${index}`)
    expect(parseChartAddress([...many, 'nonsense', '20261103-000000_20261101-000000'].join('!'))).toEqual({
      series: many.slice(0, 4),
      length: '24h',
      zoom: undefined,
      over: [],
    })
  })
})

describe('the axes of a chart', () => {
  const level = { unit: 'm', channel: 'water-level', magnitude: 0.1 }
  const rain = { unit: 'm', channel: 'rain', magnitude: 0.01 }
  const heat = { unit: 'Cel', channel: 'air-temperature', magnitude: 30 }

  it('are one for one unit, two for two, and none for a third', () => {
    expect(planAxes([level, { ...level, magnitude: 0.4 }]).axes).toEqual([
      { side: 'left', lead: { ...level, magnitude: 0.4 } },
    ])
    expect(planAxes([level, heat, level]).sides).toEqual(['left', 'right', 'left'])
    expect(planAxes([level, heat, rain]).sides).toEqual(['left', 'right', undefined])
  })

  it('keep switches and ratios apart', () => {
    const relay = { unit: '/', channel: 'lamp-1-relay', magnitude: 1 }
    const share = { unit: '/', channel: 'soil-moisture', magnitude: 0.4 }
    expect(planAxes([relay, share]).sides).toEqual(['left', 'right'])
  })
})

describe('the name of a file', () => {
  it('says place, quantity and span, in Japan', () => {
    expect(chartFileName(['小糸 1号田', '水位'], zoom, 'csv')).toBe(
      'musubi_小糸-1号田_水位_20261101-0000_20261103-0000.csv',
    )
  })

  it('holds nothing that leads elsewhere or is too long', () => {
    const name = chartFileName(['../../etc', 'a\u0000b:c*', '長'.repeat(300)], zoom, 'png')
    expect(name).toMatch(/^musubi_etc_a-b-c_長+_20261101-0000_20261103-0000\.png$/)
    expect(name.length).toBeLessThan(120)
  })
})

describe('a long table', () => {
  const rows = Array.from({ length: 101 }, (_, index) => index)

  it('comes in pages', () => {
    expect(tablePage(rows, 0, 50)).toMatchObject({ first: 1, last: 50, total: 101, pages: 3 })
    expect(tablePage(rows, 2, 50)).toMatchObject({ rows: [100], first: 101, last: 101, page: 2 })
  })

  it('ends with its last page, and has one where it is empty', () => {
    expect(tablePage(rows, 9, 50).page).toBe(2)
    expect(tablePage([], 0, 50)).toEqual({ rows: [], first: 0, last: 0, total: 0, page: 0, pages: 1 })
  })
})
