// Counts that the hot path keeps as plain numbers, shown as Prometheus counters only when somebody asks.
import { Counter, type Registry } from 'prom-client'

/** One line per count: its field, its name on `/metrics`, and what it says. */
export type PlainCounter<Field extends string> = readonly [field: Field, name: string, help: string]

export function registerPlainCounters<Field extends string>(
  registry: Registry,
  counts: Readonly<Record<Field, number>>,
  counters: readonly PlainCounter<Field>[],
): void {
  for (const [field, name, help] of counters) {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        counter.reset()
        counter.inc(counts[field])
      },
    })
  }
}
