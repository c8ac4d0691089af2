// The back-ups of a hub that runs: when they are made, which are kept, and what is left of one that did not come to its end.
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { makeBackup } from '../../cloud/backup/backup-run.ts'
import { backupIdAt, wholeBackups } from '../../cloud/backup/backup-shelf.ts'
import { backupState } from '../../cloud/backup/backup-views.ts'
import type { Backups } from '../../cloud/backup/backups.ts'
import { verifyBackup } from '../../cloud/backup/restore.ts'
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts'
import { until } from '../programs/until.ts'
import { type BackupField, ended, gate, metricOf, openBackupField, startMs, toldOf } from './running-backups.ts'

const dayMs = 24 * 3_600_000
const yearMs = 365 * dayMs
const nothing = () => undefined

describe('the back-ups of a hub that runs', { timeout: 120_000 }, () => {
  let field: BackupField
  beforeEach(async () => {
    field = await openBackupField()
  })
  afterEach(() => field.close())

  it('keep the newest so many: while one is made and after one has failed no good one goes', async () => {
    const backups = field.backups({ keep: 2 })
    const [first, second] = [await field.make(backups), await field.make(backups)]
    field.fails()
    const failed = await field.make(backups)
    expect(await field.names()).toEqual([first, second])
    const { reached, pass, release } = gate()
    field.atReadings = pass
    const { id: third } = await backups.begin('person', '佐藤')
    await reached
    expect(await field.names()).toEqual([`.${third}.part`, first, second])
    release()
    await ended(backups)
    expect(await field.names()).toEqual([second, third])
    expect(await toldOf(backups)).toEqual([
      [third, 'whole', null],
      [failed, 'failed', 'store.unavailable'],
      [second, 'whole', null],
    ])
    for (const id of [second, third]) await verifyBackup(join(field.shelf, id), nothing)
  })

  it('keep the one just made also after the clock was put back', async () => {
    const backups = field.backups({ keep: 1 })
    const future = await field.make(backups)
    field.clock.jump(-yearMs)
    const past = await field.make(backups)
    expect(await field.names()).toEqual([past, future])
    field.clock.jump(yearMs)
    const now = await field.make(backups)
    expect(await field.names()).toEqual([now])
  })

  it('are made one at a time, and one in a second', async () => {
    const backups = field.backups()
    const { reached, pass, release } = gate()
    field.atReadings = pass
    const { id } = await backups.begin('person', '佐藤')
    await reached
    expect((await backupState(backups)).running).toMatchObject({ id, phase: 'readings' })
    await expect(backups.begin('command', '鈴木')).rejects.toMatchObject({ code: 'backup.busy' })
    release()
    await ended(backups)
    await expect(backups.begin('command', '鈴木')).rejects.toMatchObject({ code: 'backup.busy' })
    expect(backups.running).toBeUndefined()
    expect(await toldOf(backups)).toEqual([[id, 'whole', null]])
  })

  it('leave a folder alone that another program is writing in the same second', async () => {
    const backups = field.backups()
    const other = join(field.shelf, `.${backupIdAt(startMs)}.part`)
    await mkdir(join(other, 'files'), { recursive: true })
    const request = { cause: 'person', by: '佐藤', id: backupIdAt(startMs) } as const
    const { sources } = backups
    const { signal } = new AbortController()
    const given = { shelf: field.shelf, clock: field.clock, signal, onProgress: nothing }
    await expect(makeBackup({ sources, request, ...given })).rejects.toMatchObject({ code: 'backup.busy' })
    expect(await readdir(other)).toEqual(['files'])
  })

  it('fail by the name of what is wrong with their folder, and work once it is there', async () => {
    await expect(field.backups({ shelf: undefined }).begin('person', '佐藤')).rejects.toMatchObject({
      code: 'backup.target',
    })
    const backups = field.backups()
    await rename(field.shelf, `${field.shelf}.away`)
    backups.start()
    const missing = await field.make(backups)
    await expect(backups.place()).rejects.toMatchObject({ code: 'backup.target' })
    await writeFile(field.shelf, 'no folder')
    const file = await field.make(backups)
    const { items, place } = await backupState(backups)
    expect(place).toMatchObject({ sameDisk: true })
    expect(items).toMatchObject([
      { id: file, state: 'failed', code: 'backup.target' },
      { id: missing, state: 'failed', code: 'backup.target', reason: expect.stringContaining('is its disk mounted?') },
    ])
    await rename(field.shelf, `${field.shelf}.file`)
    await rename(`${field.shelf}.away`, field.shelf)
    const id = await field.make(backups)
    expect(await field.names()).toEqual([id])
  })

  it('do not copy themselves where their folder lies in the data folder by another name', async () => {
    const inside = join(field.data, 'kept')
    await rename(field.shelf, inside)
    await symlink(inside, field.shelf)
    const backups = field.backups()
    const ids = [await field.make(backups), await field.make(backups)]
    expect(await field.names()).toEqual(ids)
    const { files } = await verifyBackup(join(field.shelf, ids[1] ?? ''), nothing)
    expect(files.map(({ path }) => path)).toEqual(['ca.key.pem', 'hub/hub.sqlite', 'hub/readings.duckdb'])
  })

  it('are counted and on record, the good and the failed, and a later run of the hub knows the newest', async () => {
    const backups = field.backups()
    const { id } = await backups.begin('person', '佐藤')
    await ended(backups)
    const [manifest] = await wholeBackups(field.shelf)
    const seen = async (one: Backups) => [
      await metricOf(one, 'musubi_backups_total'),
      await metricOf(one, 'musubi_backup_last_success_timestamp_seconds'),
      await metricOf(one, 'musubi_backup_bytes'),
      await metricOf(one, 'musubi_backups_failed_total{code="store.unavailable"}'),
    ]
    expect(await seen(backups)).toEqual([1, startMs / 1000, manifest?.list.bytes, undefined])
    await field.clock.advance(60_000)
    field.fails()
    const failed = await field.make(backups)
    expect(await seen(backups)).toEqual([1, startMs / 1000, manifest?.list.bytes, 1])
    const { runs } = await backups.list()
    expect(runs).toMatchObject([
      { id: failed, cause: 'person', by: '佐藤', code: 'store.unavailable', reason: 'the store was opened anew' },
      { id, cause: 'person', by: '佐藤', startedMs: startMs, code: undefined, reason: undefined },
    ])
    expect(runs.every(({ finishedMs }) => finishedMs !== undefined)).toBe(true)
    const later = field.backups()
    later.start()
    await until('the newest', 30_000, async () => ((await seen(later))[1] === startMs / 1000 ? true : undefined))
    expect(await seen(later)).toEqual([0, startMs / 1000, manifest?.list.bytes, undefined])
  })

  it('that are cut off by the end of the hub leave nothing half', async () => {
    const backups = field.backups()
    const good = await field.make(backups)
    const { reached, pass, fail } = gate()
    field.atReadings = pass
    const { id } = await backups.begin('person', '佐藤')
    await reached
    await backups.stop()
    fail(new AppError('store.unavailable', 'the store was closed'))
    expect(await field.names()).toEqual([good])
    expect(await toldOf(backups)).toEqual([
      [id, 'failed', 'backup.unfinished'],
      [good, 'whole', null],
    ])
  })

  it('that are begun in the moment in which the hub ends leave nothing half, and end at once', async () => {
    const backups = field.backups()
    field.atReadings = () => gate().pass()
    const begun = backups.begin('person', '佐藤')
    await backups.stop()
    await begun
    expect(await field.names()).toEqual([])
    expect(backups.running).toBeUndefined()
  })

  it('begin by taking away what a killed hub has left, and the list says that it was cut off', async () => {
    const left = backupIdAt(startMs - dayMs)
    await mkdir(join(field.shelf, `.${left}.part/files`), { recursive: true })
    await mkdir(join(field.shelf, '.20300101T000000Z.gone/files'), { recursive: true })
    await mkdir(join(field.shelf, 'lost+found'))
    const row = { id: left, started_ms: startMs - dayMs, cause: 'schedule', by_name: 'hub' }
    await field.database.insertInto('backup_runs').values(row).execute()
    const backups = field.backups()
    expect(await toldOf(backups)).toEqual([[left, 'cut-off', null]])
    backups.start()
    await until('a clean shelf', 30_000, async () => ((await field.names()).length === 1 ? true : undefined))
    const id = await field.make(backups)
    expect(await field.names()).toEqual([id, 'lost+found'])
    expect(await toldOf(backups)).toEqual([
      [id, 'whole', null],
      [left, 'cut-off', null],
    ])
  })

  describe.skipIf(!mayMount())('on a disk of their own (needs the right to mount a tmpfs)', () => {
    it('fail before anything is copied where there is no room, and while it is copied, without harm to a good one', async () => {
      const disk = mountSmallDisk(field.shelf, 64)
      try {
        const backups = field.backups()
        const good = await field.make(backups)
        disk.fill()
        const early = await field.make(backups)
        disk.free()
        field.atReadings = () => Promise.resolve(disk.fill())
        const late = await field.make(backups)
        expect(await field.names()).toEqual([good, 'ballast'])
        disk.free()
        field.works()
        const id = await field.make(backups)
        const { items, place } = await backupState(backups)
        expect(place?.sameDisk).toBe(false)
        expect(items).toMatchObject([
          { id, state: 'whole' },
          { id: late, state: 'failed', code: 'backup.disk-full' },
          {
            id: early,
            state: 'failed',
            code: 'backup.disk-full',
            reason: expect.stringContaining('free, and one more'),
          },
          { id: good, state: 'whole' },
        ])
        for (const one of [good, id]) await verifyBackup(join(field.shelf, one), nothing)
      } finally {
        disk.unmount()
      }
    })

    it('are whole where only an old one cannot be removed', async () => {
      const backups = field.backups({ keep: 1 })
      const old = await field.make(backups)
      const stuck = join(field.shelf, old)
      await rename(stuck, `${stuck}.moved`)
      // Where something is mounted, nothing is renamed.
      const disk = mountSmallDisk(stuck, 1)
      try {
        const manifest = await readFile(join(`${stuck}.moved`, 'manifest.json'))
        await writeFile(join(stuck, 'manifest.json'), manifest)
        const id = await field.make(backups)
        expect(await toldOf(backups)).toEqual([
          [id, 'whole', null],
          [old, 'whole', null],
        ])
        expect(await metricOf(backups, 'musubi_backups_total')).toBe(2)
        expect(await metricOf(backups, 'musubi_backups_not_removed')).toBe(1)
        expect((await backupState(backups)).notRemoved).toBe(1)
        expect((await backups.list()).runs.map(({ code }) => code)).toEqual([undefined, undefined])
      } finally {
        disk.unmount()
      }
      await field.make(backups)
      expect((await backupState(backups)).notRemoved).toBe(0)
    })

    it('are made also where the remains of an older one cannot be removed', async () => {
      const disk = mountSmallDisk(join(field.shelf, '.20260101T000000Z.gone'), 1)
      try {
        const backups = field.backups()
        const id = await field.make(backups)
        expect(await toldOf(backups)).toEqual([[id, 'whole', null]])
        expect(await metricOf(backups, 'musubi_backups_not_removed')).toBe(1)
      } finally {
        disk.unmount()
      }
    })
  })
})
