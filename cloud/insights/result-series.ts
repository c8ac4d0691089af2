// Results as series: their names, which no gateway can send, and how a later result takes the place of an earlier one.
import type { Reading } from '../../broker/contract/senml.ts'
import type { Store } from '../store/store.ts'
import { hourMs } from './insight.ts'

/** `~{site}.{insight}:{output}`: RFC 8428 §4.5.1 lets no name of a gateway begin with "~". */
export function seriesNameOf(site: string, insight: string, output: string): string {
  return `~${site.slice(site.lastIndexOf('/') + 1)}.${insight}:${output}`
}

const mostRevisions = 1_000
const mostReadings = 100_000

/**
 * Of results that may have been stored before, those that say something else, each one ms after the one that it replaces: of
 * the readings of an hour the last one holds. A store keeps every reading, so that what was known when stays to be seen.
 */
export async function withRevisions(
  fresh: readonly Reading[],
  {
    store,
    sources,
  }: {
    readonly store: Pick<Store, 'readings'>
    readonly sources: { readonly catalogue: { id(key: string): number | undefined } }
  },
  gateway: string,
): Promise<readonly Reading[]> {
  const byName = Map.groupBy(fresh, ({ name }) => name)
  const changed: Reading[] = []
  for (const [name, readings] of byName) {
    const id = sources.catalogue.id(`${gateway}/${name}`)
    const stored = id === undefined ? new Map<number, Stored>() : await newestOf(store, id, readings)
    for (const reading of readings) {
      const before = stored.get(Math.floor(reading.timeMs / hourMs))
      if (before === undefined) changed.push(reading)
      else if (before.value !== reading.value) changed.push({ ...reading, timeMs: before.timeMs + 1 })
    }
  }
  return changed
}

interface Stored {
  readonly timeMs: number
  readonly value: number | null
}

async function newestOf(
  store: Pick<Store, 'readings'>,
  series: number,
  readings: readonly Reading[],
): Promise<Map<number, Stored>> {
  const fromMs = readings.reduce((least, { timeMs }) => Math.min(least, timeMs), Number.POSITIVE_INFINITY)
  const toMs = readings.reduce((most, { timeMs }) => Math.max(most, timeMs), 0) + mostRevisions
  const found = new Map<number, Stored>()
  for (const { timeMs, value } of await store.readings({ series, fromMs, toMs, limit: mostReadings })) {
    found.set(Math.floor(timeMs / hourMs), { timeMs, value })
  }
  return found
}
