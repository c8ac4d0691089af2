// Readings into a group: each finds its series, and what is doubtful about it is noted with it.
import type { Clock } from '../../broker/contract/ports.ts'
import type { Reading } from '../../broker/contract/senml.ts'
import type { CommitGroup } from './commit-group.ts'
import type { IngestCounters } from './ingest-counters.ts'
import { maxFutureMs } from './latest-values.ts'
import type { GatewayEntry, SeriesCatalogue } from './series-catalogue.ts'

/** Decides whether readings in another unit than their series has begin a new one: registry/series-units.ts. */
export interface UnitWatch {
  readonly hasRuns: boolean
  agreed(series: number, timeMs: number): void
  mismatched(series: number, unit: string, timeMs: number): boolean
}

interface IntakeDependencies {
  readonly catalogue: SeriesCatalogue
  readonly units: UnitWatch
  readonly counters: IngestCounters
  readonly clock: Clock
}

export class ReadingIntake {
  readonly #dependencies: IntakeDependencies

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies
  }

  /** The gateway's names were admitted by the catalogue before. */
  append(group: CommitGroup, gateway: GatewayEntry, readings: readonly Reading[]): void {
    const { catalogue, clock, counters } = this.#dependencies
    const bound = clock.now() + maxFutureMs
    group.arrived(gateway, gateway.heardAtMs)
    for (const reading of readings) {
      const id = catalogue.resolve(gateway, reading.name, reading.unit)
      if (reading.updateIntervalS !== undefined) catalogue.learnInterval(id, reading.updateIntervalS)
      const doubt = reading.quality === 'good' ? this.#doubt(id, reading, bound) : undefined
      const quality = doubt === undefined ? reading.quality : 'uncertain'
      group.append(id, reading.timeMs, reading.value ?? Number.NaN, quality, reading.text ?? doubt ?? null)
    }
    counters.readings += readings.length
  }

  /** Why a reading that calls itself good is stored as uncertain; its event time and value stay as sent. */
  #doubt(id: number, reading: Reading, bound: number): 'clock' | 'unit' | undefined {
    const { catalogue, units, counters } = this.#dependencies
    if (reading.timeMs > bound) {
      counters.clockAhead += 1
      return 'clock'
    }
    const unit = catalogue.unit(id)
    if (reading.unit === unit || reading.unit === undefined) {
      if (units.hasRuns && reading.unit !== undefined) units.agreed(id, reading.timeMs)
      return undefined
    }
    if (unit === undefined) {
      catalogue.learnUnit(id, reading.unit)
      return undefined
    }
    if (units.mismatched(id, reading.unit, reading.timeMs)) return undefined
    counters.unitMismatch += 1
    return 'unit'
  }
}
