import { describe, expect, it } from 'vitest'
import type { EventItem } from '../api/shapes.ts'
import { createRecentEvents, mergeEvents, mostEvents, yieldOf } from './recent-events.ts'

function event(number: number, change: Partial<EventItem> = {}): EventItem {
  return {
    id: `t/g/${number}.e.${number}`,
    gateway: 't/g',
    device: 'line-1',
    deviceLabel: { ja: 'ライン', en: 'Line' },
    site: 't/g/s',
    series: null,
    kind: 'inspection',
    source: 'line-1',
    time: number,
    received: number,
    model: { id: 'm', version: '1.0.0' },
    score: 0.1,
    class: 'good',
    state: 'pass',
    boxes: [],
    mask: [],
    heat: null,
    latencyMs: 1,
    thumbnail: null,
    detail: {},
    ...change,
  }
}

describe('recent events', () => {
  it('are kept once each, newest first, as many as the bound says', () => {
    const known = Array.from({ length: mostEvents }, (_, index) => event(index))
    const merged = mergeEvents(known, [event(5), event(900), event(-3)])
    expect(merged).toHaveLength(mostEvents)
    expect(merged[0]?.time).toBe(900)
    expect(merged.filter(({ time }) => time === 5)).toHaveLength(1)
    expect(merged.some(({ time }) => time === -3)).toBe(false)
  })

  it('of a rare kind stay, however many of another come', () => {
    const taught = event(1, { kind: 'teaching' })
    const parts = Array.from({ length: 2 * mostEvents }, (_, index) => event(10 + index))
    expect(mergeEvents([taught], parts).at(-1)).toBe(taught)
  })

  it('join what was loaded with what came live, whichever is first', async () => {
    let answer: (events: readonly EventItem[]) => void = () => undefined
    let asked = 0
    const recent = createRecentEvents({
      events: () => {
        asked += 1
        return new Promise((resolve) => (answer = resolve))
      },
    })
    recent.ask({ site: 't/g/s', gateway: 't/g', kind: 'inspection' })
    recent.ask({ site: 't/g/s', gateway: 't/g', kind: 'inspection' })
    expect(asked).toBe(1)
    recent.note(event(3))
    answer([event(2), event(1)])
    await expect.poll(() => recent.bySite.value.get('t/g/s')?.map(({ time }) => time)).toEqual([3, 2, 1])
  })

  it('give the yield and the kinds of what was rejected', () => {
    const reject = { state: 'reject', class: 'scratch' } as const
    const events = [event(1), event(2, reject), event(3, { ...reject, class: 'dent' }), event(4, reject), event(5)]
    expect(yieldOf([...events, event(6, { state: null })])).toEqual({
      judged: 5,
      passed: 2,
      rejects: [
        ['scratch', 2],
        ['dent', 1],
      ],
    })
  })
})
