import { describe, expect, it } from 'vitest'
import type { Sample } from '../../broker/contract/sample.ts'
import { createCounters } from '../counters.ts'
import type { FlowSample } from './messages.ts'
import { createSampleFeed } from './sample-feed.ts'

const sample = (name: string, value: number): Sample => ({
  name,
  timeMs: 1_800_000_000_000 + value,
  value,
  unit: undefined,
  quality: 'good',
  reason: undefined,
})
const samples = (count: number, from = 0) => Array.from({ length: count }, (_, index) => sample('a:x', from + index))

function opened() {
  const counters = createCounters()
  const sent: (readonly FlowSample[])[] = []
  const feed = createSampleFeed({ send: (batch) => sent.push(batch), counters })
  const dropped = () =>
    Object.fromEntries(
      counters
        .entries()
        .flatMap(({ name, reason, value }) => (name === 'flow_samples_dropped' ? [[reason, value]] : [])),
    )
  return { feed, sent, dropped }
}

describe('The way of samples to the flows', () => {
  it('carries what is wanted, and never what flows have sent themselves', () => {
    const { feed, sent } = opened()
    feed.begin()
    feed.take(samples(1))
    feed.want(['a:*', 'flow:*'])
    feed.take([sample('a:x', 1), sample('b:x', 2), sample('flow:x', 3)])
    expect(sent.flat().map(({ name }) => name)).toEqual(['a:x'])
  })

  it('has one batch under way, and drops the oldest of what waits, counted', () => {
    const { feed, sent, dropped } = opened()
    feed.begin()
    feed.want(['a:*'])
    for (let from = 0; from < 3000; from += 100) feed.take(samples(100, from))
    expect(sent).toHaveLength(1)
    expect(dropped()).toEqual({ overflow: 3000 - 100 - 2000 })
    for (let batch = 0; batch < 20; batch += 1) feed.taken()
    expect(sent.flat()).toHaveLength(2100)
    expect(sent.flat().at(-1)?.value).toBe(2999)
  })

  it('gives a new process nothing that waited for the one before', () => {
    const { feed, sent, dropped } = opened()
    feed.begin()
    feed.want(['a:*'])
    feed.take(samples(100))
    feed.take(samples(50))
    feed.end()
    feed.take(samples(7))
    expect(dropped()).toEqual({ 'not-running': 57 })
    feed.begin()
    feed.take(samples(1, 900))
    expect(sent.at(-1)?.map(({ value }) => value)).toEqual([900])
  })
})
