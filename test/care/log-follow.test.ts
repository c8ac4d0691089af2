// Whoever follows a log is let go of when its time is over, whatever the gateway does.
import { expect, it } from 'vitest'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { silentLog } from '../../broker/contract/ports.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { createLogFollow } from '../../cloud/commands/log-follow.ts'

it('a reader whose gateway never says that the time is over is let go of after it, and the next one has a place', async () => {
  const clock = createManualClock()
  const asked: unknown[] = []
  const send = ({ arguments: given }: { readonly arguments: object }) => {
    asked.push(given)
    return Promise.resolve({ v: 1, state: 'done', timeMs: 0 } as const)
  }
  const logs = createLogFollow({ commands: { send }, clock, log: silentLog })
  let ended = 0
  const reader = () => ({ lines: () => undefined, end: () => void (ended += 1) })
  const follow = () => logs.follow({ gateway: 'kimitsu/paddy-1', seconds: 60, by: '', remote: '', reader: reader() })
  const leaves = [await follow(), await follow(), await follow(), await follow(), await follow()]
  await expect(follow()).rejects.toMatchObject({ code: 'command.busy' })
  leaves[0]?.()
  await clock.advance(71_000)
  expect(ended).toBe(4)
  await expect(follow()).resolves.toBeTypeOf('function')
  expect(asked.filter((given) => 'seconds' in (given as object))).toHaveLength(6)
})

it('a reader who looks for a short time does not end the log of one who looks longer', async () => {
  const clock = createManualClock()
  const seconds: unknown[] = []
  const send = ({ arguments: given }: { readonly arguments: object }) => {
    seconds.push((given as { readonly seconds: unknown }).seconds)
    return Promise.resolve({ v: 1, state: 'done', timeMs: 0 } as const)
  }
  const logs = createLogFollow({ commands: { send }, clock, log: silentLog })
  const ended: string[] = []
  const follow = (name: string, time: number) => {
    const reader = { lines: () => undefined, end: () => void ended.push(name) }
    return logs.follow({ gateway: 'kimitsu/paddy-1', seconds: time, by: '', remote: '', reader })
  }
  await follow('long', 600)
  await clock.advance(100_000)
  await follow('short', 60)
  expect(seconds).toEqual([600, 500])
  await clock.advance(71_000)
  expect(ended).toEqual(['short'])
  const over = { v: 1, lines: [], dropped: 0, ended: true }
  logs.take({ topic: 'musubi/v1/kimitsu/paddy-1/log', payload: encodeDocument(over) })
  expect(ended).toEqual(['short', 'long'])
})
