import { describe, expect, it } from 'vitest'
import type { EventItem } from '../api/shapes.ts'
import { heatPixels, paceOf, runOf, stoppedSince } from './inspection.ts'

const part = (time: number, state: EventItem['state']): EventItem => ({ time, state }) as EventItem

describe('a line', () => {
  const parts = [part(90_000, 'pass'), part(60_000, 'pass'), part(30_000, 'reject'), part(0, 'pass')]

  it('has its run of equal verdicts, the newest first', () => {
    expect(runOf(parts)).toEqual({ verdict: 'pass', length: 2 })
    expect(runOf([])).toEqual({ verdict: 'unknown', length: 0 })
  })

  it('has the pace of its usual gap, whatever a pause does to the mean', () => {
    expect(paceOf(parts)).toBe(2)
    expect(paceOf([part(3_600_000, 'pass'), ...parts])).toBe(2)
    expect(paceOf(parts.slice(0, 1))).toBe(null)
  })

  it('stands when three usual gaps and a minute have passed', () => {
    expect(stoppedSince(parts, 170_000)).toBe(undefined)
    expect(stoppedSince(parts, 181_000)).toBe(90_000)
    expect(stoppedSince([], 1e9)).toBe(undefined)
  })

  it('has heat that is clear where nothing is doubted and opaque where all is', () => {
    const pixels = heatPixels({ columns: 2, rows: 1, cells: btoa(String.fromCharCode(0, 255)) })
    expect([...pixels]).toEqual([31, 12, 72, 0, 247, 243, 165, 191])
  })
})
