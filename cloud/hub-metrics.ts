// The metrics of what every hub does: ingest, changes of units and the live stream.
import { Counter, Registry } from 'prom-client'
import type { LiveStream } from './http/live-stream.ts'
import type { Ingest } from './ingest/ingest.ts'
import { registerIngestMetrics } from './ingest/ingest-counters.ts'
import { registerPlainCounters } from './ingest/plain-counters.ts'
import type { SeriesUnits } from './registry/series-units.ts'

export function hubMetrics(ingest: Ingest, stream: LiveStream, units: SeriesUnits): Registry {
  const registry = new Registry()
  registerIngestMetrics(registry, ingest.counters, () => ingest.pending)
  registerPlainCounters(registry, units.counters, [
    ['changes', 'musubi_series_unit_changes_total', 'Series that are measured in another unit from then on'],
  ])
  const slow = new Counter({
    name: 'musubi_stream_slow_clients_dropped_total',
    help: 'Readers of the live stream that were cut off because too much waited behind them',
    registers: [registry],
    collect() {
      slow.reset()
      slow.inc(stream.counters.slowClientsDropped)
    },
  })
  return registry
}
