// What became of the photos that citizens sent, for /metrics.
import { Counter, Histogram, Registry } from 'prom-client'
import type { PhotoDoubt } from '../../models/photo-privacy/photo-regions.ts'
import type { PrivateThing } from '../../models/photo-privacy/photo-candidates.ts'
import type { LaneFault } from './photo-lane.ts'

/** `unreadable`: no picture, or one that is not taken; `unavailable`: nothing can be covered now. */
export const leftOutReasons = [
  'unsure',
  'mostly-covered',
  'dark',
  'small',
  'unreadable',
  'unavailable',
] as const satisfies readonly (PhotoDoubt | 'unreadable' | 'unavailable')[]
export type LeftOutReason = (typeof leftOutReasons)[number]

export class PhotoCounts {
  readonly metrics = new Registry()
  readonly #photos = new Counter({
    name: 'musubi_photo_privacy_photos_total',
    help: 'Photos of citizens that were looked at: kept, covered where there was something, or left out by reason',
    labelNames: ['outcome'],
    registers: [this.metrics],
  })
  readonly #regions = new Counter({
    name: 'musubi_photo_privacy_regions_total',
    help: 'Regions of kept photos that were covered',
    labelNames: ['thing'],
    registers: [this.metrics],
  })
  readonly #faults = new Counter({
    name: 'musubi_photo_privacy_faults_total',
    help: 'Faults of the process that covers photos; each photo under way was left out',
    labelNames: ['fault'],
    registers: [this.metrics],
  })
  readonly #overloaded = new Counter({
    name: 'musubi_photo_privacy_overloaded_total',
    help: 'Photos that were not looked at because too many waited; the sender sends them again',
    registers: [this.metrics],
  })
  readonly #seconds = new Histogram({
    name: 'musubi_photo_privacy_seconds',
    help: 'From the turn of a photo to its outcome, the loading of the model included',
    buckets: [0.5, 1, 2, 5, 10, 20, 40],
    registers: [this.metrics],
  })

  covered(regions: Readonly<Record<PrivateThing, number>>): void {
    this.#photos.inc({ outcome: 'kept' })
    for (const [thing, count] of Object.entries(regions)) this.#regions.inc({ thing }, count)
  }

  leftOut(outcome: LeftOutReason): void {
    this.#photos.inc({ outcome })
  }

  fault(fault: LaneFault | 'memory'): void {
    this.#faults.inc({ fault })
  }

  overloaded(): void {
    this.#overloaded.inc()
  }

  observe(seconds: number): void {
    this.#seconds.observe(seconds)
  }
}
