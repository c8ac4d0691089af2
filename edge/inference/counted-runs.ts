// Runs through the queue of the inference host, with what became of them: scored, or dropped for a reason, and how long it took.
import type { Clock } from '../../broker/contract/ports.ts'
import type { Counters } from '../counters.ts'
import { createLatencyHistogram, type LatencySnapshot } from './latency-histogram.ts'
import type { QueuedRun, RunQueue } from './run-queue.ts'

export interface CountedRuns {
  /** The scores of the rows; undefined where there are none in time, counted as `inference_dropped`. Never rejects. */
  run(run: QueuedRun): Promise<Float32Array | undefined>
  /** Rows that were scored. */
  scored(): number
  /** From the request of a run to its scores, waiting included. */
  latency(): LatencySnapshot
}

export function createCountedRuns(parts: {
  readonly queue: Pick<RunQueue, 'add'>
  readonly clock: Clock
  readonly counters: Counters
}): CountedRuns {
  const { queue, clock, counters } = parts
  const latency = createLatencyHistogram()
  let scored = 0
  return {
    async run(run) {
      const began = clock.monotonic()
      const result = await queue.add(run)
      if (typeof result === 'string') {
        counters.add('inference_dropped', result, run.count)
        return undefined
      }
      latency.observe(clock.monotonic() - began)
      scored += run.count
      return result
    },
    scored: () => scored,
    latency: () => latency.snapshot(),
  }
}
