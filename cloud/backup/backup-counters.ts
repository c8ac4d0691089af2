// What back-ups count, as /metrics shows it.
import { Counter, Gauge, Registry } from 'prom-client'
import type { BackupManifest } from './backup-manifest.ts'

export class BackupCounters {
  readonly registry = new Registry()
  readonly #made = new Counter({
    name: 'musubi_backups_total',
    help: 'Back-ups that were made',
    registers: [this.registry],
  })
  readonly #failed = new Counter({
    name: 'musubi_backups_failed_total',
    help: 'Back-ups that failed, by the code of the fault',
    labelNames: ['code'],
    registers: [this.registry],
  })
  readonly #lastMade = new Gauge({
    name: 'musubi_backup_last_success_timestamp_seconds',
    help: 'When the newest back-up was begun; 0: there is none',
    registers: [this.registry],
  })
  readonly #duration = new Gauge({
    name: 'musubi_backup_duration_seconds',
    help: 'How long the newest back-up took',
    registers: [this.registry],
  })
  readonly #bytes = new Gauge({
    name: 'musubi_backup_bytes',
    help: 'Bytes of the newest back-up, with what it shares with the one before',
    registers: [this.registry],
  })

  readonly #notRemoved = new Gauge({
    name: 'musubi_backups_not_removed',
    help: 'Old back-ups, and remains of those that were cut off, that could not be removed',
    registers: [this.registry],
  })

  made(manifest: BackupManifest): void {
    this.#made.inc()
    this.found(manifest)
  }

  /** One that an earlier run of the hub has made. */
  found({ startedMs, finishedMs, list }: BackupManifest): void {
    this.#lastMade.set(startedMs / 1000)
    this.#duration.set((finishedMs - startedMs) / 1000)
    this.#bytes.set(list.bytes)
  }

  /** When it was last tried. */
  notRemoved(count: number): void {
    this.#notRemoved.set(count)
  }

  failed(code: string): void {
    this.#failed.inc({ code })
  }
}
