// Every reading that the gateways of bench/reconnects.ts sent, looked for in the store of the hub that has ended.
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { seriesOfSlot, timeOfSlot } from '../../cloud/store/duckdb/schema.ts'
import { stormTenant } from './many-certificates.ts'
import { readingTimeMs, readingValue, seriesNames } from './storm-telemetry.ts'

export interface StoredStorm {
  readonly sent: number
  readonly lost: number
  /** Rows beyond the first of a series and a time. */
  readonly doubled: number
  /** Rows that nobody sent, or with another value. */
  readonly foreign: number
}

/** `through`: by gateway, the newest message that it sent, all of them acknowledged. */
export async function compareStored(
  data: string,
  sent: { readonly gateways: readonly string[]; readonly through: readonly number[]; readonly startMs: number },
): Promise<StoredStorm> {
  const due = readingsSent(sent)
  const seen = new Set<string>()
  let [doubled, foreign] = [0, 0]
  for (const { place, value } of await storedReadings(data)) {
    if (seen.has(place)) doubled += 1
    else if (due.get(place) !== value) foreign += 1
    else seen.add(place)
  }
  return { sent: due.size, lost: due.size - seen.size, doubled, foreign }
}

/** By series and time, the value. */
function readingsSent({
  gateways,
  through,
  startMs,
}: Parameters<typeof compareStored>[1]): ReadonlyMap<string, number> {
  const due = new Map<string, number>()
  for (const [index, gateway] of gateways.entries()) {
    for (let seq = 1; seq <= through[index]!; seq += 1) {
      for (const [channel, name] of seriesNames.entries()) {
        const place = placeOf(`${stormTenant}/${gateway}/${name}`, readingTimeMs(startMs, seq))
        due.set(place, readingValue(index, seq, channel))
      }
    }
  }
  return due
}

function placeOf(series: string, timeMs: number): string {
  return `${series} ${timeMs}`
}

async function storedReadings(data: string): Promise<readonly { readonly place: string; readonly value: number }[]> {
  const instance = await DuckDBInstance.create(join(data, 'hub', 'readings.duckdb'))
  try {
    const connection = await instance.connect()
    const result = await connection.runAndReadAll(
      `SELECT key, time_ms::DOUBLE, value FROM (
         SELECT series AS id, time_ms, value FROM hot UNION ALL
         SELECT ${seriesOfSlot} AS id, ${timeOfSlot} AS time_ms, value FROM closed_days)
       JOIN series USING (id) WHERE starts_with(key, '${stormTenant}/')`,
    )
    return result.getRows().map(([key, timeMs, value]) => ({
      place: placeOf(String(key), Number(timeMs)),
      value: Number(value),
    }))
  } finally {
    instance.closeSync()
  }
}
