// What is written behind: the newest state of each key, what came together in one write, and everything by the end.
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { WriteBehind } from '../../cloud/registry/write-behind.ts'

function gatheringFor(gatherMs: number) {
  const clock = createManualClock()
  const written: (readonly string[])[] = []
  const fails = { next: false }
  const write = (rows: readonly string[]): Promise<void> => {
    if (fails.next) {
      fails.next = false
      return Promise.reject(new Error('disk full'))
    }
    written.push(rows)
    return Promise.resolve()
  }
  return { clock, written, fails, writes: new WriteBehind<string>({ write, gatherMs, clock, log: silentLog }) }
}

describe('writing behind', () => {
  it('gathers what comes within its time into one write, the newest state of each key', async () => {
    const { clock, written, writes } = gatheringFor(200)
    writes.put('a', 'a1')
    await clock.advance(100)
    writes.put('b', 'b1')
    writes.put('a', 'a2')
    expect(written).toEqual([])
    await clock.advance(100)
    expect(written).toEqual([['a2', 'b1']])
    writes.put('c', 'c1')
    await clock.advance(200)
    expect(written).toEqual([['a2', 'b1'], ['c1']])
  })

  it('waits for nobody when it is flushed or closed', async () => {
    const { written, writes } = gatheringFor(200)
    writes.put('a', 'a1')
    await writes.flush()
    expect(written).toEqual([['a1']])
    writes.put('b', 'b1')
    await writes.close()
    expect(written).toEqual([['a1'], ['b1']])
  })

  it('tries a failed write again, with what came meanwhile', async () => {
    const { clock, written, fails, writes } = gatheringFor(200)
    fails.next = true
    writes.put('a', 'a1')
    await clock.advance(200)
    writes.put('b', 'b1')
    await clock.advance(1_000)
    expect(written.flat().toSorted()).toEqual(['a1', 'b1'])
    await writes.close()
  })
})
