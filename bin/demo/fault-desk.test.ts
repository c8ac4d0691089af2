import { describe, expect, it } from 'vitest'
import type { Clock } from '../../broker/contract/ports.ts'
import { createFaultDesk, type FaultDesk } from './fault-desk.ts'

interface Bench {
  readonly desk: FaultDesk
  readonly events: string[]
  /** Runs the next timer; gives its delay in ms. */
  readonly next: () => number
}

function bench(): Bench {
  const events: string[] = []
  const timers: { readonly run: () => void; readonly delayMs: number }[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    setTimer(run, delayMs) {
      const timer = { run, delayMs }
      timers.push(timer)
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) }
    },
  }
  const link = (name: string) => ({
    cut: () => void events.push(`cut ${name}`),
    restore: () => void events.push(`restore ${name}`),
  })
  const desk = createFaultDesk({
    field: {
      inject: (fault) => void events.push(`inject ${fault.kind}`),
      clear: (fault) => void events.push(`clear ${fault.kind}`),
    },
    links: {
      'paddy-koito': link('paddy'),
      'streetlight-center': link('light'),
      'wifi-city': link('wifi'),
      'factory-kazusa': link('factory'),
    },
    killGateway: (gateway) => void events.push(`kill ${gateway}`),
    say: () => undefined,
    clock,
  })
  const next = (): number => {
    const timer = timers.shift()
    if (timer === undefined) throw new Error('no timer is set')
    timer.run()
    return timer.delayMs
  }
  return { desk, events, next }
}

describe('the fault desk', () => {
  it('makes a fault at the first press of its key and repairs it at the second', () => {
    const { desk, events } = bench()
    desk.press('l')
    desk.press('a')
    desk.press('l')
    desk.press('u')
    desk.press('u')
    expect(events).toEqual([
      'inject lamp-out',
      'inject access-point-down',
      'clear lamp-out',
      'cut wifi',
      'restore wifi',
    ])
  })

  it('takes the next place in turn each time', () => {
    const { desk, events } = bench()
    for (let press = 0; press < 3; press += 1) desk.press('k')
    expect(new Set(events).size).toBe(3)
  })

  it('goes through every fault on its schedule, each repaired before the next', () => {
    const { desk, events, next } = bench()
    desk.startSchedule()
    for (let step = 0; step < 12; step += 1) expect(next()).toBeGreaterThanOrEqual(20_000)
    expect(events.map((event) => event.split(' ')[0])).toEqual([
      'inject',
      'clear',
      'inject',
      'clear',
      'inject',
      'clear',
      'cut',
      'restore',
      'kill',
      'inject',
      'clear',
    ])
  })

  it('repairs whatever lasts when it closes', () => {
    const { desk, events } = bench()
    desk.startSchedule()
    desk.press('p')
    desk.press('u')
    desk.close()
    expect(events).toEqual(['inject pump-leak', 'cut wifi', 'clear pump-leak', 'restore wifi'])
  })
})
