// What ingest counts, as plain numbers on the hot path and as Prometheus metrics when they are asked for.
import { Counter, Gauge, type Registry } from 'prom-client'
import { type PlainCounter, registerPlainCounters } from './plain-counters.ts'

/** Every message ends in exactly one of the first six counts. */
export interface IngestCounters {
  accepted: number
  duplicates: number
  gaps: number
  documents: number
  ignored: number
  poison: Map<string, number>
  readings: number
  events: number
  clockAhead: number
  unitMismatch: number
  rewinds: number
  acks: number
  commits: number
  commitRetries: number
  rollbacks: number
  overloaded: number
  observerFailures: number
}

export function newIngestCounters(): IngestCounters {
  return {
    accepted: 0,
    duplicates: 0,
    gaps: 0,
    documents: 0,
    ignored: 0,
    poison: new Map(),
    readings: 0,
    events: 0,
    clockAhead: 0,
    unitMismatch: 0,
    rewinds: 0,
    acks: 0,
    commits: 0,
    commitRetries: 0,
    rollbacks: 0,
    overloaded: 0,
    observerFailures: 0,
  }
}

const plain: readonly PlainCounter<keyof Omit<IngestCounters, 'poison'>>[] = [
  ['readings', 'musubi_ingest_readings_total', 'Readings accepted into a group'],
  ['events', 'musubi_ingest_events_total', 'Events accepted into a group'],
  ['clockAhead', 'musubi_ingest_readings_clock_ahead_total', 'Readings flagged because their time lies in the future'],
  ['unitMismatch', 'musubi_ingest_readings_unit_mismatch_total', 'Readings flagged because their unit changed'],
  ['rewinds', 'musubi_ingest_rewinds_total', 'Rewinds asked of gateways after a gap'],
  ['acks', 'musubi_ingest_acks_total', 'Acknowledgements sent'],
  ['commits', 'musubi_ingest_commits_total', 'Groups committed'],
  ['commitRetries', 'musubi_ingest_commit_retries_total', 'Commits tried again because the store was unavailable'],
  ['rollbacks', 'musubi_ingest_rollbacks_total', 'Groups rolled back because the store refused them'],
  ['overloaded', 'musubi_ingest_overloaded_total', 'Messages refused because ingest stayed at its bound'],
  ['observerFailures', 'musubi_ingest_observer_failures_total', 'Faults in latest values, alarms or the live stream'],
]

/** Publishes the counters and the number of readings that wait. */
export function registerIngestMetrics(registry: Registry, counters: IngestCounters, pending: () => number): void {
  const messages = new Counter({
    name: 'musubi_ingest_messages_total',
    help: 'Messages by what became of them',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      messages.reset()
      messages.inc({ result: 'accepted' }, counters.accepted)
      messages.inc({ result: 'duplicate' }, counters.duplicates)
      messages.inc({ result: 'gap' }, counters.gaps)
      messages.inc({ result: 'document' }, counters.documents)
      messages.inc({ result: 'ignored' }, counters.ignored)
    },
  })
  const poison = new Counter({
    name: 'musubi_ingest_dead_letters_total',
    help: 'Messages that could not be understood, by error code',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      poison.reset()
      for (const [code, count] of counters.poison) poison.inc({ code }, count)
    },
  })
  registerPlainCounters(registry, counters, plain)
  const gauge = new Gauge({
    name: 'musubi_ingest_pending_readings',
    help: 'Readings accepted and not yet stored',
    registers: [registry],
    collect() {
      gauge.set(pending())
    },
  })
}
