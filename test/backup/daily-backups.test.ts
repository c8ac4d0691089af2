// The back-up of a day: at its hour, again after a failure, and whatever the clock of the machine does.
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BackupJournal } from '../../cloud/backup/backup-journal.ts'
import { backupIdAt } from '../../cloud/backup/backup-shelf.ts'
import type { Backups } from '../../cloud/backup/backups.ts'
import { until } from '../programs/until.ts'
import { type BackupField, ended, gate, metricOf, openBackupField, startMs, toldOf } from './running-backups.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const yearMs = 365 * dayMs
const firstDailyMs = Date.parse('2031-02-01T02:30:00+09:00')

describe('the back-ups of a day', { timeout: 120_000 }, () => {
  let field: BackupField
  beforeEach(async () => {
    field = await openBackupField()
  })
  afterEach(() => field.close())

  /** As on a day on which the last one was made at its hour. */
  async function started(): Promise<Backups> {
    await field.make(field.backups())
    const backups = field.backups()
    backups.start()
    await looked(backups)
    return backups
  }

  /** It has read the shelf. */
  async function looked(backups: Backups): Promise<void> {
    const name = 'musubi_backup_last_success_timestamp_seconds'
    await until('a look at the shelf', 30_000, async () => ((await metricOf(backups, name)) === 0 ? undefined : true))
  }

  it('are made at their hour, each day one, over the end of a month', async () => {
    const backups = await started()
    expect(backups.nextMs).toBe(firstDailyMs)
    await field.clock.advance(firstDailyMs - field.clock.now() - 1)
    expect(backups.running).toBeUndefined()
    await field.clock.advance(1)
    expect(backups.running).toMatchObject({ cause: 'schedule', by: 'hub', startedMs: firstDailyMs })
    expect(backups.nextMs).toBe(firstDailyMs + dayMs)
    await ended(backups)
    await field.clock.advance(dayMs)
    await ended(backups)
    expect(await field.whole()).toEqual(['20310201T173000Z', '20310131T173000Z', backupIdAt(startMs)])
  })

  it('are made tomorrow where the hub starts after the hour, and an hour after the start where a day went by without', async () => {
    await field.make(field.backups())
    await field.clock.advance(firstDailyMs - field.clock.now() + hourMs)
    const soon = field.backups()
    soon.start()
    await looked(soon)
    expect(soon.nextMs).toBe(firstDailyMs + dayMs)
    await soon.stop()
    await field.clock.advance(dayMs - 4 * hourMs)
    const late = field.backups()
    late.start()
    await until('what was missed', 30_000, () =>
      Promise.resolve(late.nextMs === field.clock.now() + hourMs || undefined),
    )
    await field.clock.advance(hourMs)
    await ended(late)
    expect(await field.whole()).toHaveLength(2)
    expect(late.nextMs).toBe(firstDailyMs + dayMs)
  })

  it('follow a clock that is put forward within an hour, and one that is put back by years at once', async () => {
    const backups = await started()
    field.clock.jump(4 * yearMs)
    await field.clock.advance(hourMs)
    await ended(backups)
    expect(await field.whole()).toHaveLength(2)
    field.clock.jump(-4 * yearMs)
    await field.clock.advance(hourMs)
    expect(backups.running).toBeUndefined()
    expect(backups.nextMs).toBe(firstDailyMs)
  })

  it('are tried again an hour after one has failed, until one is whole, and then at their hour again', async () => {
    const backups = await started()
    field.fails()
    await field.clock.advance(firstDailyMs - field.clock.now())
    await ended(backups)
    expect(backups.nextMs).toBe(firstDailyMs + hourMs)
    await field.clock.advance(hourMs)
    await ended(backups)
    expect(backups.nextMs).toBe(firstDailyMs + 2 * hourMs)
    field.works()
    await field.clock.advance(hourMs)
    await ended(backups)
    expect(backups.nextMs).toBe(firstDailyMs + dayMs)
    expect(await toldOf(backups)).toEqual([
      [backupIdAt(firstDailyMs + 2 * hourMs), 'whole', null],
      [backupIdAt(firstDailyMs + hourMs), 'failed', 'store.unavailable'],
      [backupIdAt(firstDailyMs), 'failed', 'store.unavailable'],
      [backupIdAt(startMs), 'whole', null],
    ])
  })

  it('are told of when a second one has failed, not again before a week is over, and once more when one is made', async () => {
    const backups = await started()
    field.fails()
    await field.clock.advance(firstDailyMs - field.clock.now())
    await ended(backups)
    expect(field.notices).toEqual([])
    const toldAfter = async (ms: number) => {
      await field.clock.advance(ms)
      await ended(backups)
      return [...new Set(field.notices.map(({ key }) => key))]
    }
    const spell = `backups:${backupIdAt(firstDailyMs)}`
    expect(await toldAfter(hourMs)).toEqual([`${spell}:failing:0`])
    expect(field.notices[0]).toMatchObject({
      kind: 'failing',
      tenant: '*',
      backups: { sinceMs: firstDailyMs, tries: 2, code: 'store.unavailable', lastMs: startMs },
    })
    for (let hour = 2; hour < 24; hour++) expect(await toldAfter(hourMs)).toHaveLength(1)
    field.clock.jump(6 * dayMs)
    expect(await toldAfter(hourMs)).toEqual([`${spell}:failing:0`, `${spell}:failing:1`])
    field.works()
    expect(await toldAfter(hourMs)).toEqual([`${spell}:failing:0`, `${spell}:failing:1`, `${spell}:made`])
    expect(field.notices.at(-1)?.backups).toMatchObject({ tries: 25, lastMs: startMs })
    await toldAfter(dayMs)
    field.fails()
    await toldAfter(dayMs)
    expect(await toldAfter(hourMs)).toHaveLength(4)
  })

  it('are told of at the start of a hub that was killed in two of them, and not where it stopped in one', async () => {
    const stopped = field.backups()
    field.atReadings = gate().pass
    await stopped.begin('person', '佐藤')
    await stopped.stop()
    const again = field.backups()
    again.start()
    await again.stop()
    expect(field.notices).toEqual([])
    const journal = new BackupJournal(field.database)
    await journal.begin({ id: backupIdAt(startMs + hourMs), startedMs: startMs + hourMs, cause: 'schedule', by: 'hub' })
    field.backups().start()
    await until('a notice', 30_000, () => Promise.resolve(field.notices.length > 0 || undefined))
    expect(field.notices).toMatchObject([
      { kind: 'failing', backups: { tries: 2, code: undefined, lastMs: undefined } },
    ])
  })

  it('are tried again also where the database could not even take that one began', async () => {
    const backups = await started()
    await sql`ALTER TABLE backup_runs RENAME TO away`.execute(field.database)
    await field.clock.advance(firstDailyMs - field.clock.now())
    await until('a second time', 30_000, () => Promise.resolve(backups.nextMs === firstDailyMs + hourMs || undefined))
    expect(backups.running).toBeUndefined()
    expect(await metricOf(backups, 'musubi_backups_failed_total{code="store.unavailable"}')).toBe(1)
    await sql`ALTER TABLE away RENAME TO backup_runs`.execute(field.database)
    await field.clock.advance(hourMs)
    await ended(backups)
    expect(await field.whole()).toHaveLength(2)
  })

  it('come an hour later where one that somebody asked for is being made, which is no failure', async () => {
    const backups = await started()
    await field.clock.advance(firstDailyMs - field.clock.now() - 1_000)
    const { reached, pass, release } = gate()
    field.atReadings = pass
    await backups.begin('person', '佐藤')
    await reached
    await field.clock.advance(1_000)
    await until('a later time', 30_000, () => Promise.resolve(backups.nextMs === firstDailyMs + hourMs || undefined))
    release()
    await ended(backups)
    expect(await backups.metrics.getSingleMetricAsString('musubi_backups_failed_total')).not.toContain('{')
    await field.clock.advance(hourMs)
    await ended(backups)
    expect(await field.whole()).toHaveLength(3)
  })

  it('are made only when asked where no hour is set, also after a failure', async () => {
    const backups = field.backups({ dailyMinute: undefined })
    backups.start()
    field.fails()
    await field.make(backups)
    await field.clock.advance(3 * dayMs)
    expect([backups.nextMs, backups.running, await field.whole()]).toEqual([undefined, undefined, []])
  })
})
