// The queue before the inference worker: bounded, the newest wins, each drop counted, each wait limited.
import type { Clock, Timer } from '../../broker/contract/ports.ts'

export interface QueuedRun {
  readonly folder: string
  readonly rows: Float32Array
  readonly count: number
}

type DropReason = 'overflow' | 'time-limit' | 'worker' | 'closed'

export interface RunQueue {
  /** The scores of the rows, or the reason why there are none. Settles within the time limit. */
  add(run: QueuedRun): Promise<Float32Array | DropReason>
  /** Hands the oldest waiting run to the worker if that is free. */
  pump(): void
  depth(): number
  close(): void
}

/** Bound: `maxWaiting` runs. Overflow: the oldest gives way (newest wins). Owner: the inference host. */
export function createRunQueue(options: {
  readonly clock: Clock
  readonly maxWaiting: number
  readonly timeLimitMs: number
  readonly free: () => boolean
  readonly run: (run: QueuedRun) => Promise<Float32Array | undefined>
}): RunQueue {
  const waiting: Waiting[] = []

  function pump(): void {
    if (!options.free()) return
    const next = waiting.shift()
    if (next === undefined) return
    void options.run(next.run).then((scores) => next.settle(scores ?? 'worker'))
  }

  return {
    add(run) {
      const { promise, resolve } = Promise.withResolvers<Float32Array | DropReason>()
      const settle = (result: Float32Array | DropReason): void => {
        entry.timer.cancel()
        resolve(result)
      }
      const expire = (): void => {
        const at = waiting.indexOf(entry)
        if (at >= 0) waiting.splice(at, 1)
        settle('time-limit')
      }
      const entry: Waiting = { run, settle, timer: options.clock.setTimer(expire, options.timeLimitMs) }
      waiting.push(entry)
      if (waiting.length > options.maxWaiting) waiting.shift()?.settle('overflow')
      pump()
      return promise
    },
    pump,
    depth: () => waiting.length,
    close: () => waiting.splice(0).forEach((entry) => entry.settle('closed')),
  }
}

interface Waiting {
  readonly run: QueuedRun
  readonly timer: Timer
  settle(result: Float32Array | DropReason): void
}
