// The back-ups of a hub with a real store and database, whose clock and whose store a test holds in its hand.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { wholeBackups } from '../../cloud/backup/backup-shelf.ts'
import { backupState } from '../../cloud/backup/backup-views.ts'
import { type BackupNotice, isOfBackups, type Notice } from '../../cloud/notifications/notice.ts'
import { Backups, type BackupSettings } from '../../cloud/backup/backups.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import { createManualClock } from '../edge/manual-clock.ts'
import { until } from '../programs/until.ts'
import { commitOf } from '../store/store-contract.ts'

/** In the afternoon, so that the hour of the day is tomorrow: after every file that a test writes. */
export const startMs = Date.parse('2031-01-31T15:00:00+09:00')
export const dailyMinute = 150

export type BackupField = Awaited<ReturnType<typeof openBackupField>>

/** A data folder, an empty shelf, and as many hubs on them, one after the other, as a test starts. */
export async function openBackupField() {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-backups-'))
  const [data, shelf] = [join(folder, 'data'), join(folder, 'shelf')]
  await mkdir(join(data, 'hub'), { recursive: true })
  await mkdir(shelf)
  await writeFile(join(data, 'ca.key.pem'), 'a key')
  const [storeFile, databaseFile] = [join(data, 'hub/readings.duckdb'), join(data, 'hub/hub.sqlite')]
  const store = openDuckDbStore({ file: storeFile, log: silentLog, clock: systemClock })
  await store.open()
  await store.commit(commitOf([{ series: 0, timeMs: startMs, value: 1 }]))
  const database = await openHubDatabase(databaseFile)
  const clock = createManualClock(startMs)
  const running: Backups[] = []
  const notices: BackupNotice[] = []
  const field = {
    folder,
    data,
    shelf,
    database,
    clock,
    /** What people are told, the newest last. */
    notices,
    /** Waited for in the middle of each back-up, with files and database copied and the readings not. */
    atReadings: (): Promise<void> => Promise.resolve(),
    /** Not started yet. */
    backups(change: Partial<BackupSettings> = {}): Backups {
      const place = { dataFolder: data, storeFile, databaseFile, imagesElsewhere: false, shelf }
      const copyTo = async (file: string) => {
        await field.atReadings()
        return await store.copyTo!(file)
      }
      const take = (notice: Notice): void => void (isOfBackups(notice) && notices.push(notice))
      const given = { store: { copyTo }, database, notices: { take }, clock, log: silentLog }
      const backups = new Backups({ ...place, dailyMinute, keep: 3, ...change }, given)
      running.push(backups)
      return backups
    },
    /** Every further one fails, or comes to its end. */
    fails() {
      field.atReadings = () => Promise.reject(new AppError('store.unavailable', 'the store was opened anew'))
    },
    works() {
      field.atReadings = () => Promise.resolve()
    },
    /** One that somebody asks for, to its end, and the clock a minute later. */
    async make(backups: Backups): Promise<string> {
      const { id } = await backups.begin('person', '佐藤')
      await ended(backups)
      await clock.advance(60_000)
      return id
    },
    /** Newest first. */
    whole: async () => (await wholeBackups(shelf)).map(({ id }) => id),
    /** What lies on the shelf, hidden names too. */
    names: async () => (await readdir(shelf)).toSorted(),
    async close() {
      for (const backups of running) await backups.stop()
      await database.destroy()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return field
}

/** Of each, newest first: id, state, and the code of its fault. */
export async function toldOf(backups: Backups) {
  return (await backupState(backups)).items.map(({ id, state, code }) => [id, state, code])
}

/** `name` with its labels. */
export async function metricOf({ metrics }: Backups, name: string): Promise<number | undefined> {
  const line = (await metrics.metrics()).split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length))
}

/** Resolves when the one that was begun is on record. */
export async function ended(backups: Backups): Promise<void> {
  await until('the end of a back-up', 30_000, () => Promise.resolve(backups.running === undefined || undefined))
}

/** Resolves once the store is asked; `release` lets it go on, or fails it. */
export function gate() {
  const { promise: held, resolve: release, reject: fail } = Promise.withResolvers<void>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const pass = (): Promise<void> => {
    reach()
    return held
  }
  return { reached, pass, release: () => release(), fail }
}
