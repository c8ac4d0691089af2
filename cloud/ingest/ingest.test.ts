import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AckDocument } from '../../broker/contract/documents.ts'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import { envelope, epoch, newIngest, startMs, topic } from './ingest-fixture.ts'

const bare = (value: number) =>
  encodePack([{ name: 'dev:t', timeMs: startMs, value, unit: 'Cel', quality: 'good', reason: undefined }], 'json')

describe('ingest', () => {
  it('stores a message and acknowledges it only after the commit', async () => {
    const { ingest, store, acks, advance } = newIngest()
    expect(ingest.tap({ topic, payload: envelope(1, 0, [1, 2, 3]) })).toBeUndefined()
    expect(acks).toEqual([])
    await advance(5)
    expect(store.rows.map((row) => row.value)).toEqual([1, 2, 3])
    expect(store.cursors.get('kimitsu/paddy-koito epoch-1')).toBe(1)
    expect(acks).toEqual([{ epoch, through: 1 }])
  })

  it('acknowledges a duplicate again without storing it', async () => {
    const { ingest, store, acks, advance } = newIngest()
    for (let time = 0; time < 3; time += 1) {
      void ingest.tap({ topic, payload: envelope(1, 0) })
      await advance(5)
    }
    expect(store.rows).toHaveLength(1)
    expect(acks).toEqual(Array.from({ length: 3 }, () => ({ epoch, through: 1 })))
  })

  it('asks for a rewind at a gap, once in a while', async () => {
    const { ingest, store, acks, advance } = newIngest()
    void ingest.tap({ topic, payload: envelope(5) })
    void ingest.tap({ topic, payload: envelope(6) })
    await advance(5)
    void ingest.tap({ topic, payload: envelope(7) })
    await advance(5)
    expect(store.rows).toEqual([])
    expect(acks).toEqual([{ epoch, through: 0, rewind: true }])
    await advance(1000)
    void ingest.tap({ topic, payload: envelope(8) })
    await advance(5)
    expect(acks).toHaveLength(2)
  })

  it('keeps poison as a dead letter and moves past it where its header can be read', async () => {
    const { ingest, store, acks, advance } = newIngest()
    const broken = encodeEnvelope({ epoch, seq: 1, prev: 0, pack: encodePackless() })
    void ingest.tap({ topic, payload: broken })
    void ingest.tap({ topic, payload: envelope(2) })
    void ingest.tap({ topic, payload: new Uint8Array([0xff, 0x00]) })
    await advance(5)
    expect(store.letters).toHaveLength(2)
    expect(store.rows.map((row) => row.value)).toEqual([2])
    expect(acks.at(-1)).toEqual({ epoch, through: 2 })
    expect([...ingest.counters.poison.values()].reduce((sum, count) => sum + count, 0)).toBe(2)
  })

  it.each([
    ['a time that no store can keep', '"t":8000000000000,"v":1'],
    ['a text that fills a store', `"vs":"${'x'.repeat(20_000)}"`],
    ['a unit without end', `"v":1,"u":"${'m'.repeat(100)}"`],
    ['a label without end', `"v":1,"${'y'.repeat(100_000)}_":1`],
  ])('refuses %s as poison and goes on', async (_what, fields) => {
    const { ingest, store, acks, advance } = newIngest()
    const message = `{"v":1,"epoch":"${epoch}","seq":1,"pack":[{"n":"dev:t",${fields}}]}`
    void ingest.tap({ topic, payload: Buffer.from(message) })
    void ingest.tap({ topic, payload: envelope(2) })
    await advance(5)
    expect(store.letters).toHaveLength(1)
    expect(store.reasons[0]?.length).toBeLessThanOrEqual(1_000)
    expect(store.rows.map((row) => row.value)).toEqual([2])
    expect(acks.at(-1)).toEqual({ epoch, through: 2 })
  })

  it('forgets the quietest of very many epochs for a new one, but not for a flood of them', async () => {
    const { ingest, acks, advance } = newIngest()
    const send = async (name: string) => {
      const [sample] = [
        { name: 'dev:t', timeMs: startMs, value: 1, unit: 'm', quality: 'good', reason: undefined },
      ] as const
      void ingest.tap({
        topic,
        payload: encodeEnvelope({ epoch: name, seq: 1, prev: 0, pack: encodePack([sample], 'cbor') }),
      })
      await advance(5)
    }
    for (let epochs = 0; epochs < 1_000; epochs += 1) await send(`e${epochs}`)
    await send('e0')
    await send('new')
    expect(acks.at(-1)).toEqual({ epoch: 'new', through: 1 })
    await send('flood')
    expect(ingest.counters.poison.get('limit.exceeded')).toBe(1)
    await advance(60_000)
    await send('newer')
    expect(acks.at(-1)).toEqual({ epoch: 'newer', through: 1 })
    const { duplicates } = ingest.counters
    await send('e0')
    await send('e999')
    expect(ingest.counters.duplicates).toBe(duplicates + 2)
  })

  it('counts texts by their size among what waits', () => {
    const { ingest } = newIngest()
    const message = `{"v":1,"epoch":"${epoch}","seq":1,"pack":[{"n":"dev:t","vs":"${'x'.repeat(10_000)}"}]}`
    void ingest.tap({ topic, payload: Buffer.from(message) })
    expect(ingest.pending).toBe(101)
  })

  it('holds the acknowledgement of a bare pack until its commit, also when the pack is poison', async () => {
    const { ingest, store, advance } = newIngest()
    const settled: string[] = []
    const bareTopic = 'musubi/v1/kimitsu/other/senml'
    void ingest.tap({ topic: bareTopic, payload: bare(1) })?.then(() => settled.push('good'))
    void ingest.tap({ topic: bareTopic, payload: new Uint8Array([1, 2]) })?.then(() => settled.push('poison'))
    await Promise.resolve()
    expect(settled).toEqual([])
    await advance(5)
    expect(settled).toEqual(['good', 'poison'])
    expect(store.rows).toHaveLength(1)
  })

  it('retries while the store is unavailable and acknowledges nothing meanwhile', async () => {
    const { ingest, store, acks, advance } = newIngest()
    store.control.outcome = 'unavailable'
    void ingest.tap({ topic, payload: envelope(1, 0) })
    await advance(5)
    await advance(100)
    expect(acks).toEqual([])
    expect(ingest.storeAvailable).toBe(false)
    store.control.outcome = 'stored'
    await advance(1000)
    expect(acks).toEqual([{ epoch, through: 1 }])
    expect(store.rows).toHaveLength(1)
    expect(ingest.storeAvailable).toBe(true)
  })

  it('says that the store is not available while it refuses groups', async () => {
    const { ingest, store, advance } = newIngest()
    store.control.outcome = 'refused'
    void ingest.tap({ topic, payload: envelope(1, 0) })
    await advance(5)
    expect(ingest.storeAvailable).toBe(false)
    store.control.outcome = 'stored'
    void ingest.tap({ topic, payload: envelope(1, 0) })
    await advance(5)
    expect(ingest.storeAvailable).toBe(true)
  })

  it('makes publishers wait at its bound, in order, and refuses those that wait too long', async () => {
    const { ingest, store, advance } = newIngest({ maxPending: 2, maxWaitMs: 500 })
    store.control.outcome = 'unavailable'
    void ingest.tap({ topic, payload: envelope(1, 0, [1, 2]) })
    await advance(5)
    const waiting = ingest.tap({ topic, payload: envelope(2) })
    const refused = expect(waiting).rejects.toMatchObject({ code: 'ingest.overloaded' })
    await advance(501)
    await refused
    expect(ingest.counters.overloaded).toBe(1)
    const second = ingest.tap({ topic, payload: envelope(2) })
    store.control.outcome = 'stored'
    await advance(200)
    await advance(5)
    await second
    await advance(5)
    expect(store.rows.map((row) => row.value)).toEqual([1, 2, 2])
  })

  it('flags readings from the future and lets them block nothing', async () => {
    const { ingest, latest, catalogue, advance } = newIngest()
    void ingest.tap({ topic, payload: envelope(1, 0, [360_000_0]) })
    void ingest.tap({ topic, payload: envelope(2, 1, [1]) })
    await advance(5)
    expect(ingest.counters.clockAhead).toBe(1)
    expect(latest.value(catalogue.id('kimitsu/paddy-koito/probe-1:water-level')!)).toBe(1)
  })

  it('never lets late data overwrite a newer value', async () => {
    const { ingest, latest, catalogue, advance } = newIngest()
    void ingest.tap({ topic, payload: envelope(1, 0, [50]) })
    await advance(5)
    void ingest.tap({ topic, payload: envelope(2, 1, [3, 4]) })
    await advance(5)
    expect(latest.value(catalogue.id('kimitsu/paddy-koito/probe-1:water-level')!)).toBe(50)
  })

  it('takes nothing that the contract does not know, and never throws', () => {
    const { ingest } = newIngest()
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(topic, 'a/b', topic.replace('telemetry', 'status')),
        (payload, to) => {
          void ingest.tap({ topic: to, payload })
        },
      ),
    )
    expect(ingest.counters.accepted).toBe(0)
  })

  it('stores each message exactly once and in order through duplicates, losses, rewinds, refusals and outages', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('send' as const) },
      { weight: 2, arbitrary: fc.constant('lose' as const) },
      { weight: 2, arbitrary: fc.constant('again' as const) },
      { weight: 2, arbitrary: fc.constant('reconnect' as const) },
      { weight: 3, arbitrary: fc.constant('commit' as const) },
      { weight: 1, arbitrary: fc.constant('refuse' as const) },
      { weight: 1, arbitrary: fc.constant('outage' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { ingest, store, acks, advance } = newIngest({ groupReadings: 4, rewindEveryMs: 10 })
        const total = 20
        const gateway = scriptedGateway(total, (payload) => void ingest.tap({ topic, payload }))
        for (const action of steps) {
          if (action === 'send') gateway.send()
          else if (action === 'lose') gateway.lose()
          else if (action === 'again') gateway.sendLastAgain()
          else if (action === 'reconnect') gateway.rewind()
          else {
            store.control.outcome = action === 'refuse' ? 'refused' : action === 'outage' ? 'unavailable' : 'stored'
            await advance(20)
            store.control.outcome = 'stored'
          }
          gateway.take(acks.splice(0))
        }
        for (let round = 0; round < 200 && !gateway.done(); round += 1) {
          if (!gateway.send()) gateway.rewind()
          await advance(6000)
          gateway.take(acks.splice(0))
        }
        expect(store.rows.map((row) => row.value)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
      }),
      { numRuns: 150 },
    )
  })
})

/** A pack that is CBOR, but no SenML. */
function encodePackless(): Uint8Array {
  return new Uint8Array([0x81, 0xa1, 0x00, 0x61, 0x21])
}

/** The gateway's half of the contract: rows leave only on an acknowledgement, a rewind starts with prev 0. */
function scriptedGateway(total: number, publish: (payload: Uint8Array) => void) {
  let acknowledged = 0
  let next = 1
  let first = true
  function take(): Uint8Array | undefined {
    if (next > total) return undefined
    const payload = envelope(next, first ? 0 : next - 1)
    first = false
    next += 1
    return payload
  }
  return {
    send(): boolean {
      const payload = take()
      if (payload !== undefined) publish(payload)
      return payload !== undefined
    },
    lose: () => void take(),
    sendLastAgain() {
      if (next > acknowledged + 1) publish(envelope(next - 1, next - 2))
    },
    rewind() {
      next = acknowledged + 1
      first = true
    },
    take(acks: readonly AckDocument[]) {
      for (const ack of acks) {
        acknowledged = Math.max(acknowledged, ack.through)
        next = Math.max(next, acknowledged + 1)
        if (ack.rewind === true) {
          next = acknowledged + 1
          first = true
        }
      }
    },
    done: () => acknowledged === total,
  }
}
