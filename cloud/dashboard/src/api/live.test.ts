import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../../broker/contract/ports.ts'
import { openLive, type LiveState, type StreamCallbacks } from './live.ts'

interface Due {
  readonly atMs: number
  readonly run: () => void
}

/** Lets every promise that is ready run its course. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function manualClock() {
  let nowMs = 0
  let timers: Due[] = []
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, run: callback }
      timers.push(timer)
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) }
    },
  }
  return {
    clock,
    pending: () => timers.length,
    async pass(ms: number) {
      const untilMs = nowMs + ms
      for (;;) {
        const next = timers.toSorted((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined || next.atMs > untilMs) break
        timers = timers.filter((other) => other !== next)
        nowMs = next.atMs
        next.run()
        await settle()
      }
      nowMs = untilMs
    },
  }
}

function setup() {
  const time = manualClock()
  const states: LiveState[] = []
  const streams: { callbacks: StreamCallbacks; resumedAfter: string | undefined; closed: boolean }[] = []
  const silences: number[] = []
  const events: string[] = []
  const hub = { answers: true, reloads: 0, probes: 0 }
  const live = openLive({
    clock: time.clock,
    random: () => 1,
    connect(resumedAfter, callbacks) {
      const stream = { callbacks, resumedAfter, closed: false }
      streams.push(stream)
      return { close: () => (stream.closed = true) }
    },
    async reload() {
      hub.reloads += 1
      if (!hub.answers) throw new Error('unreachable')
      return '3'
    },
    async probe() {
      hub.probes += 1
      if (!hub.answers) throw new Error('unreachable')
    },
    event: (name, text) => events.push(`${name} ${text}`),
    state(state, silentMs) {
      states.push(state)
      silences.push(silentMs)
    },
  })
  /** The stream says that it comes through. */
  const beat = (): void => streams.at(-1)!.callbacks.event('beat', '{}', '')
  return { time, states, silences, streams, events, hub, live, stream: () => streams.at(-1)!.callbacks, beat }
}

describe('the live connection', () => {
  it('loads the lists once and hands on what the stream brings', async () => {
    const { stream, states, events, hub, beat } = setup()
    await settle()
    beat()
    stream().event('reading', '[]', '7')
    await settle()
    expect(states).toEqual(['live'])
    expect(events).toEqual(['reading []'])
    expect(hub.reloads).toBe(1)
  })

  it('opens the stream where the lists end, and without them where they do not come', async () => {
    const { streams } = setup()
    expect(streams).toHaveLength(0)
    await settle()
    expect(streams.map((each) => each.resumedAfter)).toEqual(['3'])
    const { streams: unled, hub } = setup()
    hub.answers = false
    await settle()
    expect(unled).toHaveLength(1)
  })

  it('says at once that the stream broke, and polls while it is down', async () => {
    const { stream, states, hub, time, beat } = setup()
    await settle()
    beat()
    stream().failed(false)
    expect(states).toEqual(['live', 'reconnecting'])
    await settle()
    const after = hub.reloads
    await time.pass(5000)
    expect(states).toEqual(['live', 'reconnecting', 'polling'])
    expect(hub.reloads).toBe(after + 1)
  })

  it('admits that the connection is lost when the hub does not answer polls either, and recovers', async () => {
    const { stream, states, hub, time, beat } = setup()
    await settle()
    beat()
    hub.answers = false
    stream().failed(false)
    await settle()
    expect(states).toEqual(['live', 'reconnecting', 'lost'])
    hub.answers = true
    await time.pass(10_000)
    expect(states).toEqual(['live', 'reconnecting', 'lost', 'polling'])
    beat()
    expect(states.at(-1)).toBe('live')
  })

  it('opens the stream as soon as the hub answers again, however long the pause would have been', async () => {
    const { stream, streams, hub, time, live, beat } = setup()
    await settle()
    beat()
    hub.answers = false
    for (let failures = 0; failures < 6; failures += 1) {
      stream().failed(true)
      await time.pass(10_000)
    }
    stream().failed(true)
    await settle()
    const before = streams.length
    hub.answers = true
    live.check()
    await settle()
    expect(streams.length).toBe(before + 1)
  })

  it('opens a closed stream again after the last event, later each time', async () => {
    const { stream, streams, time, beat } = setup()
    await settle()
    beat()
    stream().event('alarm', '{}', '42')
    stream().failed(true)
    await time.pass(999)
    expect(streams).toHaveLength(1)
    await time.pass(1)
    expect(streams.map((each) => each.resumedAfter)).toEqual(['3', '42'])
    stream().failed(true)
    await time.pass(1999)
    expect(streams).toHaveLength(2)
    await time.pass(1)
    expect(streams).toHaveLength(3)
  })

  it('loads everything again when the hub cannot resume', async () => {
    const { stream, hub, beat } = setup()
    await settle()
    beat()
    stream().event('reset', '', '1')
    await settle()
    expect(hub.reloads).toBe(2)
  })

  it('stays live on beats alone, without asking the hub for anything', async () => {
    const { beat, states, hub, time } = setup()
    await settle()
    for (let beats = 0; beats < 10; beats += 1) {
      beat()
      await time.pass(4000)
    }
    expect(states).toEqual(['live'])
    expect(hub).toMatchObject({ reloads: 1, probes: 0 })
  })

  it('asks for the lists while a proxy opens the stream and holds back what the hub says', async () => {
    const { beat, states, streams, hub, time } = setup()
    await settle()
    await time.pass(30_000)
    expect(states).toEqual(['polling'])
    expect(hub.reloads).toBe(7)
    await time.pass(300_000)
    expect(streams.length).toBeLessThan(10)
    expect(streams.filter(({ closed }) => !closed)).toHaveLength(1)
    beat()
    expect(states).toEqual(['polling', 'live'])
  })

  it('drops a stream whose other side went away without a word, within seconds, and knows since when', async () => {
    const { stream, streams, states, silences, hub, time, beat } = setup()
    await settle()
    beat()
    await time.pass(1000)
    stream().event('reading', '[]', '1')
    hub.answers = false
    await time.pass(7000)
    expect(states).toEqual(['live', 'lost'])
    expect(silences.at(-1)).toBe(7000)
    expect(streams[0]?.closed).toBe(true)
    await time.pass(20_000)
    expect(streams.length).toBeGreaterThan(1)
  })

  it('does not drop a stream that speaks while the hub is slow to answer', async () => {
    const { stream, states, hub, time, live, beat } = setup()
    await settle()
    beat()
    await time.pass(1000)
    hub.answers = false
    live.check()
    stream().event('reading', '[]', '1')
    await settle()
    expect(states).toEqual(['live'])
  })

  it('asks for the lists when the stream goes deaf although the hub answers, and opens it anew after its last event', async () => {
    const { stream, streams, states, hub, time, beat } = setup()
    await settle()
    beat()
    stream().event('reading', '[]', '7')
    await time.pass(14_000)
    expect(hub.probes).toBeGreaterThan(0)
    expect(states).toEqual(['live', 'polling'])
    await time.pass(2000)
    expect(streams.map((each) => each.resumedAfter)).toEqual(['3', '7'])
    expect(streams[0]?.closed).toBe(true)
    beat()
    await settle()
    expect(states).toEqual(['live', 'polling', 'live'])
    expect(hub.reloads).toBe(3)
  })

  it('leaves no timer when it is closed', async () => {
    const { streams, live, time, beat } = setup()
    await settle()
    beat()
    live.close()
    expect(time.pending()).toBe(0)
    expect(streams[0]?.closed).toBe(true)
  })
})
