// What every Store must do, as one suite that runs against each of them.
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Buckets, Commit, Cursor, Flaw, Store } from '../../cloud/store/store.ts'
import { columnsOf, type GivenReading } from './reading-columns.ts'
import { describeStoredEvents } from './stored-events-contract.ts'

/** A place where a store keeps its data; `store()` gives a new handle on it, the one before being closed. */
export interface StorePlace {
  store(): Store
  dispose(): Promise<void>
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** 2026-06-15T00:00:00Z. */
const baseMs = Date.UTC(2026, 5, 15)

export function commitOf(readings: readonly GivenReading[], rest: Partial<Commit> = {}): Commit {
  const ids = [...new Set(readings.map((reading) => reading.series))]
  const series = ids.map((id) => ({ id, key: `kimitsu/paddy/probe:${String(id)}`, unit: 'Cel' }))
  return { series, readings: columnsOf(readings), cursors: [], deadLetters: [], events: [], ...rest }
}

const cursor = (through: number, epoch = 'e1'): Cursor => ({ gateway: 'kimitsu/paddy', epoch, through })
const whole = (series: number) => ({ series, fromMs: baseMs - 400 * dayMs, toMs: baseMs + 400 * dayMs, limit: 100_000 })

/** Buckets by the definition: spans of equal whole milliseconds from fromMs on; bad readings and readings without a number left out. */
function bucketsByDefinition(
  readings: readonly GivenReading[],
  { series, fromMs, toMs, buckets }: { series: number; fromMs: number; toMs: number; buckets: number },
): Buckets {
  const widthMs = Math.ceil((toMs - fromMs) / buckets)
  const spans = new Map<number, number[]>()
  for (const { series: id, timeMs, value, quality } of readings) {
    if (id !== series || timeMs < fromMs || timeMs >= toMs || typeof value !== 'number' || quality === 2) continue
    const begin = fromMs + Math.floor((timeMs - fromMs) / widthMs) * widthMs
    spans.set(begin, [...(spans.get(begin) ?? []), value])
  }
  const timeMs = [...spans.keys()].sort((a, b) => a - b)
  const each = (fold: (values: readonly number[]) => number) => timeMs.map((time) => fold(spans.get(time) ?? []))
  return {
    timeMs,
    min: each((values) => Math.min(...values)),
    mean: each((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    max: each((values) => Math.max(...values)),
    count: each((values) => values.length),
  }
}

/** Flaws by the definition: one for each span of the buckets and each quality but good. */
function flawsByDefinition(
  readings: readonly GivenReading[],
  { series, fromMs, toMs, buckets }: { series: number; fromMs: number; toMs: number; buckets: number },
): readonly Flaw[] {
  const widthMs = Math.ceil((toMs - fromMs) / buckets)
  const flawed = readings
    .filter(({ series: id, timeMs, quality = 0 }) => id === series && timeMs >= fromMs && timeMs < toMs && quality > 0)
    .toSorted((a, b) => a.timeMs - b.timeMs)
  const spans = Map.groupBy(flawed, ({ timeMs, quality }) => `${Math.floor((timeMs - fromMs) / widthMs)} ${quality}`)
  return Array.from(spans.values(), (members) => ({
    firstMs: members[0]?.timeMs ?? 0,
    lastMs: members.at(-1)?.timeMs ?? 0,
    quality: members[0]?.quality ?? 0,
    count: members.length,
    text: members.flatMap(({ text }) => text ?? []).toSorted()[0] ?? null,
  }))
}

function expectBuckets(found: Buckets | undefined, wanted: Buckets): void {
  expect({ ...found, mean: [] }).toEqual({ ...wanted, mean: [] })
  for (const [place, mean] of wanted.mean.entries()) expect(found?.mean[place]).toBeCloseTo(mean, 9)
}

export function describeStoreContract(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`${name} as a store`, () => {
    let place: StorePlace
    let store: Store
    beforeEach(async () => {
      place = await makePlace()
      store = place.store()
    })
    afterEach(async () => {
      await store.close()
      await place.dispose()
    })
    const reopen = async () => {
      await store.close()
      store = place.store()
      return store.open()
    }

    it('opens empty', async () => {
      expect(await store.open()).toEqual({ series: [], cursors: [], latest: [] })
      expect(await store.readings(whole(0))).toEqual([])
      expect(await store.deadLetters({ limit: 10 })).toEqual([])
      expect(await store.hourly({ fromMs: baseMs, toMs: baseMs + dayMs })).toEqual(new Map())
    })

    it('gives back what was committed, with texts, qualities and missing values, in time order', async () => {
      await store.open()
      await store.commit(
        commitOf([
          { series: 1, timeMs: baseMs + 2000, value: 0.1 + 0.2 },
          { series: 0, timeMs: baseMs + 3000, quality: 2, text: 'timeout' },
          { series: 0, timeMs: baseMs + 1000, value: -7, quality: 1, text: 'range' },
          { series: 0, timeMs: baseMs + 2000, text: '開' },
          { series: 0, timeMs: baseMs + 4000, value: 999, quality: 2, text: 'sensor-fault' },
        ]),
      )
      expect(await store.readings(whole(0))).toEqual([
        { series: 0, timeMs: baseMs + 1000, value: -7, quality: 1, text: 'range' },
        { series: 0, timeMs: baseMs + 2000, value: null, quality: 0, text: '開' },
        { series: 0, timeMs: baseMs + 3000, value: null, quality: 2, text: 'timeout' },
        { series: 0, timeMs: baseMs + 4000, value: 999, quality: 2, text: 'sensor-fault' },
      ])
      expect((await store.readings(whole(1)))[0]?.value).toBe(0.1 + 0.2)
    })

    it('limits readings to the span, its end left out, and to the limit', async () => {
      await store.open()
      await store.commit(
        commitOf([0, 1, 2, 3].map((second) => ({ series: 0, timeMs: baseMs + second * 1000, value: second }))),
      )
      const span = { series: 0, fromMs: baseMs + 1000, toMs: baseMs + 3000 }
      expect((await store.readings({ ...span, limit: 10 })).map(({ value }) => value)).toEqual([1, 2])
      expect((await store.readings({ ...span, limit: 1 })).map(({ value }) => value)).toEqual([1])
    })

    it('continues after reopening with series, cursors and latest values', async () => {
      await store.open()
      await store.commit(commitOf([{ series: 0, timeMs: baseMs, value: 1 }], { cursors: [cursor(3), cursor(1, 'e2')] }))
      await store.commit(commitOf([{ series: 1, timeMs: baseMs, text: 'on' }], { cursors: [cursor(4)] }))
      await store.commit(
        commitOf([{ series: 0, timeMs: baseMs + 1, value: 2, quality: 1, text: 'stale' }], {
          series: [{ id: 0, key: 'kimitsu/paddy/probe:0', unit: undefined }],
          cursors: [cursor(5)],
        }),
      )
      const state = await reopen()
      expect(state.series).toEqual([
        { id: 0, key: 'kimitsu/paddy/probe:0', unit: undefined },
        { id: 1, key: 'kimitsu/paddy/probe:1', unit: 'Cel' },
      ])
      expect([...state.cursors].sort((a, b) => a.epoch.localeCompare(b.epoch))).toEqual([cursor(5), cursor(1, 'e2')])
      expect(state.latest).toEqual([
        { series: 0, timeMs: baseMs + 1, value: 2, quality: 1, text: 'stale' },
        { series: 1, timeMs: baseMs, value: null, quality: 0, text: 'on' },
      ])
    })

    it('stores a commit once that is applied twice, also after reopening', async () => {
      await store.open()
      const commit = commitOf([{ series: 0, timeMs: baseMs, value: 1 }], { cursors: [cursor(1)] })
      await store.commit(commit)
      await store.commit(commit)
      await reopen()
      await store.commit(commit)
      expect(await store.readings(whole(0))).toHaveLength(1)
      const hours = await store.hourly({ fromMs: baseMs, toMs: baseMs + hourMs })
      expect(hours.get(0)?.count).toEqual([1])
    })

    it('never moves a cursor back', async () => {
      await store.open()
      await store.commit(commitOf([], { cursors: [cursor(9)] }))
      await store.commit(commitOf([{ series: 0, timeMs: baseMs, value: 1 }], { cursors: [cursor(5), cursor(1, 'e2')] }))
      const { cursors } = await reopen()
      expect(cursors.find(({ epoch }) => epoch === 'e1')?.through).toBe(9)
    })

    it('takes late data, and the latest reading is the newest by event time', async () => {
      await store.open()
      await store.commit(commitOf([{ series: 0, timeMs: baseMs + dayMs, value: 2 }]))
      await store.maintain(baseMs + 3 * dayMs, [])
      await store.commit(commitOf([{ series: 0, timeMs: baseMs, value: 1 }]))
      expect((await store.readings(whole(0))).map(({ value }) => value)).toEqual([1, 2])
      expect((await reopen()).latest).toMatchObject([{ timeMs: baseMs + dayMs, value: 2 }])
      await store.maintain(baseMs + 3 * dayMs, [])
      expect((await reopen()).latest).toMatchObject([{ timeMs: baseMs + dayMs, value: 2 }])
    })

    it('aggregates like the definition, before and after maintenance, late data included', async () => {
      await store.open()
      let series = 0
      const reading = fc.record({
        timeMs: fc.integer({ min: baseMs - dayMs, max: baseMs + 2 * dayMs }),
        // A store may lose the sign of a zero (InfluxDB does, JSON does): -0 + 0 is 0.
        value: fc.oneof(
          fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0),
          fc.constant(null),
        ),
        quality: fc.constantFrom(0, 0, 0, 1, 2),
      })
      const distinct = fc.uniqueArray(reading, { minLength: 2, maxLength: 60, selector: ({ timeMs }) => timeMs })
      await fc.assert(
        fc.asyncProperty(
          distinct,
          fc.record({ fromMs: fc.integer({ min: -90_000_000, max: 9e7 }), spanMs: fc.integer({ min: 1, max: 2e8 }) }),
          fc.integer({ min: 1, max: 50 }),
          async (given, { fromMs, spanMs }, buckets) => {
            const id = series++
            const readings = given.map((one) => ({ ...one, series: id, ...(one.value === null ? { text: 'x' } : {}) }))
            const half = readings.length >> 1
            const query = { series: id, fromMs: baseMs + fromMs, toMs: baseMs + fromMs + spanMs, buckets }
            await store.commit(commitOf(readings.slice(0, half)))
            await store.maintain(baseMs + 4 * dayMs, [])
            await store.commit(commitOf(readings.slice(half)))
            expectBuckets(await store.buckets(query), bucketsByDefinition(readings, query))
            await store.maintain(baseMs + 4 * dayMs, [])
            expectBuckets(await store.buckets(query), bucketsByDefinition(readings, query))
            expect(await store.flaws(query)).toEqual(flawsByDefinition(readings, query))
            const hours = { series: id, fromMs: baseMs, toMs: baseMs + dayMs, buckets: 24 }
            const wanted = bucketsByDefinition(readings, hours)
            const found = (await store.hourly(hours)).get(id)
            if (wanted.timeMs.length === 0) expect(found).toBeUndefined()
            else expectBuckets(found, wanted)
          },
        ),
        { numRuns: 25 },
      )
    })

    it('answers from hourly roll-ups where raw readings have expired, also for data that come after that', async () => {
      await store.open()
      const readings = Array.from({ length: 48 }, (_, place) => ({
        series: 0,
        timeMs: baseMs + place * 1_800_000,
        value: place,
      }))
      await store.commit(commitOf([...readings, ...readings.map((reading) => ({ ...reading, series: 1 }))]))
      const classes = [
        { name: 'short', pattern: /:0$/, rawDays: 3, hourlyDays: 30 },
        { name: 'long', pattern: /./, rawDays: 100, hourlyDays: 300 },
      ]
      const report = await store.maintain(baseMs + 10 * dayMs, classes)
      expect(report).toMatchObject({ expiredReadings: 48 })
      expect(await store.readings(whole(0))).toEqual([])
      expect(await store.readings(whole(1))).toHaveLength(48)
      const query = { fromMs: baseMs, toMs: baseMs + dayMs, buckets: 24 }
      for (const series of [0, 1]) {
        expectBuckets(await store.buckets({ ...query, series }), bucketsByDefinition(readings, { ...query, series: 0 }))
      }
      const late = { series: 0, timeMs: baseMs + 1, value: 1000 }
      await store.commit(commitOf([late]))
      const all = bucketsByDefinition([...readings, late], { ...query, series: 0 })
      expectBuckets(await store.buckets({ ...query, series: 0 }), all)
      expect(await store.maintain(baseMs + 11 * dayMs, classes)).toMatchObject({ expiredReadings: 1 })
      expect(await store.readings(whole(0))).toEqual([])
      await reopen()
      expectBuckets(await store.buckets({ ...query, series: 0 }), all)
      expectBuckets((await store.hourly(query)).get(0), all)
      await store.maintain(baseMs + 40 * dayMs, classes)
      expect((await store.buckets({ ...query, series: 0 })).timeMs).toEqual([])
      expect((await store.buckets({ ...query, series: 1 })).timeMs).toHaveLength(24)
    })

    it('cuts maintenance off when it closes, at any moment, and a later run completes it with nothing lost or twice', async () => {
      await store.open()
      const readings = Array.from({ length: 8 * 144 * 3 }, (_, place) => ({
        series: place % 3,
        timeMs: baseMs + Math.floor(place / 3) * 600_000,
        value: place,
      }))
      const [early, late] = [
        readings.filter((_, place) => place % 7 > 0),
        readings.filter((_, place) => place % 7 === 0),
      ]
      await store.commit(commitOf(early))
      const retention = [{ name: 'all', pattern: /./, rawDays: 5, hourlyDays: 400 }]
      const outcomes: string[] = []
      for (let commits = 0; outcomes.at(-1) !== 'done'; commits = 2 * commits + 1) {
        const run = store.maintain(baseMs + 9 * dayMs, retention).then(
          () => 'done',
          (error: unknown) => (error instanceof AppError ? error.code : String(error)),
        )
        // Each round the close comes some commits later, so that it meets other parts of the run.
        for (const reading of late.splice(0, commits)) await store.commit(commitOf([reading]))
        await reopen()
        outcomes.push(await run)
      }
      expect(outcomes.slice(0, -1)).toEqual(outcomes.slice(1).map(() => 'store.unavailable'))
      expect(outcomes.length).toBeGreaterThan(1)
      await store.commit(commitOf(late))
      await store.maintain(baseMs + 9 * dayMs, retention)
      const hours = await store.hourly({ fromMs: baseMs, toMs: baseMs + 8 * dayMs })
      for (const series of [0, 1, 2]) {
        const query = { series, fromMs: baseMs, toMs: baseMs + 8 * dayMs, buckets: 8 * 24 }
        expectBuckets(hours.get(series), bucketsByDefinition(readings, query))
        expectBuckets(await store.buckets(query), bucketsByDefinition(readings, query))
        const kept = readings.filter((reading) => reading.series === series && reading.timeMs >= baseMs + 4 * dayMs)
        expect((await store.readings(whole(series))).map(({ value }) => value)).toEqual(kept.map(({ value }) => value))
      }
    })

    it('keeps dead letters byte for byte, newest first, also a large one', async () => {
      await store.open()
      const letter = (place: number, payload: Uint8Array) => {
        const topic = 'musubi/v1/kimitsu/x/telemetry'
        return { timeMs: baseMs + place, topic, code: 'payload.malformed', reason: 'byte 0 "\\\n', payload }
      }
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const large = new Uint8Array(65_536).fill(0xff)
      const letters = [letter(0, all), letter(1, large), letter(2, new Uint8Array())]
      await store.commit(commitOf([], { deadLetters: letters }))
      const found = await store.deadLetters({ limit: 10 })
      expect(found).toEqual(letters.toReversed())
      expect(await store.deadLetters({ limit: 1 })).toHaveLength(1)
    })

    it('keeps dead letters apart that arrive in the same millisecond', async () => {
      await store.open()
      const letters = Array.from({ length: 20 }, (_, place) => ({
        timeMs: baseMs,
        topic: 't',
        code: 'senml.invalid',
        reason: 'r',
        payload: Uint8Array.of(place),
      }))
      await store.commit(commitOf([], { deadLetters: letters }))
      const found = await store.deadLetters({ limit: 100 })
      expect(found.map(({ payload }) => payload[0]).sort((a = 0, b = 0) => a - b)).toEqual(
        letters.map((_, place) => place),
      )
    })

    describeStoredEvents({ store: () => store, reopen })

    it('takes hostile strings for what they are', async () => {
      await store.open()
      const hostile = [
        "'; DROP TABLE hot; --",
        'a,b=c d\\',
        '"quoted" \\" x',
        'line\nbreak\r\t',
        '日本語 🌾',
        '\\\\',
        ' ',
        '${x}',
        'a=1i,b="',
      ]
      const series = hostile.map((key, id) => ({ id, key, unit: key }))
      const readings = hostile.map((text, id) => ({ series: id, timeMs: baseMs + id, text }))
      const cursors = hostile.map((text, place) => ({ gateway: text, epoch: text, through: place + 1 }))
      await store.commit(commitOf(readings, { series, cursors }))
      for (const [id, text] of hostile.entries()) expect((await store.readings(whole(id)))[0]?.text).toBe(text)
      const state = await reopen()
      expect(state.series).toEqual(series)
      expect(state.latest.map(({ text }) => text)).toEqual(hostile)
      expect([...state.cursors].sort((a, b) => a.through - b.through)).toEqual(cursors)
    })

    it('stores a large commit whole and leaves its columns to the caller', async () => {
      await store.open()
      const rows = 50_000
      const readings = Array.from({ length: rows }, (_, row) => ({
        series: row % 100,
        timeMs: baseMs + Math.floor(row / 100) * 1000,
        value: row,
        ...(row % 7 === 0 ? { text: `t${String(row)}` } : {}),
      }))
      const commit = commitOf(readings)
      await store.commit(commit)
      expect(commit.readings.value[rows - 1]).toBe(rows - 1)
      const found = await store.readings(whole(42))
      expect(found).toEqual(
        readings
          .filter(({ series }) => series === 42)
          .map(({ text, ...reading }) => ({ ...reading, quality: 0, text: text ?? null })),
      )
      const hours = await store.hourly({ fromMs: baseMs, toMs: baseMs + hourMs })
      expect([...hours.values()].flatMap(({ count }) => count).reduce((sum, count) => sum + count, 0)).toBe(rows)
    })

    it('refuses a query that makes no sense with store.query', async () => {
      await store.open()
      const query = { series: 0, fromMs: 0, toMs: 1000, buckets: 0 }
      await expect(store.buckets(query)).rejects.toMatchObject({ code: 'store.query' })
      await expect(store.buckets({ ...query, buckets: 10, toMs: Number.NaN })).rejects.toMatchObject({
        code: 'store.query',
      })
      await expect(store.readings({ ...query, series: 0.5, limit: 1 })).rejects.toMatchObject({ code: 'store.query' })
    })
  })
}
