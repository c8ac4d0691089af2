// Samples of one access point's traffic for tests: a rate each five minutes from a Monday on.
import type { Sample } from '../../broker/contract/sample.ts'

const stepMs = 300_000
const startMs = Date.UTC(2026, 0, 5)

export function rate(step: number, value: number, changes: Partial<Sample> = {}): Sample {
  const timeMs = startMs + step * stepMs
  return { name: 'ap-1:rx-rate', timeMs, value, unit: 'B/s', quality: 'good', reason: undefined, ...changes }
}
