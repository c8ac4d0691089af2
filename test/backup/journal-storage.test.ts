// The record of back-ups in both databases: each begun once, ended by its outcome, and a year of them kept.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { BackupJournal } from '../../cloud/backup/backup-journal.ts'
import { backupIdAt } from '../../cloud/backup/backup-shelf.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { type DatabasePlaces, hubDatabases } from '../registry/hub-databases.ts'

const startMs = Date.parse('2026-12-01T02:30:00+09:00')
const dayMs = 24 * 3_600_000

describe.each(hubDatabases)('the record of back-ups in $name', ({ open }) => {
  let places: DatabasePlaces
  beforeAll(async () => {
    places = await open()
  }, 60_000)
  afterAll(() => places.close())

  const runOf = (day: number) => {
    const startedMs = startMs + day * dayMs
    return { id: backupIdAt(startedMs), startedMs, cause: 'schedule', by: 'hub' } as const
  }

  it('says of each whether it is under way, whole or failed, newest first, also after the hub starts anew', async () => {
    const place = await places.newPlace()
    const first = await openHubDatabase(place)
    const journal = new BackupJournal(first)
    for (const day of [0, 1]) await journal.begin(runOf(day))
    await journal.begin({ ...runOf(2), cause: 'person', by: '佐藤 <"\'%_>' })
    await journal.end(runOf(0).id, startMs + 1_234.5, undefined)
    await journal.end(runOf(1).id, startMs + dayMs, new AppError('backup.disk-full', '満'.repeat(3_000)))
    await first.destroy()
    const second = await openHubDatabase(place)
    const open = { finishedMs: undefined, code: undefined, reason: undefined }
    const failed = { finishedMs: startMs + dayMs, code: 'backup.disk-full', reason: '満'.repeat(1_000) }
    expect(await new BackupJournal(second).list(10)).toEqual([
      { ...runOf(2), cause: 'person', by: '佐藤 <"\'%_>', ...open },
      { ...runOf(1), ...failed },
      { ...runOf(0), ...open, finishedMs: startMs + 1_234.5 },
    ])
    expect((await new BackupJournal(second).list(1)).map(({ id }) => id)).toEqual([runOf(2).id])
    await second.destroy()
  })

  it('knows since when none came to anything, over restarts, and forgets it with the next whole one', async () => {
    const place = await places.newPlace()
    const first = await openHubDatabase(place)
    const journal = new BackupJournal(first)
    await journal.begin(runOf(0))
    expect(await journal.end(runOf(0).id, startMs + 5_000, undefined)).toMatchObject({ id: runOf(0).id, tries: 1 })
    expect(await journal.trouble()).toBeUndefined()
    const fault = new AppError('backup.target', 'is its disk mounted?')
    await journal.begin(runOf(1))
    await journal.end(runOf(1).id, startMs + dayMs, fault)
    await journal.begin(runOf(2))
    await expect(journal.begin(runOf(2))).rejects.toMatchObject({ code: 'backup.busy' })
    await first.destroy()
    const second = await openHubDatabase(place)
    const later = new BackupJournal(second)
    const trouble = { id: runOf(1).id, sinceMs: runOf(1).startedMs, tries: 2, lastMs: runOf(0).startedMs }
    expect(await later.trouble()).toEqual(trouble)
    await later.begin(runOf(3))
    expect(await later.end(runOf(3).id, startMs + 4 * dayMs, undefined)).toMatchObject({ id: runOf(1).id, tries: 3 })
    expect(await later.trouble()).toBeUndefined()
    await second.destroy()
  })

  it('refuses a second one of the same second, and keeps the first', async () => {
    const database = await openHubDatabase(await places.newPlace())
    const journal = new BackupJournal(database)
    await journal.begin(runOf(0))
    await journal.end(runOf(0).id, startMs + 5_000, undefined)
    await expect(journal.begin({ ...runOf(0), by: '佐藤' })).rejects.toMatchObject({ code: 'backup.busy' })
    expect(await journal.list(10)).toMatchObject([{ by: 'hub', finishedMs: startMs + 5_000 }])
    await database.destroy()
  })

  it('forgets the oldest of over 400, and never the one that begins, also where the clock was put back', async () => {
    const database = await openHubDatabase(await places.newPlace())
    const journal = new BackupJournal(database)
    const rows = Array.from({ length: 400 }, (_, day) => runOf(day + 1)).map(({ id, startedMs, cause, by }) => {
      return {
        id,
        started_ms: startedMs,
        finished_ms: startedMs + 60_000,
        cause,
        by_name: by,
        code: null,
        reason: null,
      }
    })
    await database.insertInto('backup_runs').values(rows).execute()
    await journal.begin(runOf(401))
    const kept = await journal.list(1_000)
    expect([kept.length, kept[0]?.id, kept.at(-1)?.id]).toEqual([400, runOf(401).id, runOf(2).id])
    await journal.begin(runOf(0))
    await journal.end(runOf(0).id, startMs + 5_000, undefined)
    const all = await journal.list(1_000)
    expect([all.length, all.at(-1)]).toMatchObject([401, { id: runOf(0).id, finishedMs: startMs + 5_000 }])
    await database.destroy()
  })
})
