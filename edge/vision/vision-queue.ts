// The queue before the vision process: of each camera only the newest image waits, parts on a line go first, each drop has a reason.
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import type { RunOutcome } from '../inference/runner-supervisor.ts'
import type { VisionRequest } from './messages.ts'
import type { Judged } from './vision-lane.ts'

interface VisionJob extends VisionRequest {
  /** Whose image it is; a newer one of the same source takes the place of one that waits. */
  readonly source: string
  /** A part waits for the verdict: before those that merely watch. */
  readonly urgent: boolean
}

/** `lost`: the process hung or ended under the image. */
type VisionDrop = 'superseded' | 'time-limit' | 'lost' | 'closed'

type VisionOutcome =
  | Extract<RunOutcome<Judged>, { kind: 'result' | 'failed' }>
  | { readonly kind: 'dropped'; readonly reason: VisionDrop }

export interface VisionQueue {
  /** Settles within the time limit; never rejects. */
  add(job: VisionJob): Promise<VisionOutcome>
  /** Hands the next image to the process if that is free. */
  pump(): void
  depth(): number
  close(): void
}

/** Bound: one waiting image a source. Overflow: the newer one wins, counted. Owner: the vision host. */
export function createVisionQueue(options: {
  readonly clock: Clock
  readonly timeLimitMs: number
  readonly free: () => boolean
  readonly run: (request: VisionRequest) => Promise<RunOutcome<Judged>>
}): VisionQueue {
  const { clock, timeLimitMs } = options
  const waiting = new Map<string, Waiting>()

  /** Oldest first, urgent ones before the others. */
  function next(): Waiting | undefined {
    const all = [...waiting.values()]
    return all.find(({ job }) => job.urgent) ?? all[0]
  }

  function pump(): void {
    if (!options.free()) return
    const chosen = next()
    if (chosen === undefined) return
    waiting.delete(chosen.job.source)
    const { folder, bytes, options: given } = chosen.job
    void options.run({ folder, bytes, options: given }).then((outcome) => {
      chosen.settle(outcome.kind === 'lost' ? { kind: 'dropped', reason: 'lost' } : outcome)
    })
  }

  return {
    add(job) {
      const { promise, resolve } = Promise.withResolvers<VisionOutcome>()
      const settle = (outcome: VisionOutcome): void => {
        entry.timer.cancel()
        resolve(outcome)
      }
      const expire = (): void => {
        if (waiting.get(job.source) === entry) waiting.delete(job.source)
        settle({ kind: 'dropped', reason: 'time-limit' })
      }
      const entry: Waiting = { job, settle, timer: clock.setTimer(expire, timeLimitMs) }
      waiting.get(job.source)?.settle({ kind: 'dropped', reason: 'superseded' })
      waiting.delete(job.source)
      waiting.set(job.source, entry)
      pump()
      return promise
    },
    pump,
    depth: () => waiting.size,
    close() {
      for (const entry of waiting.values()) entry.settle({ kind: 'dropped', reason: 'closed' })
      waiting.clear()
    },
  }
}

interface Waiting {
  readonly job: VisionJob
  readonly timer: Timer
  settle(outcome: VisionOutcome): void
}
