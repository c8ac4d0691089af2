// An ingest as its tests need it: a store in memory that can refuse, a clock that waits to be moved, and messages for it.
import { expect } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { AckDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import { silentLog, type Clock } from '../../broker/contract/ports.ts'
import type { Commit, StoredEvent } from '../store/store.ts'
import { defaultIngestLimits, Ingest, type IngestLimits } from './ingest.ts'
import { LatestValues } from './latest-values.ts'
import { SeriesCatalogue } from './series-catalogue.ts'

export const startMs = Date.UTC(2026, 10, 22)
export const topic = 'musubi/v1/kimitsu/paddy-koito/telemetry'
export const epoch = 'epoch-1'

/** Timers run only when asked to. */
function manualClock() {
  let nowMs = startMs
  let timers: { atMs: number; run: () => void }[] = []
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, run: callback }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
  }
  async function advance(ms: number): Promise<void> {
    nowMs += ms
    const due = timers.filter((timer) => timer.atMs <= nowMs)
    timers = timers.filter((timer) => timer.atMs > nowMs)
    for (const timer of due) timer.run()
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
  return { clock, advance }
}

/** Keeps what is committed, as rows; `outcome` decides each attempt. */
function memoryStore() {
  const rows: { series: string; timeMs: number; value: number }[] = []
  const letters: string[] = []
  const reasons: string[] = []
  const keys: string[] = []
  const cursors = new Map<string, number>()
  const events: StoredEvent[] = []
  const pictures: string[] = []
  const told: number[] = []
  const control: {
    outcome: 'stored' | 'unavailable' | 'refused'
    hold: Promise<void> | undefined
    noRoom: boolean
  } = { outcome: 'stored', hold: undefined, noRoom: false }
  return {
    rows,
    letters,
    reasons,
    cursors,
    events,
    pictures,
    told,
    control,
    async commit(commit: Commit) {
      await control.hold
      if (control.outcome === 'unavailable') throw new AppError('store.unavailable', 'not now')
      if (control.outcome === 'refused') throw new AppError('store.query', 'no')
      for (const record of commit.series) {
        expect(record.id).toBe(keys.length)
        keys.push(record.key)
      }
      for (let row = 0; row < commit.readings.rows; row += 1) {
        const series = keys[commit.readings.series[row] as number] as string
        const timeMs = commit.readings.timeMs[row] as number
        rows.push({ series, timeMs, value: commit.readings.value[row] as number })
      }
      for (const cursor of commit.cursors) cursors.set(`${cursor.gateway} ${cursor.epoch}`, cursor.through)
      events.push(...commit.events)
      letters.push(...commit.deadLetters.map((letter) => letter.code))
      reasons.push(...commit.deadLetters.map((letter) => letter.reason))
    },
  }
}

/** An ingest between a store in memory and a list of acknowledgements, on a clock that only `advance` moves. */
export function newIngest(limits: Partial<IngestLimits> = {}) {
  const { clock, advance } = manualClock()
  const store = memoryStore()
  const acks: AckDocument[] = []
  const latest = new LatestValues()
  const catalogue = new SeriesCatalogue()
  const ingest = new Ingest(
    {
      store,
      catalogue,
      latest,
      alarms: { observe: () => undefined },
      stream: { publish: () => undefined },
      status: () => undefined,
      events: {
        keep: async (pictures) => {
          if (store.control.noRoom) throw new AppError('store.unavailable', 'no room for thumbnails')
          store.pictures.push(...pictures.map(({ sha256 }) => sha256))
        },
        stored: (events) => void store.told.push(...events.map(({ seq }) => seq)),
      },
      units: { hasRuns: false, agreed: () => undefined, mismatched: () => false },
      publish: (_topic, payload) => void acks.push(decodeDocument(AckDocument, payload)),
      clock,
      log: silentLog,
    },
    { ...defaultIngestLimits, ...limits },
  )
  return { ingest, store, acks, latest, catalogue, advance }
}

/** A message of `seq` with a reading of each value, its time ten milliseconds a unit after `startMs`. */
export function envelope(seq: number, prev = seq - 1, values: readonly number[] = [seq]): Uint8Array {
  const pack = encodePack(
    values.map((value) => ({
      name: 'probe-1:water-level',
      timeMs: startMs + value * 10,
      value,
      unit: 'm',
      quality: 'good',
      reason: undefined,
    })),
    'cbor',
  )
  return encodeEnvelope({ epoch, seq, prev, pack })
}
