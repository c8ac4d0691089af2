import { describe, expect, it } from 'vitest'
import { HubError } from '../api/hub-api.ts'
import type { EventItem } from '../api/shapes.ts'
import { createCorrections, isCorrectable, outcomeOf } from './corrections.ts'

function event(change: Partial<EventItem> = {}): EventItem {
  return {
    id: 'k/f/1.e.1',
    gateway: 'k/f',
    device: 'line-1',
    deviceLabel: { ja: 'ライン', en: 'Line' },
    site: 'k/f/s',
    series: null,
    kind: 'inspection',
    source: 'line-1',
    time: 1,
    received: 1,
    model: { id: 'm', version: '1.0.0' },
    score: 0.9,
    class: 'defect',
    state: 'reject',
    boxes: [],
    mask: [],
    heat: null,
    latencyMs: 1,
    thumbnail: null,
    detail: { frame: '0123456789abcdef' },
    ...change,
  }
}

const teaching = (startedMs: number, change: Partial<EventItem> = {}) =>
  event({ kind: 'teaching', state: null, detail: { outcome: 'activated', startedMs }, ...change })

describe('corrections', () => {
  it('are sent, and are being learnt from when the gateway has taken them', async () => {
    const asked: unknown[] = []
    const corrections = createCorrections({
      correct: (...question) => {
        asked.push(question)
        return Promise.resolve({ time: 500 })
      },
    })
    const done = corrections.correct('a', 'good')
    expect(corrections.byEvent.value.get('a')).toEqual({ judgement: 'good', state: 'sending' })
    await done
    expect(asked).toEqual([['a', 'good', undefined]])
    expect(corrections.byEvent.value.get('a')).toEqual({ judgement: 'good', state: 'learning', sinceMs: 500 })
  })

  it('that are refused say why, and may be sent again', async () => {
    const answers = [new HubError('gone', 410, 'frame.expired'), new TypeError('no network')]
    const corrections = createCorrections({
      correct: () => {
        const answer = answers.shift()
        return answer === undefined ? Promise.resolve({ time: 1 }) : Promise.reject(answer)
      },
    })
    for (const expected of [
      { state: 'refused', code: 'frame.expired' },
      { state: 'refused', code: undefined },
      { state: 'learning' },
    ]) {
      await corrections.correct('a', 'bad')
      expect(corrections.byEvent.value.get('a')).toMatchObject(expected)
    }
  })

  it('end with the first refit of their own line that began after them', () => {
    const correction = { judgement: 'good', state: 'learning', sinceMs: 500 } as const
    const of = (events: readonly EventItem[]) => outcomeOf(correction, event(), events)
    expect(of([teaching(499), teaching(600, { source: 'line-2' }), teaching(600, { gateway: 'k/g' }), event()])).toBe(
      undefined,
    )
    const first = teaching(500)
    expect(of([teaching(900), first, teaching(400)])).toBe(first)
    expect(outcomeOf({ judgement: 'good', state: 'sending' }, event(), [first])).toBeUndefined()
  })

  it('are possible for verdicts whose frame is kept, and for nothing else', () => {
    expect(isCorrectable(event())).toBe(true)
    expect(isCorrectable(event({ detail: {} }))).toBe(false)
    expect(isCorrectable(event({ state: 'raised' }))).toBe(false)
    expect(isCorrectable(teaching(1))).toBe(false)
  })
})
