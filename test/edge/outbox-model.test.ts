// The outbox against a model of it: any sequence of appends, takes, acks, rolls, pauses, clean ends and crashes.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { priorities, type Priority } from '../../edge/outbox/message.ts'
import { createManualClock } from './manual-clock.ts'
import { numbered, numberedEvent, openOutbox, takeAll, temporaryFolder, valuesOf } from './outbox-fixture.ts'

type Step =
  | { readonly kind: 'append'; readonly count: number; readonly priority: Priority }
  | { readonly kind: 'event'; readonly priority: Priority }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'ack'; readonly lane: number; readonly share: number }
  | { readonly kind: 'roll' | 'close' | 'crash' | 'renew' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append'),
      count: fc.integer({ min: 1, max: 450 }),
      priority: fc.constantFrom(...priorities),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('event'), priority: fc.constantFrom(...priorities) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pause'), ms: fc.constantFrom(1, 10, 50, 200, 1000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('ack'),
      lane: fc.nat(3),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('roll', 'close', 'crash', 'renew') }) },
) as fc.Arbitrary<Step>

it('holds exactly what was appended and not acknowledged, whatever happens, but for the loss window of a crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const folder = temporaryFolder()
      const clock = createManualClock()
      let { outbox } = openOutbox(folder.path, {}, clock)
      /** Values that must be there: value → the time it was appended. */
      const held = new Map<number, number>()
      const given = new Map<string, string>()
      let next = 0

      const look = (): void => {
        const messages = takeAll(outbox)
        const values = valuesOf(messages)
        expect(new Set(values).size).toBe(values.length)
        for (const message of messages) {
          const { epoch, seq } = message
          const content = `${valuesOf([message]).join(' ')} `
          const earlier = given.get(`${epoch} ${seq}`) ?? content
          // After a crash a message may come again with less than was taken, never with anything else.
          expect(earlier.startsWith(content)).toBe(true)
          given.set(`${epoch} ${seq}`, content)
        }
        for (const { epoch } of outbox.lanes()) {
          const seqs = messages.filter((message) => message.epoch === epoch).map(({ seq }) => seq)
          expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
        }
      }
      const settle = async (): Promise<void> => {
        await clock.advance(20)
        look()
        expect(new Set(valuesOf(takeAll(outbox)))).toEqual(new Set(held.keys()))
      }
      const actions: Record<Step['kind'], (step: Step) => Promise<void> | void> = {
        append: (step) => {
          if (step.kind !== 'append') return
          for (const { value } of numbered(next, step.count)) held.set(Number(value), clock.monotonic())
          outbox.append(numbered(next, step.count), step.priority)
          next += step.count
        },
        event: (step) => {
          if (step.kind !== 'event') return
          held.set(next, clock.monotonic())
          outbox.appendEvent(numberedEvent(next), step.priority)
          next += 1
        },
        pause: (step) => (step.kind === 'pause' ? clock.advance(step.ms) : undefined),
        ack: (step) => {
          const lane = step.kind === 'ack' ? outbox.lanes()[step.lane] : undefined
          if (lane === undefined || step.kind !== 'ack') return
          const messages = outbox.take({ epoch: lane.epoch, after: 0, limit: 100_000 })
          const acked = messages.slice(0, Math.round(messages.length * step.share))
          const last = acked.at(-1)
          if (last === undefined) return
          expect(outbox.ack(lane.epoch, last.seq)).toBe('advanced')
          for (const value of valuesOf(acked)) held.delete(value)
        },
        roll: () => outbox.rollEpoch(),
        renew: () => outbox.renewEpoch(outbox.epoch),
        close: () => {
          outbox.close()
          outbox = openOutbox(folder.path, {}, clock).outbox
        },
        crash: async () => {
          outbox.abandon()
          outbox = openOutbox(folder.path, {}, clock).outbox
          await clock.advance(20)
          const values = new Set(valuesOf(takeAll(outbox)))
          for (const [value, appendedMs] of held) {
            if (values.has(value)) continue
            expect(clock.monotonic() - 20 - appendedMs).toBeLessThan(200)
            held.delete(value)
          }
          // What was acknowledged less than a commit before the crash comes again; the hub knows it by its seq.
          for (const value of values) if (!held.has(value)) held.set(value, -Infinity)
        },
      }
      try {
        for (const step of steps) await actions[step.kind](step)
        await settle()
      } finally {
        outbox.close()
        expect(clock.pendingTimers).toBe(0)
        folder.remove()
      }
    }),
    { numRuns: 60 },
  )
})
