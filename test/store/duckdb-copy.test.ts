import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import { inspectCopy } from '../../cloud/store/duckdb/store-copy.ts'
import type { Store } from '../../cloud/store/store.ts'
import { until } from '../programs/until.ts'
import { mayMount, mountSmallDisk, type SmallDisk } from '../faults/small-disk.ts'
import { columnsOf } from './reading-columns.ts'
import { commitOf } from './store-contract.ts'

const rowsPerCommit = 2_000
const baseMs = Date.UTC(2026, 5, 15)
const always = { fromMs: 0, toMs: Date.UTC(2100, 0) }

describe('a copy of the DuckDB store', { timeout: 120_000 }, () => {
  let folder: string
  let store: Store
  const openAt = (...names: string[]) =>
    openDuckDbStore({
      file: join(folder, ...names),
      log: silentLog,
      clock: systemClock,
      checkpointThreshold: '1MB',
    })
  const copied = (): string => join(folder, 'copy', 'readings.duckdb')

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-store-'))
    await mkdir(join(folder, 'copy'))
    store = openAt('readings.duckdb')
    await store.open()
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })

  /** Commits one after the other until `stop`; gives through which commit all were acknowledged. */
  function endlessly() {
    let through = 0
    const stopping = new AbortController()
    const running = (async () => {
      for (; !stopping.signal.aborted; through += 1) await store.commit(numbered(through + 1))
    })()
    return {
      through: () => through,
      reach: (count: number) =>
        until(`commit ${String(count)}`, 60_000, () => Promise.resolve(through >= count ? true : undefined)),
      async stop() {
        stopping.abort()
        await running
      },
    }
  }

  async function expectWhole(copy: Store, atLeast: number): Promise<number> {
    const { cursors, latest } = await copy.open()
    const through = cursors[0]?.through ?? 0
    expect(through).toBeGreaterThanOrEqual(atLeast)
    const readings = await copy.readings({ series: 0, ...always, limit: 10_000_000 })
    expect(readings.length).toBe(through * rowsPerCommit)
    expect(readings.every(({ value }, place) => value === place)).toBe(true)
    expect(latest[0]?.value).toBe(readings.length - 1)
    return through
  }

  it('made under load holds every acknowledged commit once, its cursors agree, and commits go on meanwhile', async () => {
    const writer = endlessly()
    await writer.reach(50)
    const maintained = store.maintain(baseMs + 40 * rowsPerCommit * 60_000, [])
    for (const name of ['first', 'second', 'third']) {
      const before = writer.through()
      const file = join(folder, 'copy', `${name}.duckdb`)
      const said = await store.copyTo?.(file)
      const copy = openAt('copy', `${name}.duckdb`)
      const through = await expectWhole(copy, before)
      expect(said).toMatchObject({ batch: through, cursors: 1, readings: through * rowsPerCommit })
      // What the gateway sends again is recognised, and what comes next is taken.
      await copy.commit(numbered(through))
      await copy.commit(numbered(through + 1))
      const hours = await copy.maintain(baseMs, []).then(() => copy.hourly(always))
      expect(hours.get(0)?.count.reduce((sum, count) => sum + count, 0)).toBe((through + 1) * rowsPerCommit)
      await copy.close()
    }
    await maintained
    const before = writer.through()
    await writer.reach(before + 20)
    await writer.stop()
    await store.close()
    await expectWhole(store, before)
  })

  it('leaves the log free to be written into the file afterwards, and is as private as a key', async () => {
    await store.commit(numbered(1))
    await store.copyTo?.(copied())
    expect((await stat(copied())).mode & 0o777).toBe(0o600)
    for (let through = 2; through <= 60; through++) await store.commit(numbered(through))
    const logged = await stat(join(folder, 'readings.duckdb.wal')).then(
      ({ size }) => size,
      () => 0,
    )
    expect(logged).toBeLessThan(2 * 2 ** 20)
  })

  it('keeps the file locked against other programs', async () => {
    await store.commit(numbered(1))
    await store.copyTo?.(copied())
    const other = spawnSync(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), folder, '1'], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(other.stderr).toContain('data.locked')
  })

  it('is refused where its place is missing or taken, and the store goes on', async () => {
    await store.commit(numbered(1))
    await expect(store.copyTo?.(join(folder, 'nowhere', 'x.duckdb'))).rejects.toMatchObject({ code: 'backup.target' })
    await copyFile(join(import.meta.dirname, 'endless-writer.ts'), copied())
    await expect(store.copyTo?.(copied())).rejects.toMatchObject({ code: 'backup.target' })
    await store.commit(numbered(2))
  })

  it('is cut off when the store closes', async () => {
    for (let through = 1; through <= 20; through++) await store.commit(numbered(through))
    const copying = store.copyTo?.(copied()).catch((thrown: unknown) => thrown)
    await store.close()
    // It may have been done just before.
    expect(await copying).toSatisfy((outcome: object) => 'batch' in outcome || 'code' in outcome)
    store = openAt('readings.duckdb')
    await expectWhole(store, 20)
  })

  it('with a wrong byte in its header is not taken for a store', async () => {
    await store.commit(numbered(1))
    await store.copyTo?.(copied())
    const file = await open(copied(), 'r+')
    await file.write(Buffer.alloc(64, 7), 0, 64, 4096)
    await file.write(Buffer.alloc(64, 7), 0, 64, 8192)
    await file.close()
    await expect(inspectCopy(copied())).rejects.toMatchObject({ code: 'backup.damaged' })
  })

  it.skipIf(!mayMount())('tells that its disk is full, and commits go on', async () => {
    const disk: SmallDisk = mountSmallDisk(join(folder, 'small'), 1)
    try {
      for (let through = 1; through <= 60; through++) await store.commit(numbered(through))
      const copying = store.copyTo?.(join(folder, 'small', 'x.duckdb'))
      await expect(copying).rejects.toMatchObject({ code: 'backup.disk-full', retryable: true })
      await store.commit(numbered(61))
    } finally {
      disk.unmount()
    }
  })
})

function numbered(through: number) {
  const first = (through - 1) * rowsPerCommit
  const readings = Array.from({ length: rowsPerCommit }, (_, row) => ({
    series: 0,
    timeMs: baseMs + (first + row) * 60_000,
    value: first + row,
  }))
  return {
    ...commitOf([], { cursors: [{ gateway: 'kimitsu/paddy', epoch: 'e1', through }] }),
    series: [{ id: 0, key: 'kimitsu/paddy/probe:level', unit: 'm' }],
    readings: columnsOf(readings),
  }
}
