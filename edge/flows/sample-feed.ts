// The way of samples to the flows: bounded, the newest wins, and nothing waits for a flow.
import type { Sample } from '../../broker/contract/sample.ts'
import type { Counters } from '../counters.ts'
import { flowDevice } from './flows-config.ts'
import { matchesGlob } from './glob.ts'
import type { FlowSample } from './messages.ts'

/** Bound of the samples that wait. Overflow: the oldest give way, counted as `flow_samples_dropped`. Owner: this feed. */
const maxWaiting = 2000
/** One batch is under way at a time, so this and maxWaiting bound what a flow that does not read costs. */
const maxBatch = 200

export interface SampleFeed {
  /** Takes what flows want of these samples. Never throws and never waits. */
  take(samples: readonly Sample[]): void
  /** Globs over series names. */
  want(patterns: readonly string[]): void
  /** The process has read the batch before. */
  taken(): void
  /** A new process reads from here on; what waited was of the one before it. */
  begin(): void
  /** Nobody reads. */
  end(): void
}

export function createSampleFeed(options: {
  readonly send: (samples: readonly FlowSample[]) => void
  readonly counters: Counters
}): SampleFeed {
  const { send, counters } = options
  let patterns: readonly string[] = []
  let waiting: FlowSample[] = []
  let isReading = false
  let isUnderWay = false

  function drop(reason: 'overflow' | 'not-running', amount: number): void {
    if (amount > 0) counters.add('flow_samples_dropped', reason, amount)
  }

  function pump(): void {
    if (!isReading || isUnderWay || waiting.length === 0) return
    isUnderWay = true
    const batch = waiting.splice(0, maxBatch)
    counters.add('flow_samples', 'given', batch.length)
    send(batch)
  }

  const wanted = ({ name }: Sample): boolean =>
    patterns.some((pattern) => matchesGlob(pattern, name)) && !name.startsWith(`${flowDevice}:`)

  return {
    take(samples) {
      if (patterns.length === 0) return
      const own = samples.filter(wanted).map(flowSample)
      if (!isReading) return drop('not-running', own.length)
      waiting.push(...own)
      drop('overflow', waiting.splice(0, Math.max(0, waiting.length - maxWaiting)).length)
      pump()
    },
    want(globs) {
      patterns = globs
    },
    taken() {
      isUnderWay = false
      pump()
    },
    begin() {
      isReading = true
      isUnderWay = false
    },
    end() {
      isReading = false
      drop('not-running', waiting.length)
      waiting = []
    },
  }
}

function flowSample({ name, timeMs, value, unit, quality, reason }: Sample): FlowSample {
  return { name, timeMs, value, unit, quality, reason }
}
