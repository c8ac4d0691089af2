import { describe, expect, it } from 'vitest'
import { createManualClock } from '../edge/manual-clock.ts'
import { retryDelayMs, Sender, type Waiting } from '../../cloud/dashboard/src/field/sender.ts'

const report = (id: string): Waiting => ({ id, gateway: 'kimitsu/a', name: 'a', signedOffMs: 1, body: id, attempts: 0 })

function setup(answers: Record<string, { status: number; code?: string } | undefined>) {
  const clock = createManualClock()
  const store = new Map<string, Waiting>([report('one'), report('two')].map((one) => [one.id, one]))
  const posted: string[] = []
  const tab = { isOtherSending: false }
  const sent: string[] = []
  const nextTries: (number | undefined)[] = []
  const sender = new Sender({
    list: () => Promise.resolve([...store.values()]),
    put: async (waiting) => void store.set(waiting.id, waiting),
    sent: async ({ id }) => {
      sent.push(id)
      store.delete(id)
    },
    post: (body) => {
      posted.push(body)
      const answer = answers[body]
      return Promise.resolve(answer === undefined ? undefined : { code: undefined, ...answer })
    },
    alone: async (work) => {
      if (!tab.isOtherSending) await work()
    },
    changed: (nextMs) => nextTries.push(nextMs),
    clock,
    random: () => 0,
  })
  return { tab, clock, store, posted, sent, nextTries, sender, answers }
}

describe('the sender of what is signed off', () => {
  it('sends everything once, in order, and nothing again', async () => {
    const { sender, sent, posted, clock } = setup({ one: { status: 201 }, two: { status: 200 } })
    await Promise.all([sender.send(), sender.send()])
    expect(sent).toEqual(['one', 'two'])
    await sender.send()
    expect(posted).toEqual(['one', 'two'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('stops at the first failure, and tries again by itself, later each time', async () => {
    const { sender, posted, clock, answers, sent, nextTries } = setup({})
    await sender.send()
    expect(posted).toEqual(['one'])
    expect(nextTries.at(-1)).toBe(clock.now() + 3750)
    await clock.advance(3750)
    expect(posted).toEqual(['one', 'one'])
    await clock.advance(7499)
    expect(posted).toHaveLength(2)
    answers['one'] = { status: 201 }
    answers['two'] = { status: 201 }
    await clock.advance(1)
    expect(sent).toEqual(['one', 'two'])
    expect(nextTries.at(-1)).toBeUndefined()
  })

  it('keeps what the hub refuses for a person, and sends the next', async () => {
    const { sender, store, sent, posted } = setup({
      one: { status: 403, code: 'identity.invalid' },
      two: { status: 201 },
    })
    await sender.send()
    expect(store.get('one')).toMatchObject({ refused: 'identity.invalid' })
    expect(sent).toEqual(['two'])
    await sender.send()
    expect(posted).toEqual(['one', 'two'])
  })

  it('takes along what is signed off while it sends', async () => {
    const { sender, store, sent } = setup({ one: { status: 201 }, two: { status: 201 }, three: { status: 201 } })
    const sending = sender.send()
    store.set('three', report('three'))
    await Promise.all([sending, sender.send()])
    expect(sent).toEqual(['one', 'two', 'three'])
  })

  it('looks again where another tab was sending', async () => {
    const { tab, sender, sent, clock } = setup({ one: { status: 201 }, two: { status: 201 } })
    tab.isOtherSending = true
    await sender.send()
    expect(sent).toEqual([])
    tab.isOtherSending = false
    await clock.advance(5000)
    expect(sent).toEqual(['one', 'two'])
  })

  it.each([401, 403, 404, 408, 429, 500, 503])('does not take %i for the last word', async (status) => {
    const { sender, store } = setup({ one: { status } })
    await sender.send()
    expect(store.get('one')).toMatchObject({ attempts: 1 })
    expect(store.get('one')?.refused).toBeUndefined()
    sender.stop()
  })

  it('waits at most ten minutes', () => {
    expect(retryDelayMs(40, 1)).toBe(600_000)
  })
})
