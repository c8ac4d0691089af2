// What every Store must do with events: the part of the suite of store-contract.ts that is about them.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareEvents } from '../../cloud/store/event-order.ts'
import type { Commit, EventsQuery, Store, StoredEvent } from '../../cloud/store/store.ts'
import { columnsOf } from './reading-columns.ts'

const dayMs = 86_400_000
/** 2026-06-15T00:00:00Z. */
const baseMs = Date.UTC(2026, 5, 15)

const oneEvent: StoredEvent = {
  timeMs: baseMs,
  receivedMs: baseMs + 5,
  gateway: 'kimitsu/factory',
  epoch: 'epoch_1-a',
  seq: 1,
  kind: 'inspection',
  source: 'line-1',
  body: '{}',
}

/** Events that share milliseconds, gateways and epochs. */
const storedEvent = fc.record({
  timeMs: fc.integer({ min: baseMs - 3, max: baseMs + 3 }),
  receivedMs: fc.constant(baseMs + 5),
  gateway: fc.constantFrom('kimitsu/factory', 'kimitsu/paddy', 'kimitsu-2/paddy', 'futtsu/kimitsu'),
  epoch: fc.constantFrom('a', 'B', '_c'),
  seq: fc.constant(1),
  kind: fc.constantFrom('inspection', 'anomaly'),
  source: fc.constantFrom('line-1', 'probe:level', "x' OR '1'='1"),
  body: fc.constantFrom('{"score":0.5}', '{"class":"傷"}'),
})

/** Nothing but events, with the cursor that came with them. */
function commitOf(events: readonly StoredEvent[], through: number): Commit {
  const cursors = [{ gateway: 'kimitsu/paddy', epoch: 'e1', through }]
  return { series: [], readings: columnsOf([]), cursors, deadLetters: [], events }
}

/** For the suite of a store: `store` gives the handle in use, `reopen` closes it and opens the next on the same data. */
export function describeStoredEvents(place: {
  readonly store: () => Store
  readonly reopen: () => Promise<unknown>
}): void {
  const { store, reopen } = place

  it('gives events newest first, filtered, page by page, however many share a millisecond', async () => {
    await store().open()
    const events = fc.sample(storedEvent, { numRuns: 60, seed: 4 }).map((event, seq) => ({ ...event, seq }))
    for (const [place, event] of events.entries()) {
      await store().commit(commitOf([event], place + 1))
    }
    const ordered = events.toSorted(compareEvents)
    const all = { fromMs: baseMs - dayMs, toMs: baseMs + dayMs, limit: 1000 }
    expect(await store().events(all)).toEqual(ordered)
    await reopen()
    const queries: Partial<EventsQuery>[] = [
      {},
      { kind: 'inspection' },
      { source: 'line-1' },
      { gateway: 'kimitsu/factory' },
      { kind: 'anomaly', gateway: 'kimitsu/paddy', fromMs: baseMs, toMs: baseMs + 3 },
      { source: "x' OR '1'='1" },
      { tenants: ['kimitsu'] },
      { tenants: ['futtsu', 'kimitsu'], kind: 'anomaly' },
      { tenants: ['kim', 'futtsu'] },
      { tenants: [] },
    ]
    for (const query of queries) {
      const wanted = ordered.filter(
        (event) =>
          (query.kind ?? event.kind) === event.kind &&
          (query.source ?? event.source) === event.source &&
          (query.gateway ?? event.gateway) === event.gateway &&
          (query.tenants?.includes(event.gateway.split('/')[0] ?? '') ?? true) &&
          event.timeMs >= (query.fromMs ?? all.fromMs) &&
          event.timeMs < (query.toMs ?? all.toMs),
      )
      for (const limit of [1, 7]) expect(await pages(store(), { ...all, ...query, limit })).toEqual(wanted)
    }
  })

  it('finds one event by its key, whatever texts are in it', async () => {
    await store().open()
    const events = fc.sample(storedEvent, { numRuns: 20, seed: 9 }).map((event, seq) => ({
      ...event,
      seq,
      body: JSON.stringify({ text: `"'\\\n,= ${String(seq)} 傷`, long: 'x'.repeat(30_000) }),
    }))
    await store().commit(commitOf(events, 1))
    for (const event of events) expect(await store().event(event)).toEqual(event)
    expect(await store().event({ gateway: 'kimitsu/none', epoch: 'e', seq: 1, timeMs: baseMs })).toBeUndefined()
  })

  it('stores events of a commit once that is applied twice, also after reopening, and drops those that are too old', async () => {
    await store().open()
    const events = [baseMs - 10 * dayMs, baseMs].map((timeMs, seq): StoredEvent => ({ ...oneEvent, timeMs, seq }))
    const series = [{ id: 0, key: 'kimitsu/factory/line-1:score', unit: '/' }]
    const commit = { ...commitOf(events, 2), series, readings: columnsOf([{ series: 0, timeMs: baseMs, value: 1 }]) }
    await store().commit(commit)
    await store().commit(commit)
    await reopen()
    await store().commit(commit)
    const all = { fromMs: baseMs - 400 * dayMs, toMs: baseMs + dayMs, limit: 10 }
    expect(await store().events(all)).toEqual(events.toReversed())
    await store().expireEvents(baseMs - dayMs)
    expect(await store().events(all)).toEqual(events.slice(1))
    expect(await store().readings({ ...all, series: 0 })).toHaveLength(1)
  })
}

async function pages(store: Store, query: EventsQuery): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = []
  for (;;) {
    const page = await store.events({ ...query, after: found.at(-1) })
    found.push(...page)
    expect(page.length).toBeLessThanOrEqual(query.limit)
    if (page.length === 0) return found
  }
}
