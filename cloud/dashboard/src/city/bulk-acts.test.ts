import { describe, expect, it } from 'vitest'
import { type BulkOutcome, runBulk } from './bulk-acts.ts'

const ids = Array.from({ length: 12 }, (_, index) => `alarm-${index}`)

async function run(act: (id: string) => Promise<void>) {
  const told: ReadonlyMap<string, BulkOutcome>[] = []
  const isRefusal = (thrown: unknown) => thrown instanceof RangeError
  const outcomes = await runBulk({ ids, act, isRefusal, told: (now) => void told.push(now) })
  return { outcomes: [...outcomes.values()], told }
}

describe('one act on many alarms', () => {
  it('is sent for each once, a few at a time, and each change is told', async () => {
    const sent: string[] = []
    let under = 0
    let most = 0
    const { outcomes, told } = await run(async (id) => {
      sent.push(id)
      most = Math.max(most, (under += 1))
      await Promise.resolve()
      under -= 1
    })
    expect(sent.toSorted()).toEqual(ids.toSorted())
    expect(most).toBe(4)
    expect(new Set(outcomes)).toEqual(new Set(['done']))
    expect([...(told[0]?.values() ?? [])]).toEqual(ids.map(() => 'waiting'))
    expect(told).toHaveLength(ids.length + 1)
  })

  it('says which were refused, and goes on with the others', async () => {
    const { outcomes } = await run((id) => (id === 'alarm-3' ? Promise.reject(new RangeError()) : Promise.resolve()))
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(11)
  })

  it('gives up where the hub is not reached, and says so of the rest', async () => {
    let tries = 0
    const { outcomes } = await run(() => Promise.reject(new Error(`away ${(tries += 1)}`)))
    expect(new Set(outcomes)).toEqual(new Set(['unreached']))
    expect(tries).toBeLessThan(ids.length)
  })
})
