// Loads the history of one series and lets it grow with the live readings while its chart is on the screen.
import { signal, type ReadonlySignal } from '@preact/signals'
import type { BucketedReadings } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import type { LivePoint } from './columns.ts'

export interface Span {
  readonly lengthMs: number
  readonly buckets: number
}

export interface History {
  readonly buckets: BucketedReadings
  readonly live: readonly LivePoint[]
  readonly fromMs: number
  readonly toMs: number
  readonly spanMs: number
}

export interface Readings {
  readonly history: ReadonlySignal<History | 'failed' | undefined>
  retry(): void
  close(): void
}

/** Bound: one live point per reading since the last load; loading again empties it. */
const mostLive = 5000

/** Loads at once and again after a bucket's length (at least 30 s); live readings of the series join as they come. */
export function followReadings(city: City, series: string, span: Span): Readings {
  const history = signal<History | 'failed' | undefined>(undefined)
  const spanMs = span.lengthMs / span.buckets
  let closed = false
  let loading = false

  async function load(): Promise<void> {
    if (loading) return
    loading = true
    const toMs = Date.now()
    const fromMs = toMs - span.lengthMs
    const buckets = await city.api.buckets({ series, fromMs, toMs, buckets: span.buckets }).catch(() => undefined)
    loading = false
    if (closed) return
    if (buckets !== undefined) history.value = { buckets, live: livePoints(buckets), fromMs, toMs, spanMs }
    else history.value ??= 'failed'
  }

  /** Readings that came after the answer was made stay. */
  function livePoints(buckets: BucketedReadings): readonly LivePoint[] {
    const shown = history.peek()
    if (shown === undefined || shown === 'failed') return []
    const through = buckets.time.at(-1) ?? -Infinity
    return shown.live.filter(({ timeMs }) => timeMs > through)
  }

  const stopFollowing = city.latest.subscribe((latest) => {
    const item = latest.get(series)
    const shown = history.peek()
    if (item === undefined || item.value === null || item.time === null || shown === undefined || shown === 'failed')
      return
    if (item.quality === 'bad' || item.time <= (shown.live.at(-1)?.timeMs ?? -Infinity)) return
    const toMs = Math.max(shown.toMs, item.time)
    const live = [...shown.live, { timeMs: item.time, value: item.value }].slice(-mostLive)
    history.value = { ...shown, live, toMs, fromMs: toMs - span.lengthMs }
  })
  const timer = setInterval(() => void load(), Math.max(30_000, spanMs))
  void load()
  return {
    history,
    retry() {
      history.value = undefined
      void load()
    },
    close() {
      closed = true
      clearInterval(timer)
      stopFollowing()
    },
  }
}
