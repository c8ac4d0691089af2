// Scores series with the detectors that need no runtime, and keeps what they learnt over a restart.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NewEvent } from '../../broker/contract/event-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { Sample } from '../../broker/contract/sample.ts'
import type { SeriesDetectorManifest } from '../../models/manifest-detector.ts'
import type { Counters } from '../counters.ts'
import { createDetectorSeries, type AlarmChange, type DetectorSeries } from './detector-series.ts'

/** How often what was learnt is written, besides at the end: an hour more or less of a habit of weeks is nothing, a flash card wears. */
const saveEveryMs = 3_600_000
/** A larger file is not read: 2000 series have 9 MB. */
const maxStateBytes = 32 * 1024 * 1024

export interface DetectorHostOptions {
  /** At most one binding has the same place; the place numbers the file of what it learnt. */
  readonly detectors: readonly { readonly place: number; readonly manifest: SeriesDetectorManifest }[]
  /** Made when absent. `{id}-{place}.state` is written there, beside it first. */
  readonly stateFolder: string
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly emitEvent?: ((event: NewEvent) => void) | undefined
}

export interface DetectorHost {
  /** Scores of the samples, by the detector of the binding at `place`. */
  score(place: number, samples: readonly Sample[]): readonly Sample[]
  /** Writes what was learnt. */
  close(): Promise<void>
}

interface Running {
  readonly series: DetectorSeries
  readonly file: string
}

export async function createDetectorHost(options: DetectorHostOptions): Promise<DetectorHost> {
  const { clock, log, counters, stateFolder } = options
  const running = new Map<number, Running>()
  let timer: Timer | undefined
  let saving = Promise.resolve()

  for (const { place, manifest } of options.detectors) {
    const series = createDetectorSeries(manifest, (change) =>
      options.emitEvent?.(eventOf(manifest, change, clock.now())),
    )
    const file = join(stateFolder, `${manifest.id}-${place}.state`)
    await restore(series, file)
    running.set(place, { series, file })
  }

  async function restore(series: DetectorSeries, file: string): Promise<void> {
    const bytes = await readFile(file).catch(() => undefined)
    if (bytes === undefined) return
    if (bytes.length <= maxStateBytes && series.restore(bytes)) return
    counters.add('inference_state', 'unreadable')
    log.warn({ file }, 'what a model had learnt of its series cannot be read, or is of another version: it begins anew')
  }

  async function saveAll(): Promise<void> {
    for (const { series, file } of running.values()) {
      try {
        await mkdir(stateFolder, { recursive: true })
        await writeFile(`${file}.new`, series.encode())
        await rename(`${file}.new`, file)
      } catch (error) {
        counters.add('inference_state', 'unwritten')
        log.warn({ err: error, file }, 'what a model learnt of its series could not be written')
      }
    }
  }

  /** One save at a time. */
  function save(): Promise<void> {
    saving = saving.then(saveAll)
    return saving
  }

  function schedule(): void {
    timer = clock.setTimer(() => {
      schedule()
      void save()
    }, saveEveryMs)
  }

  if (running.size > 0) schedule()
  return {
    score: (place, samples) =>
      running.get(place)?.series.score(samples, (reason) => counters.add('inference_skipped', reason)) ?? [],
    async close() {
      timer?.cancel()
      await save()
    },
  }
}

function eventOf(
  { id, version }: SeriesDetectorManifest,
  { series, timeMs, state, score }: AlarmChange,
  nowMs: number,
): NewEvent {
  const latencyMs = Math.max(0, nowMs - timeMs)
  return { kind: 'anomaly', source: series, timeMs, model: { id, version }, state, score, class: null, latencyMs }
}
