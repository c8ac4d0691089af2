import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHub } from '../../bin/commands/hub.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type BackupManifest, readManifest, sha256Of } from '../../cloud/backup/backup-manifest.ts'
import { makeBackup } from '../../cloud/backup/backup-run.ts'
import { backupIdAt, clearLeftovers, wholeBackups } from '../../cloud/backup/backup-shelf.ts'
import { refuseUnfinished, restoreBackup, verifyBackup } from '../../cloud/backup/restore.ts'
import { openHubDatabase } from '../../cloud/registry/hub-database.ts'
import { openDuckDbStore } from '../../cloud/store/duckdb/duckdb-store.ts'
import { until } from '../programs/until.ts'
import { commitOf } from '../store/store-contract.ts'

const program = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const picture = 'images/kept/kimitsu/ab/abcd'
const nothing = () => undefined
let nowMs = Date.UTC(2026, 5, 15)

describe('back-ups of a hub that is down', { timeout: 120_000 }, () => {
  let folder: string
  const data = () => join(folder, 'data')
  const shelf = () => join(folder, 'shelf')
  const back = () => join(folder, 'back')

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'musubi-restore-'))
    await mkdir(shelf())
    await mkdir(join(data(), 'hub'), { recursive: true })
    await write(picture, 'a picture')
    await write('authority/ca.key.pem', 'a key')
    await write('broker/store/LOCK', '')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function write(path: string, text: string): Promise<void> {
    await mkdir(join(data(), path, '..'), { recursive: true })
    await writeFile(join(data(), path), text, { mode: path.endsWith('key.pem') ? 0o600 : 0o644 })
  }

  /** Each a minute later than the one before. */
  async function backUp(signal = new AbortController().signal): Promise<string> {
    nowMs += 60_000
    const storeFile = join(data(), 'hub/readings.duckdb')
    const databaseFile = join(data(), 'hub/hub.sqlite')
    const store = openDuckDbStore({ file: storeFile, log: silentLog, clock: systemClock })
    const database = await openHubDatabase(databaseFile)
    await store.open()
    await store.commit(commitOf([{ series: 0, timeMs: nowMs, value: 1 }]))
    try {
      const manifest = await makeBackup({
        sources: { dataFolder: data(), store, storeFile, database, databaseFile, imagesElsewhere: false },
        request: { cause: 'command', by: 'test', id: backupIdAt(nowMs) },
        shelf: shelf(),
        // Of the files of a test all are new by the clock of the machine.
        clock: { ...systemClock, now: () => Date.now() + 60_000 },
        signal,
        onProgress: nothing,
      })
      return join(shelf(), manifest.id)
    } finally {
      await store.close()
      await database.destroy()
    }
  }

  async function restore(backup: string): Promise<void> {
    await restoreBackup(backup, back(), { verified: await verifyBackup(backup, nothing), onProgress: nothing })
  }

  it('come back as they were, with their permissions and times', async () => {
    await symlink(join(folder, 'elsewhere'), join(data(), 'hub/photos'))
    await mkdir(join(folder, 'elsewhere'))
    await writeFile(join(folder, 'elsewhere/photo.jpg'), 'a photo on another disk')
    await restore(await backUp())
    expect(await readFile(join(back(), picture), 'utf8')).toBe('a picture')
    expect(await readFile(join(back(), 'hub/photos/photo.jpg'), 'utf8')).toBe('a photo on another disk')
    expect((await stat(join(back(), 'authority/ca.key.pem'))).mode & 0o777).toBe(0o600)
    const [was, is] = await Promise.all([stat(join(data(), picture)), stat(join(back(), picture))])
    expect(Math.abs(is.mtimeMs - was.mtimeMs)).toBeLessThan(2)
    expect((await readdir(back())).toSorted()).toEqual(['authority', 'hub', 'images'])
    await expect(refuseUnfinished(back())).resolves.toBeUndefined()
  })

  it('share what has not changed with the one before, and copy what has', async () => {
    await write('authority/issued.jsonl', 'first\n')
    const first = await backUp()
    await appendFile(join(data(), 'authority/issued.jsonl'), 'second\n')
    const second = await backUp()
    const inodes = (path: string) =>
      Promise.all([first, second].map(async (one) => (await stat(join(one, 'files', path))).ino))
    const [pictureBefore, pictureNow] = await inodes(picture)
    expect(pictureNow).toBe(pictureBefore)
    const [issuedBefore, issuedNow] = await inodes('authority/issued.jsonl')
    expect(issuedNow).not.toBe(issuedBefore)
    expect(await readFile(join(first, 'files/authority/issued.jsonl'), 'utf8')).toBe('first\n')
    // The first may go: what the second shares with it stays.
    await rm(first, { recursive: true })
    await verifyBackup(second, nothing)
  })

  it('are refused with the name of the file where one byte is another, longer, or missing', async () => {
    const whole = await backUp()
    const file = join(whole, 'files', picture)
    await writeFile(file, 'A picture')
    await expect(restore(whole)).rejects.toMatchObject({
      code: 'backup.damaged',
      message: expect.stringContaining(picture),
    })
    await writeFile(file, 'a picture and more')
    await expect(restore(whole)).rejects.toMatchObject({ code: 'backup.damaged' })
    await rm(file)
    await expect(restore(whole)).rejects.toMatchObject({
      code: 'backup.damaged',
      message: expect.stringContaining(picture),
    })
    await expect(stat(back())).rejects.toThrow('ENOENT')
  })

  it('are refused where their list was changed or leads out of the folder', async () => {
    const whole = await backUp()
    const list = join(whole, 'files.jsonl')
    await appendFile(list, '{}\n')
    await expect(restore(whole)).rejects.toMatchObject({ code: 'backup.damaged' })
    const line = { path: '../../evil', bytes: 0, sha256: '0'.repeat(64), modifiedMs: 0, mode: 0o644 }
    await writeFile(list, `${JSON.stringify(line)}\n`)
    await changeManifest(whole, { list: { sha256: await sha256Of(list), files: 1, bytes: 0 } })
    await expect(restore(whole)).rejects.toMatchObject({ message: expect.stringContaining('../../evil') })
  })

  it('of a newer version are refused, and say which one it takes', async () => {
    const whole = await backUp()
    const { database } = await readManifest(whole)
    const migrations = [...(database?.migrations ?? []), '2031-01-01-future']
    await changeManifest(whole, { program: '9.1.0', database: { migrations } })
    await expect(restore(whole)).rejects.toMatchObject({
      code: 'backup.newer',
      message: expect.stringContaining('9.1.0'),
    })
    await changeManifest(whole, { format: 2 as 1 })
    await expect(restore(whole)).rejects.toMatchObject({ code: 'backup.newer' })
  })

  it('that were cut off are no back-ups, and leave nothing once the next one is made', async () => {
    const stopping = new AbortController()
    const cut = backUp(stopping.signal)
    await until('a beginning', 30_000, async () => ((await readdir(shelf())).length > 0 ? true : undefined))
    stopping.abort()
    await expect(cut).rejects.toMatchObject({ code: 'backup.unfinished' })
    // As a kill leaves it.
    await mkdir(join(shelf(), '.20260101T000000Z.part/files'), { recursive: true })
    await expect(verifyBackup(join(shelf(), '.20260101T000000Z.part'), nothing)).rejects.toMatchObject({
      code: 'backup.unfinished',
    })
    expect(await wholeBackups(shelf())).toEqual([])
    await clearLeftovers(shelf())
    expect(await readdir(shelf())).toEqual([])
  })

  it('never go over something that is there', async () => {
    const whole = await backUp()
    await mkdir(join(back(), 'hub'), { recursive: true })
    await expect(restore(whole)).rejects.toMatchObject({ code: 'restore.not-empty' })
    expect(await readdir(back())).toEqual(['hub'])
  })

  it.each(['while files were copied', 'while they were put in place'])(
    'restored only in part by a restore that was cut off %s start no hub, and the same restore begins anew',
    async (moment) => {
      const whole = await backUp()
      await mkdir(join(back(), '.restoring/hub'), { recursive: true })
      await writeFile(join(back(), '.restoring/hub/hub.sqlite'), 'half of a database')
      if (moment === 'while they were put in place') await rename(join(back(), '.restoring/hub'), join(back(), 'hub'))
      const start = startHub({ data: back(), 'no-dashboard': true }, silentLog)
      await expect(start).rejects.toMatchObject({ code: 'restore.unfinished' })
      await restore(whole)
      await expect(refuseUnfinished(back())).resolves.toBeUndefined()
      expect((await readFile(join(back(), 'hub/hub.sqlite'))).subarray(0, 6).toString()).toBe('SQLite')
    },
  )

  it('are whole, refused or not there after a restore that was killed, whenever that was', async () => {
    for (let number = 0; number < 100; number++) await write(`images/kept/kimitsu/${number}`, `picture ${number}`)
    const whole = await backUp()
    const killed = spawn(process.execPath, [program, 'restore', whole, '--data', back()])
    const ended = once(killed, 'exit')
    // It says that the back-up is whole, and begins.
    await once(killed.stdout, 'data')
    killed.kill('SIGKILL')
    await ended
    const state = await refuseUnfinished(back()).then(
      async () => (await readdir(back()).catch(() => [])).length,
      (thrown: { readonly code: string }) => thrown.code,
    )
    expect([0, 3, 'restore.unfinished']).toContain(state)
    if (state !== 3) await restore(whole)
    expect((await readdir(join(back(), 'images/kept/kimitsu'))).length).toBe(101)
  })

  async function changeManifest(backup: string, change: Partial<BackupManifest>): Promise<void> {
    const changed = { ...(JSON.parse(await readFile(join(backup, 'manifest.json'), 'utf8')) as object), ...change }
    await writeFile(join(backup, 'manifest.json'), JSON.stringify(changed))
  }
})
