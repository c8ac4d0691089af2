// The newest reading of every channel of this gateway, for people who stand beside it.
import type { Quality, QualityReason, Sample, SampleValue } from '../../broker/contract/sample.ts'
import type { Counters } from '../counters.ts'

export interface LiveReading {
  readonly name: string
  readonly value: SampleValue
  readonly unit: string | undefined
  readonly quality: Quality
  readonly reason: QualityReason | undefined
  /** Unix ms of the event, by the gateway's clock. */
  readonly timeMs: number
}

/** Bound: channels. Overflow: a further channel is not shown, counted. Owner: these readings. */
const mostChannels = 4000
const mostTextLength = 64

export class LiveReadings {
  readonly #counters: Counters
  readonly #newest = new Map<string, { readonly reading: LiveReading; readonly turn: number }>()
  #turn = 0

  constructor(counters: Counters) {
    this.#counters = counters
  }

  take(samples: readonly Sample[]): void {
    this.#turn += 1
    for (const { name, value, unit, quality, reason, timeMs } of samples) {
      const known = this.#newest.get(name)
      if (known !== undefined && known.reading.timeMs > timeMs) continue
      if (known === undefined && this.#newest.size >= mostChannels) {
        this.#counters.add('local_page_readings_dropped', 'channels')
        continue
      }
      const shown = typeof value === 'string' ? value.slice(0, mostTextLength) : value
      const reading = { name, value: shown, unit: unit ?? known?.reading.unit, quality, reason, timeMs }
      this.#newest.set(name, { reading, turn: this.#turn })
    }
  }

  get turn(): number {
    return this.#turn
  }

  newest(name: string): LiveReading | undefined {
    return this.#newest.get(name)?.reading
  }

  /** What came after this turn, one reading a channel. */
  since(turn: number): readonly LiveReading[] {
    return [...this.#newest.values()].filter((entry) => entry.turn > turn).map(({ reading }) => reading)
  }
}
