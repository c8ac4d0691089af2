import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, systemClock } from '../../../broker/contract/ports.ts'
import { describeStoreContract } from '../store-contract.ts'
import { openDuckDbStore } from './duckdb-store.ts'

describeStoreContract('DuckDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-store-'))
  return {
    store: () => openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock }),
    dispose: () => rm(folder, { recursive: true }),
  }
})
