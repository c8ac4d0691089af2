// A program for crash tests: commits to the store in the folder given until it is killed, and prints each acknowledged cursor.
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import { columnsOf } from './reading-columns.ts'

const [folder = '', rows = '1'] = process.argv.slice(2)
const rowsPerCommit = Number(rows)
const baseMs = Date.UTC(2026, 5, 15)

const store = openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock })
const { cursors } = await store.open()
let maintenance: Promise<unknown> = Promise.resolve()
let maintaining = false

for (let through = (cursors[0]?.through ?? 0) + 1; ; through++) {
  const first = (through - 1) * rowsPerCommit
  const readings = Array.from({ length: rowsPerCommit }, (_, row) => ({
    series: 0,
    timeMs: baseMs + (first + row) * 60_000,
    value: first + row,
  }))
  await store.commit({
    series: [{ id: 0, key: 'kimitsu/paddy/probe:level', unit: 'm' }],
    readings: columnsOf(readings),
    cursors: [{ gateway: 'kimitsu/paddy', epoch: 'e1', through }],
    deadLetters: [],
    events: [],
  })
  writeSync(1, `${String(through)}\n`)
  if (!maintaining) {
    maintaining = true
    maintenance = store.maintain(baseMs + through * rowsPerCommit * 60_000, []).finally(() => (maintaining = false))
    maintenance.catch(() => process.exit(1))
  }
}
