import { describe, expect, it } from 'vitest'
import { silentLog } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import type { FlowChild } from '../../edge/flows/flow-child.ts'
import { FlowSupervisor } from '../../edge/flows/flow-supervisor.ts'
import type { FromFlows, ToFlows } from '../../edge/flows/messages.ts'
import { createManualClock } from '../edge/manual-clock.ts'

/** A process that a test plays. */
class PlayedChild implements FlowChild {
  readonly told: ToFlows[] = []
  readonly #gone = Promise.withResolvers<void>()
  readonly gone = this.#gone.promise
  killed = false
  rss = 100
  answers = true
  say: (message: FromFlows) => void = () => undefined
  end: (how: string) => void = () => undefined

  send(message: ToFlows): void {
    this.told.push(message)
    if (message.kind === 'ping' && this.answers) this.say({ kind: 'pong', beat: message.beat, refused: 0, unlogged: 0 })
    if (message.kind === 'stop' && this.answers) this.#gone.resolve()
  }

  listen({ message, end }: Parameters<FlowChild['listen']>[0]): void {
    this.say = message
    this.end = end
  }

  rssBytes(): number {
    return this.rss
  }

  kill(): Promise<void> {
    this.killed = true
    this.#gone.resolve()
    return this.gone
  }
}

function supervised(editor = false) {
  const clock = createManualClock()
  const counters = createCounters()
  const children: PlayedChild[] = []
  const modes: boolean[] = []
  const changes: string[] = []
  const supervisor = new FlowSupervisor({
    start() {
      const child = new PlayedChild()
      children.push(child)
      return child
    },
    init(safeMode) {
      modes.push(safeMode)
      return { kind: 'ping', beat: 0 }
    },
    onMessage: () => undefined,
    onUp: () => changes.push('up'),
    onDown: () => changes.push('down'),
    clock,
    log: silentLog,
    counters,
    random: () => 0.999,
    maxRssBytes: 200,
    editor,
  })
  const newest = () => children.at(-1)!
  const faults = () => Object.fromEntries(counters.entries().map(({ reason, value }) => [reason, value]))
  return { clock, supervisor, children, newest, modes, changes, faults }
}

describe('The supervisor of the flows', () => {
  it('ends a process that does not answer, that grows and that floods, and starts another each time', async () => {
    const { clock, newest, children, changes, faults } = supervised()
    newest().say({ kind: 'ready' })
    newest().answers = false
    await clock.advance(6000)
    expect(children[0]?.killed).toBe(true)
    await clock.advance(2000)
    newest().say({ kind: 'ready' })
    newest().rss = 201
    await clock.advance(1000)
    expect(children[1]?.killed).toBe(true)
    await clock.advance(4000)
    newest().say({ kind: 'ready' })
    for (let sent = 0; sent < 2001; sent += 1) newest().say({ kind: 'taken' })
    expect(children[2]?.killed).toBe(true)
    expect(faults()).toEqual({ hangs: 1, memory: 1, floods: 1 })
    expect(changes).toEqual(['up', 'down', 'up', 'down', 'up', 'down'])
  })

  it('ends a process that never says that it is loaded', async () => {
    const { clock, children, faults } = supervised()
    await clock.advance(60_000)
    expect(children[0]?.killed).toBe(true)
    expect(faults()).toEqual({ hangs: 1 })
  })

  it('waits longer after each end, and a second again after it ran well', async () => {
    const { clock, newest, children } = supervised()
    const startAfter = async (): Promise<number> => {
      const before = children.length
      newest().end('exit code 1')
      for (let waitedS = 0; ; waitedS += 1) {
        if (children.length > before) return waitedS
        await clock.advance(1000)
      }
    }
    expect([await startAfter(), await startAfter(), await startAfter()]).toEqual([1, 2, 4])
    newest().say({ kind: 'ready' })
    await clock.advance(130_000)
    expect(await startAfter()).toBe(1)
  })

  it('loads flows without running them after three ends in a row, where an editor can mend them, and tries them again', async () => {
    const { clock, newest, modes } = supervised(true)
    for (let fault = 0; fault < 3; fault += 1) {
      newest().say({ kind: 'ready' })
      newest().end('exit code 1')
      await clock.advance(10_000)
    }
    expect(modes).toEqual([false, false, false, true])
    newest().say({ kind: 'ready' })
    await clock.advance(600_000)
    expect(modes.at(-1)).toBe(false)
  })

  it('lets the flows end when it stops, and ends those that do not', async () => {
    const kind = supervised()
    kind.newest().say({ kind: 'ready' })
    await kind.supervisor.stop()
    expect(kind.newest().told.at(-1)).toEqual({ kind: 'stop' })
    const stubborn = supervised()
    stubborn.newest().say({ kind: 'ready' })
    stubborn.newest().answers = false
    const stopped = stubborn.supervisor.stop()
    await stubborn.clock.advance(3000)
    await stopped
    expect(stubborn.newest().killed).toBe(true)
    await stubborn.clock.advance(600_000)
    expect(stubborn.children).toHaveLength(1)
    expect(stubborn.clock.pendingTimers).toBe(0)
  })
})
