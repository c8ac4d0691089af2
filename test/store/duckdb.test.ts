import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import type { Store } from '../../cloud/store/store.ts'
import { commitOf, describeStoreContract } from './store-contract.ts'

const openAt = (folder: string): Store =>
  openDuckDbStore({ file: join(folder, 'readings.duckdb'), log: silentLog, clock: systemClock })

describeStoreContract('DuckDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-store-'))
  return { store: () => openAt(folder), dispose: () => rm(folder, { recursive: true }) }
})

describe('the DuckDB store', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-store-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('loses no acknowledged commit and stores none twice when it is killed in the middle, again and again', async () => {
    const rowsPerCommit = 500
    let acknowledged = 0
    for (const commits of [3, 17, 40]) {
      const writer = spawn(process.execPath, [
        join(import.meta.dirname, 'endless-writer.ts'),
        folder,
        String(rowsPerCommit),
      ])
      const ended = once(writer, 'exit')
      let seen = 0
      for await (const line of createInterface(writer.stdout)) {
        acknowledged = Number(line)
        if (++seen === commits) writer.kill('SIGKILL')
      }
      await ended
      expect(seen).toBeGreaterThanOrEqual(commits)
    }
    const store = openAt(folder)
    const { cursors, latest } = await store.open()
    const through = cursors[0]?.through ?? 0
    expect(through).toBeGreaterThanOrEqual(acknowledged)
    const readings = await store.readings({ series: 0, fromMs: 0, toMs: Date.UTC(2100, 0), limit: 1_000_000 })
    expect(readings.map(({ value }) => value)).toEqual(
      Array.from({ length: through * rowsPerCommit }, (_, place) => place),
    )
    const hours = await store.hourly({ fromMs: 0, toMs: Date.UTC(2100, 0) })
    expect(hours.get(0)?.count.reduce((sum, count) => sum + count, 0)).toBe(readings.length)
    expect(latest[0]?.value).toBe(readings.length - 1)
    await store.close()
  })

  it('refuses a file that another program uses with data.locked', async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), folder, '1'])
    const ended = once(writer, 'exit')
    await once(writer.stdout, 'data')
    const store = openAt(folder)
    await expect(store.open()).rejects.toMatchObject({ code: 'data.locked', retryable: false })
    await store.close()
    writer.kill('SIGKILL')
    await ended
  })

  it('tells a commit to try again when another program has the file in between', async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'endless-writer.ts'), folder, '1'])
    const ended = once(writer, 'exit')
    await once(writer.stdout, 'data')
    const store = openAt(folder)
    await expect(store.open()).rejects.toMatchObject({ code: 'data.locked' })
    const commit = commitOf([])
    await expect(store.commit(commit)).rejects.toMatchObject({ code: 'store.unavailable', retryable: true })
    writer.kill('SIGKILL')
    await ended
    await store.commit(commit)
    await store.close()
  })

  it('answers with store.unavailable before it is open and after it is closed', async () => {
    const store = openAt(folder)
    await expect(store.commit(commitOf([]))).rejects.toMatchObject({ code: 'store.unavailable', retryable: true })
    await store.open()
    await store.close()
    await store.close()
    await expect(store.deadLetters({ limit: 1 })).rejects.toMatchObject({ code: 'store.unavailable' })
  })

  it('gives the cursors that moved last as the last, also after it was opened anew', async () => {
    const moves = ['e1', 'e2', 'e3', 'e1'].map((epoch, move) => ({
      gateway: 'kimitsu/paddy',
      epoch,
      through: move + 1,
    }))
    const store = openAt(folder)
    await store.open()
    for (const cursor of moves) await store.commit(commitOf([], { cursors: [cursor] }))
    await store.close()
    const again = openAt(folder)
    expect((await again.open()).cursors.map(({ epoch }) => epoch)).toEqual(['e2', 'e3', 'e1'])
    await again.close()
  })

  it('keeps commits and queries running beside maintenance', async () => {
    const store = openAt(folder)
    await store.open()
    const day = Date.UTC(2026, 5, 15)
    const rows = Array.from({ length: 20_000 }, (_, row) => ({
      series: row % 50,
      timeMs: day + row * 1000,
      value: row,
    }))
    for (let through = 1; through <= 5; through++) {
      const moved = rows.map((row) => ({ ...row, timeMs: row.timeMs + through }))
      await store.commit(commitOf(moved, { cursors: [{ gateway: 'a/b', epoch: 'e', through }] }))
    }
    const maintenance = store.maintain(day + 5 * 86_400_000, [])
    const others = Array.from({ length: 20 }, async (_, place) => {
      await store.commit(commitOf([{ series: 0, timeMs: day + 20_000_000 + place, value: place }]))
      const { count } = await store.buckets({ series: 0, fromMs: day, toMs: day + 864e5, buckets: 1 })
      expect(count[0]).toBeGreaterThanOrEqual(2000)
    })
    await Promise.all(others)
    expect(await maintenance).toMatchObject({ compactedDays: 1 })
    const all = await store.hourly({ fromMs: day, toMs: day + 864e5 })
    expect([...all.values()].flatMap(({ count }) => count).reduce((sum, count) => sum + count, 0)).toBe(100_020)
    await store.close()
  })
})

/** Mounts a small file system; undefined where that is not allowed (not root, or a container without the right). */
function mountSmallDisk(folder: string): (() => void) | undefined {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'musubi-test', folder])
  if (mounted.status !== 0) return undefined
  return () => void execFileSync('umount', ['--lazy', folder])
}

describe('the DuckDB store on a full disk', () => {
  it('refuses commits with store.unavailable and goes on by itself when there is room, nothing lost or twice', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'musubi-full-'))
    const unmount = mountSmallDisk(folder)
    if (unmount === undefined) {
      await rm(folder, { recursive: true })
      test.skip('mounting a tmpfs is not allowed here')
      return
    }
    const store = openAt(folder)
    try {
      await writeFile(join(folder, 'ballast'), new Uint8Array(12 * 1024 * 1024))
      await store.open()
      const commit = (through: number) => {
        const rows = Array.from({ length: 10_000 }, (_, row) => ({
          series: 0,
          timeMs: through * 10_000 + row,
          value: row,
        }))
        return commitOf(rows, { cursors: [{ gateway: 'a/b', epoch: 'e', through }] })
      }
      let through = 0
      const failed = await (async () => {
        for (;;) {
          try {
            await store.commit(commit(through + 1))
            through++
          } catch (error) {
            return error
          }
        }
      })()
      expect(failed).toMatchObject({ code: 'store.unavailable', retryable: true })
      expect(through).toBeGreaterThan(0)
      await expect(store.commit(commit(through + 1))).rejects.toMatchObject({ code: 'store.unavailable' })
      await rm(join(folder, 'ballast'))
      await store.commit(commit(through + 1))
      await store.commit(commit(through + 2))
      const readings = await store.readings({ series: 0, fromMs: 0, toMs: Date.UTC(2100, 0), limit: 10_000_000 })
      expect(readings.map(({ timeMs }) => timeMs)).toEqual(
        Array.from({ length: (through + 2) * 10_000 }, (_, place) => 10_000 + place),
      )
    } finally {
      await store.close()
      unmount()
      await rm(folder, { recursive: true })
    }
  })
})
