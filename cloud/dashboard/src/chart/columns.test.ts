import { describe, expect, it } from 'vitest'
import { displayUnit } from '../format/units.ts'
import { chartColumns, extentOf, inDisplayUnit, tableRows } from './columns.ts'

const minute = 60_000
const buckets = {
  time: [0, minute, 2 * minute],
  min: [1, 2, 3],
  mean: [2, 3, 4],
  max: [3, 4, 5],
}
const span = { fromMs: 0, spanMs: minute }

describe('chart columns', () => {
  it('continue the buckets with live readings that they do not hold yet', () => {
    const live = [
      { timeMs: 2.5 * minute, value: 9 },
      { timeMs: 3.5 * minute, value: 6 },
    ]
    const columns = chartColumns(buckets, live, span)
    expect(columns.time).toEqual([0, minute, 2 * minute, 3.5 * minute])
    expect(columns.mean).toEqual([2, 3, 4, 6])
  })

  it('let go of what has left the window', () => {
    expect(chartColumns(buckets, [], { fromMs: 2.5 * minute, spanMs: minute }).time).toEqual([2 * minute])
    expect(chartColumns(buckets, [], { fromMs: 9 * minute, spanMs: minute }).time).toEqual([])
  })

  it('keep a gap as a gap', () => {
    const gapped = { ...buckets, time: [0, minute, 60 * minute] }
    expect(chartColumns(gapped, [], span).mean).toEqual([2, 3, null, 4])
  })

  it('draw a slow sensor as a line, although most buckets are empty', () => {
    const slow = { ...buckets, time: [0, 10 * minute, 20 * minute] }
    expect(chartColumns(slow, [], span).mean).toEqual([2, 3, 4])
  })

  it('know the extent by the envelope, not by the means', () => {
    expect(extentOf(chartColumns(buckets, [], span))).toEqual({ min: 1, mean: 3, max: 5 })
    expect(extentOf(chartColumns({ time: [], min: [], mean: [], max: [] }, [], span))).toBeUndefined()
  })

  it('convert to display units and keep gaps', () => {
    const gapped = chartColumns({ ...buckets, time: [0, minute, 60 * minute] }, [], span)
    const display = displayUnit({ unit: 'm', channel: 'water-level', magnitude: 1 })
    expect(inDisplayUnit(gapped, display).mean).toEqual([200, 300, null, 400])
  })

  it('become a short table, newest first', () => {
    const rows = tableRows(chartColumns(buckets, [], span), 2)
    expect(rows.map(({ timeMs }) => timeMs)).toEqual([2 * minute, 0])
  })
})
