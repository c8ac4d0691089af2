// What the intake of bulletins counts, as /metrics shows it.
import { Counter, Gauge, Registry } from 'prom-client'
import type { IntakeOutcome } from './bulletin-book.ts'

export class BulletinCounters {
  readonly registry = new Registry()
  readonly #taken = new Counter({
    name: 'musubi_bulletins_total',
    help: 'Messages of the disaster broadcast by their source and what became of them',
    labelNames: ['source', 'outcome'],
    registers: [this.registry],
  })
  readonly #refused = new Counter({
    name: 'musubi_bulletins_refused_total',
    help: 'Messages of the disaster broadcast that could not be used, by their source and the fault',
    labelNames: ['source', 'code'],
    registers: [this.registry],
  })
  readonly #polls = new Counter({
    name: 'musubi_bulletin_polls_total',
    help: 'How often a source was asked: read, unchanged or failed',
    labelNames: ['source', 'outcome'],
    registers: [this.registry],
  })
  readonly #age = new Gauge({
    name: 'musubi_bulletin_source_read_timestamp_seconds',
    help: 'When a source was read last, unchanged counts too',
    labelNames: ['source'],
    registers: [this.registry],
  })

  taken(source: string, outcome: IntakeOutcome): void {
    this.#taken.inc({ source, outcome })
  }

  refused(source: string, code: string, count = 1): void {
    if (count > 0) this.#refused.inc({ source, code }, count)
  }

  polled(source: string, outcome: 'read' | 'unchanged' | 'failed', nowMs: number): void {
    this.#polls.inc({ source, outcome })
    if (outcome !== 'failed') this.#age.set({ source }, nowMs / 1000)
  }
}
