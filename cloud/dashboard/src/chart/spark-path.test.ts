import { describe, expect, it } from 'vitest'
import { sparkPaths } from './spark-path.ts'

const box = { fromMs: 0, toMs: 100, width: 100, height: 10 }

describe('the small chart', () => {
  it('runs from least at the bottom to greatest at the top', () => {
    const columns = { time: [0, 100], mean: [1, 3], min: [1, 3], max: [1, 3] }
    expect(sparkPaths(columns, box).line).toBe('M0.0 10.0L100.0 0.0')
  })

  it('does not bridge a gap', () => {
    const values = [1, null, 2]
    const columns = { time: [0, 50, 100], mean: values, min: values, max: values }
    expect(sparkPaths(columns, box).line).toBe('M0.0 10.0M100.0 0.0')
  })

  it('draws a constant value in the middle, and nothing for nothing', () => {
    const constant = { time: [0, 100], mean: [5, 5], min: [5, 5], max: [5, 5] }
    expect(sparkPaths(constant, box).line).toBe('M0.0 5.0L100.0 5.0')
    expect(sparkPaths({ time: [], mean: [], min: [], max: [] }, box)).toEqual({ line: '', band: '' })
  })
})
