import { describe, expect, it } from 'vitest'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent, hashOf } from '../../broker/contract/event-codec.ts'
import { envelope, epoch, newIngest, startMs, topic } from './ingest-fixture.ts'

const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 1)

function eventMessage(seq: number, thumbnail?: Uint8Array): Uint8Array {
  const model = { id: 'washer', version: '1.0.0' }
  const event = { kind: 'inspection', source: 'line-1', timeMs: startMs, model, score: seq, class: null } as const
  return encodeEnvelope({ epoch, seq, prev: seq - 1, pack: encodeEvent({ ...event, latencyMs: 1 }, thumbnail) })
}

describe('events', () => {
  const eventTopic = topic.replace('telemetry', 'event')

  it('are stored in the order of the readings beside them, under the same cursor, and told once they are', async () => {
    const { ingest, store, acks, advance } = newIngest()
    void ingest.tap({ topic, payload: envelope(1) })
    void ingest.tap({ topic: eventTopic, payload: eventMessage(2, jpeg) })
    void ingest.tap({ topic: eventTopic, payload: eventMessage(2, jpeg) })
    void ingest.tap({ topic, payload: envelope(3) })
    expect(store.told).toEqual([])
    await advance(5)
    expect(store.events).toMatchObject([
      { gateway: 'kimitsu/paddy-koito', epoch, seq: 2, timeMs: startMs, kind: 'inspection', source: 'line-1' },
    ])
    expect(JSON.parse(store.events[0]?.body ?? '')).toMatchObject({ score: 2, thumbnail: hashOf(jpeg) })
    expect(store.pictures).toEqual([hashOf(jpeg)])
    expect(store.told).toEqual([2])
    expect(acks).toEqual([{ epoch, through: 3 }])
    expect(ingest.counters).toMatchObject({ events: 1, duplicates: 1, accepted: 3 })
  })

  it('wait with everything in their group while there is no room for thumbnails', async () => {
    const { ingest, store, acks, advance } = newIngest()
    store.control.noRoom = true
    void ingest.tap({ topic: eventTopic, payload: eventMessage(1, jpeg) })
    await advance(5)
    expect(acks).toEqual([])
    expect(ingest.storeAvailable).toBe(false)
    store.control.noRoom = false
    await advance(100)
    expect(acks).toEqual([{ epoch, through: 1 }])
    expect(store.events).toHaveLength(1)
  })

  it('that cannot be used become dead letters, and the stream goes on', async () => {
    const { ingest, store, acks, advance } = newIngest()
    void ingest.tap({ topic: eventTopic, payload: envelope(1) })
    void ingest.tap({ topic: eventTopic, payload: eventMessage(2) })
    await advance(5)
    expect(store.letters).toEqual(['payload.schema'])
    expect(store.events.map(({ seq }) => seq)).toEqual([2])
    expect(acks).toEqual([{ epoch, through: 2 }])
  })
})
